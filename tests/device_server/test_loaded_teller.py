"""What a worker tells of the files that it has loaded."""

from __future__ import annotations

import pytest

from device_server import wire
from device_server.loaded import Loaded, LoadedSources
from device_server.loaded_teller import LoadedTeller


class Telling:
    """A teller and what it has sent."""

    def __init__(self, **texts: str) -> None:
        self.loaded = LoadedSources()
        self.sent: list[wire.Message] = []
        self.teller = LoadedTeller(self.loaded, self.sent.append)
        for module, text in texts.items():
            self.note(module, text)

    def note(self, module: str, text: str, lang: str = "python") -> None:
        self.loaded.note(Loaded(module, f"/p/{module}", lang, text))

    def uses(self, module: str) -> wire.JSON:
        self.teller.tell()
        files = self.sent[-1]["files"]
        assert isinstance(files, dict)
        described = files[f"/p/{module}"]
        assert isinstance(described, dict)
        return described["uses"]


def test_what_has_changed_is_told_once() -> None:
    telling = Telling(shop="A = 1")
    telling.teller.tell()
    telling.teller.tell()
    file: wire.JSON = {"module": "shop", "sha256": Loaded("shop", "/p/shop.py", "python", "A = 1").sha256, "uses": []}
    assert telling.sent == [{"op": "loaded", "files": {"/p/shop": file}}]


def test_what_is_forgotten_is_told() -> None:
    telling = Telling(shop="A = 1")
    telling.teller.tell()
    telling.loaded.forget("/p/shop")
    telling.teller.tell()
    assert telling.sent[-1] == {"op": "loaded", "files": {"/p/shop": None}}


def test_an_announcement_has_everything_and_says_that_it_begins_anew() -> None:
    telling = Telling(shop="A = 1", cart="B = 2")
    telling.teller.tell()
    known = telling.sent[-1]["files"]
    telling.teller.announce()
    assert telling.sent[-2:] == [{"op": "loaded", "is_new": True, "files": {}}, {"op": "loaded", "files": known}]


@pytest.mark.parametrize(
    "text",
    [
        "import items",
        "import shop.items as i",
        "from shop import cart, items",
        "def f():\n    from . import items",
        "from shop import (  # all\n    cart,\n    items,\n)",
        "from shop.items import *",
    ],
)
def test_it_uses_what_it_imports_however_that_is_written(text: str) -> None:
    telling = Telling(**{"shop.items": "", "shop.other": ""})
    telling.note("user", text)
    assert telling.uses("user") == ["shop.items"]


def test_a_word_elsewhere_is_no_import() -> None:
    telling = Telling(items="")
    telling.note("user", "items = 1\nprint('import nothing')\n")
    assert telling.uses("user") == []


def test_a_basilisp_namespace_uses_what_its_text_names() -> None:
    telling = Telling()
    telling.note("todo.item_list", "(ns todo.item-list)", "basilisp")
    telling.note("todo.core", "(ns todo.core (:require [todo.item-list :as items]))", "basilisp")
    assert telling.uses("todo.core") == ["todo.item_list"]
