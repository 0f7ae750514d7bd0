"""What editors ask about names, of a bridge whose device may be busy, elsewhere or gone."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl, statuses, values
from tests.conformance.servers import Server, eventually

FOREVER = '(python/sum ((.- (python/__import__ "itertools") -repeat) 1))'
"""Never leaves C, so that no signal is heard."""


class Asking:
    """A client's questions about names, in one session."""

    def __init__(self, nrepl: Nrepl, session: str) -> None:
        self.nrepl = nrepl
        self.session = session

    def info(self, sym: str, ns: str = "user", **keys: Bencode) -> Message:
        return self.nrepl.ask({"op": "info", "sym": sym, "ns": ns, "session": self.session, **keys})

    def known(self, sym: str, ns: str = "user", **keys: Bencode) -> Message:
        """What is told of a name that is about to be known: libraries are described when there is time."""
        told: list[Message] = []

        def is_told() -> bool:
            told.append(self.info(sym, ns, **keys))
            return "doc" in told[-1] or "arglists-str" in told[-1]

        eventually(is_told)
        return told[-1]

    def line(self, told: Message) -> str:
        """The line of the file that a reply leads to."""
        return opened(told).read_text().splitlines()[int(str(told["line"])) - 1]


def opened(told: Message) -> Path:
    """The file that a reply leads to."""
    parts = urlsplit(str(told["file"]))
    assert parts.scheme == "file"
    return Path(unquote(parts.path))


@pytest.fixture
def asking(nrepl: Nrepl, session: str) -> Asking:
    return Asking(nrepl, session)


def test_a_function_of_a_loaded_file_is_found_in_the_project(asking: Asking, bridge: Server) -> None:
    path = bridge.folder / "errands" / "model.lpy"
    asking.nrepl.talk({"op": "load-file", "file": path.read_text(), "file-path": str(path), "session": asking.session})
    names = asking.nrepl.ask({"op": "ns-vars", "ns": "errands.model", "session": asking.session})["ns-vars"]
    assert isinstance(names, list)
    assert names
    told = asking.known(str(names[0]), "errands.model")
    assert opened(told) == path
    assert str(names[0]) in asking.line(told)


def test_a_function_of_a_library_is_found_in_its_source(asking: Asking) -> None:
    told = asking.known("map")
    assert asking.line(told).startswith("(defn ")
    assert "map" in asking.line(told)
    assert told["arglists-str"] == "[f]\n[f coll]\n[f coll & colls]"


def test_what_is_evaluated_is_known_when_its_reply_has_come(asking: Asking) -> None:
    code = '(ns lookup.fresh (:require [basilisp.set :as s]))\n(defn twice "Two of x." [x & more] [x x])'
    asking.nrepl.eval(code, asking.session, file="*cider-repl x*", line=1, column=1)
    told = asking.info("twice", "lookup.fresh")
    assert (told["doc"], told["arglists-str"]) == ("Two of x.", "[x & more]")
    assert (told["file"], told["line"]) == ("*cider-repl x*", 2)
    eldoc = asking.nrepl.ask({"op": "eldoc", "sym": "twice", "ns": "lookup.fresh", "session": asking.session})
    assert (eldoc["eldoc"], eldoc["type"]) == ([["x", "&", "more"]], "function")
    asking.nrepl.eval("(ns-unmap 'lookup.fresh 'twice)", asking.session)
    assert statuses(asking.info("twice", "lookup.fresh")) == ["done", "no-info"]


def test_an_alias_leads_to_its_namespace(asking: Asking) -> None:
    asking.nrepl.eval("(ns lookup.aliased (:require [clojure.string :as s]))", asking.session)
    told = asking.known("s/join", "lookup.aliased")
    assert (told["ns"], opened(told).name) == ("basilisp.string", "string.lpy")
    aliases = asking.nrepl.ask({"op": "ns-aliases", "ns": "lookup.aliased", "session": asking.session})["ns-aliases"]
    assert isinstance(aliases, dict)
    assert aliases["s"] == "basilisp.string"


def test_python_is_found_from_clojure(asking: Asking) -> None:
    asking.nrepl.eval("(ns lookup.interop (:import math [json :as j]))", asking.session)
    assert asking.known("math/sqrt", "lookup.interop")["ns"] == "math"
    assert asking.line(asking.known("j/dumps", "lookup.interop")).startswith("def dumps(")
    assert asking.known("python/len", "lookup.interop")["ns"] == "builtins"


def test_python_is_found_from_python(asking: Asking) -> None:
    code = "import json\nclass Lookup:\n    'Of lookup.'\n    def go(self, x=1):\n        'Go.'\nlooked = Lookup()"
    asking.nrepl.eval(code, asking.session, lang="python")
    told = asking.known("looked.go", "__main__", lang="python")
    assert (told["ns"], told["arglists-str"], told["doc"]) == ("__main__.Lookup", "(x=1)", "Go.")
    assert asking.line(asking.known("json.dumps", "__main__", lang="python")).startswith("def dumps(")


@pytest.mark.parametrize("ns", ["errands.store", "basilisp.string"])
def test_the_file_of_a_namespace_can_be_opened(asking: Asking, ns: str) -> None:
    asking.known("basilisp.string")
    told = asking.nrepl.ask({"op": "ns-path", "ns": ns, "session": asking.session})
    assert opened({"file": told["path"]}).is_file()


def test_names_can_be_searched(asking: Asking) -> None:
    asking.known("map")
    told = asking.nrepl.ask({"op": "apropos", "query": "^basilisp.core/map-indexed$", "session": asking.session})
    matches = told["apropos-matches"]
    assert isinstance(matches, list)
    (match,) = matches
    assert isinstance(match, dict)
    assert (match["name"], match["type"]) == ("basilisp.core/map-indexed", "function")


def test_names_are_known_while_the_device_is_in_a_loop_of_c(asking: Asking) -> None:
    asking.nrepl.eval("(ns lookup.busy) (defn before [x] x)", asking.session)
    asking.known("map")
    running = asking.nrepl.send({"op": "eval", "code": FOREVER, "session": asking.session})
    assert asking.info("before", "lookup.busy")["arglists-str"] == "[x]"
    assert opened(asking.info("map")).name == "core.lpy"
    for op in ("lookup", "eldoc", "ns-list", "ns-path", "apropos"):
        request: Message = {
            "op": op,
            "sym": "before",
            "ns": "lookup.busy",
            "query": "before",
            "session": asking.session,
        }
        assert "error" not in statuses(asking.nrepl.ask(request))
    asking.nrepl.ask({"op": "interrupt", "session": asking.session})
    list(asking.nrepl.converse(running))


@pytest.fixture
def elsewhere(nrepl: Nrepl, session: str, tmp_path: Path) -> Iterator[tuple[Asking, Server]]:
    """A session on a device with a working directory of its own."""
    with servers.device(tmp_path / "device") as device:
        nrepl.ask({"op": "device-connect", "session": session, "host": "127.0.0.1", "port": device.port})
        yield Asking(nrepl, session), device


@pytest.mark.slow
def test_names_of_a_device_elsewhere_are_found_and_stay_known_when_it_is_lost(
    elsewhere: tuple[Asking, Server],
) -> None:
    asking, device = elsewhere
    assert values(asking.nrepl.eval("(require 'errands.model) (ns lookup.there) (defn there [x] x)", asking.session))
    known = {name: asking.known(name) for name in ("map", "errands.model", "lookup.there/there")}
    assert opened(known["map"]).name == "core.lpy"
    assert opened(known["errands.model"]).read_text() == (device.folder / "errands" / "model.lpy").read_text()
    device.end(signal.SIGKILL)
    eventually(lambda: asking.nrepl.ask({"op": "device-status", "session": asking.session})["ios-connected"] == "false")
    for name, told in known.items():
        again = asking.info(name)
        assert {**again, "id": 0} == {**told, "id": 0}
