"""Beginning anew through the bridge: the project's modules as they are on the host, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import servers
from tests.conformance.clients import Nrepl, values

FILES = {
    "pyproject.toml": "",
    "shop/__init__.py": "",
    "shop/stock.py": "ITEMS = ['pear']\n",
    "shop/page.py": "from shop.stock import ITEMS\n",
    "names/core.lpy": "(ns names.core (:require [names.part :as p]))\n(def whole (p/twice 21))\n",
    "names/part.lpy": "(ns names.part)\n(def calls (atom 0))\n(defn twice [x] (swap! calls inc) (* 2 x))\n",
}


@pytest.fixture(scope="module", params=["embedded", "remote"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """The project's folder and the port of its bridge."""
    project, elsewhere = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("elsewhere")
    for name, text in FILES.items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)
    with servers.bridge_to(request.param, project, elsewhere) as bridge:
        yield project, bridge.port


def test_modules_are_there_again_as_the_host_has_them_and_nothing_else_is(world: tuple[Path, int]) -> None:
    project, port = world
    with Nrepl(port) as client:
        session = client.clone()
        client.eval("import shop.page; shop.page.ITEMS.append('plum'); typed = 1", session, lang="python")
        client.eval("(require 'names.core) (names.part/twice 1)", session, lang="basilisp")
        (project / "shop/stock.py").write_text("ITEMS = ['fig']\n")
        told = client.ask({"op": "device-restart", "session": session})
        assert (told["status"], told["failed"]) == (["done"], [])
        imported = "import sys; 'shop.page' in sys.modules, sys.modules['shop.page'].ITEMS, 'typed' in globals()"
        assert values(client.eval(imported, session, lang="python")) == ["(True, ['fig'], False)"]
        (project / "shop/stock.py").write_text(FILES["shop/stock.py"])
        lisp = "[names.core/whole @names.part/calls]"
        assert values(client.eval(lisp, session, lang="basilisp")) == ["[42 1]"]


def test_the_mirror_is_that_of_the_new_generation(world: tuple[Path, int]) -> None:
    with Nrepl(world[1]) as client:
        session = client.clone()
        client.eval("import shop.stock\nonly_now = 1", session, lang="python")
        client.ask({"op": "device-restart", "session": session})
        client.eval("from shop.stock import ITEMS as items_again", session, lang="python")
        servers.eventually(lambda: "items_again" in offered(client, session, "items_"))
        assert "only_now" not in offered(client, session, "only_")


def offered(client: Nrepl, session: str, prefix: str) -> str:
    return str(client.ask({"op": "completions", "prefix": prefix, "session": session})["completions"])


def test_what_runs_in_another_session_is_ended_with_an_error_that_says_so(world: tuple[Path, int]) -> None:
    with Nrepl(world[1]) as client, Nrepl(world[1]) as other:
        session, theirs = client.clone(), other.clone()
        number = other.send({"op": "eval", "code": "print('busy')\nwhile True: pass", "session": theirs})
        replies = other.converse(number)
        assert "busy" in str(next(replies))
        assert client.ask({"op": "device-restart", "session": session})["status"] == ["done"]
        told = str([*replies])
        assert "restarted" in told
        assert "interrupted" in told
