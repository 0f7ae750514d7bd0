"""A program that imports its project: on the device that the bridge starts, and on one in an empty folder elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from middleware.request import Bencode
from tests.conformance import servers
from tests.conformance.clients import Nrepl

Say: TypeAlias = Callable[..., str]

FILES = {
    "pyproject.toml": '[tool.tether]\npaths = ["more"]\n',
    "src/shop/__init__.py": "from . import stock\n",
    "src/shop/stock.py": "# coding: latin-1\nNAME = 'Äpfel'\ndef fails():\n    return 1 / 0\n",
    "src/shop/data/words.txt": "größe",
    "src/names/core.lpy": "(ns names.core (:require [names.my-part :as p]))\n(def whole (p/twice 21))\n",
    "src/names/my_part.lpy": "(ns names.my-part)\n(defn twice [x] (* 2 x))\n",
    "more/tool.py": "import shop.stock\nimport area.inner\n",
    "area/inner.py": "HERE = __name__\n",
    "größe.py": "X = 1\n",
}


@pytest.fixture(scope="module", params=["embedded", "remote"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """The project's folder and the port of its bridge."""
    project, elsewhere = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("elsewhere")
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text, encoding="latin-1" if name.endswith("stock.py") else "utf-8")
    with servers.bridge_to(request.param, project, elsewhere) as bridge:
        yield project, bridge.port


@pytest.fixture
def project(world: tuple[Path, int]) -> Path:
    return world[0]


@pytest.fixture
def say(world: tuple[Path, int]) -> Iterator[Say]:
    """The value of an eval, or else its error."""
    with Nrepl(world[1]) as client:
        session = client.clone()

        def say(code: str, op: str = "eval", **keys: Bencode) -> str:
            key = "code" if op == "eval" else "file"
            replies = client.talk({"op": op, "session": session, key: code, **keys})
            values = [reply.get("value", reply.get("err")) for reply in replies if {"value", "err"} & {*reply}]
            return str(values[-1]) if values else ""

        yield say


def test_modules_of_all_roots_are_imported_with_the_hosts_paths(say: Say, project: Path) -> None:
    assert say("import tool, shop; tool.shop.stock is shop.stock, shop.stock.__file__") == (
        f"(True, '{project}/src/shop/stock.py')"
    )
    assert say("shop.stock.NAME, tool.area.inner.HERE, shop.__path__") == (
        f"('Äpfel', 'area.inner', ['{project}/src/shop'])"
    )
    assert say("import größe; größe.X") == "1"


def test_tracebacks_and_inspect_show_the_source(say: Say, project: Path) -> None:
    say("import shop.stock, inspect")
    assert "return 1 / 0" in say("inspect.getsource(shop.stock.fails)")
    assert f"{project}/src/shop/stock.py:4" in say("shop.stock.fails()")


def test_resources_are_read(say: Say) -> None:
    code = "import importlib.resources as r; r.files('shop').joinpath('data/words.txt').read_text(encoding='utf-8')"
    assert say(code) == "'größe'"
    assert say("import pkgutil; pkgutil.get_data('shop', 'data/words.txt').decode()") == "'größe'"


def test_namespaces_are_required(say: Say) -> None:
    assert say("(require 'names.core)\nnames.core/whole", lang="basilisp") == "42"
    assert say("import names.core; names.core.whole") == "42"


def test_a_package_that_is_missing_is_named(say: Say) -> None:
    assert "No module named 'no_such_package'" in say("import no_such_package")


def test_an_edit_of_the_same_size_in_the_same_second_is_imported(say: Say, project: Path) -> None:
    for number in range(5):
        (project / "quick.py").write_text(f"X = {number}\n")
        assert say("import importlib, quick; importlib.reload(quick).X") == str(number)
        (project / "src/quick_part.lpy").write_text(f"(ns quick-part)\n(def x {number})\n")
        assert say("(require 'quick-part :reload)\nquick-part/x", lang="basilisp") == str(number)


def test_a_buffer_wins_until_its_file_is_saved(say: Say, project: Path) -> None:
    path = project / "buffered.py"
    path.write_text("X = 'saved'\n")
    say("X = 'unsaved'\n", op="load-file", **{"file-path": str(path), "file-name": "buffered.py"})
    forget = "import sys; del sys.modules['buffered']; import buffered; buffered.X"
    assert say("import buffered; buffered.X") == "'unsaved'"
    assert say(forget) == "'unsaved'"
    path.write_text("X = 'newer'\n")
    assert say(forget) == "'newer'"


def test_a_link_out_of_the_project_is_not_served(say: Say, project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (project / "src/shop/data/link.txt").symlink_to(tmp_path / "secret.txt")
    error = say("import pkgutil; pkgutil.get_data('shop', 'data/link.txt')")
    assert "FileNotFoundError" in error


def test_after_a_crash_imports_go_on_and_what_was_loaded_is_there(say: Say, project: Path) -> None:
    say("import shop.stock")
    assert "died" in say("import os; os.abort()")
    (project / "after.py").write_text("import shop.stock\nX = shop.stock.NAME\n")
    assert say("import after; after.X, after.shop.stock is shop.stock") == "('Äpfel', True)"
