"""docs/protocol.md names every message of the wire and every key, those that hosts send and those that devices do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from device_server import wire
from tests.conformance import servers
from tests.conformance.clients import JsonLines

CAPS: Final = tuple(value for name, value in vars(wire).items() if name.startswith("CAP_"))
ALWAYS: Final = {"op", "id"}
UNANSWERED: Final = ("stdin", "ack", "source")
WITHOUT_FREE_NAMES: Final = ("welcome", "pong", "status", "died")
"""In these the keys of inner objects are the protocol's, not the program's."""

VIEW: Final = "device_server.views.Button('More', lambda: None)"
TRIED: Final[list[wire.Message]] = [
    {"op": "hello", "client": "test", "proto": 1, "caps": [*CAPS]},
    {"op": "ping"},
    {"op": "status"},
    {"op": "eval", "code": "(println 1) (/ 1 0) (def x 1)", "session": "s"},
    {"op": "eval", "code": "import sys; sys.stderr.write('e'); [1, 2", "lang": "python", "file": "a.py", "line": 3},
    {"op": "eval", "code": "'y' * 99", "lang": "python", "print": {"quota": 9}},
    {"op": "eval", "code": "(/ 1 0)", "print": {"printer": "no/such"}, "caught": {"print": True}},
    {"op": "eval", "code": "(throw (ex-info \"m\" {}))", "caught": {"function": "basilisp.core/println"}},
    {"op": "eval", "code": "1", "ns": "no.such"},
    {"op": "eval", "code": "while True: pass", "lang": "python", "timeout_ms": 5},
    {"op": "eval", "code": "[1]", "session": "s", "inspect": {"page_size": 3}},
    {"op": "inspect", "action": "push", "index": 1, "session": "s"},
    {"op": "inspect", "action": "pop", "session": "no inspector"},
    {"op": "load", "source": "(def y 1)\n(deftest)", "file": "y.lpy", "session": "s"},
    {"op": "load", "source": "z = 1", "file": "z.py", "name": "z", "lang": "python"},
    {"op": "reload", "files": [{"path": "z.py", "source": "z = 2", "lang": "python", "name": "z"}]},
    {"op": "reload", "files": [{"path": "z.py", "source": "z = 1 / 0"}]},
    {"op": "reload", "files": [{"path": "z.py", "source": None}]},
    {"op": "stacktrace", "session": "s"},
    {"op": "macroexpand", "code": "(when 1 2)"},
    {"op": "undef", "ns": "user", "name": "x"},
    {"op": "eval", "code": "(ns t (:require [basilisp.test :as t])) (t/deftest a (t/is (= 1 2)) (t/is false))"},
    {"op": "test", "namespaces": ["t"]},
    {"op": "symbols"},
    {"op": "symbols", "describe": []},
    {"op": "loaded"},
    {"op": "read-source", "file": "/etc/hostname"},
    {"op": "read-source", "file": "/there/is/none"},
    {"op": "eval", "code": "class Seen:\n    def _repr_svg_(self): return '<svg/>'\nSeen()", "lang": "python"},
    {"op": "fetch", "ref": f"sha256-{hashlib.sha256(b'<svg/>').hexdigest()}"},
    {"op": "eval", "code": "class Bad:\n    def _repr_svg_(self): return 1\nBad()", "lang": "python"},
    {"op": "fetch", "ref": "sha256-0"},
    {"op": "eval", "code": "import no_such_module", "lang": "python"},
    {"op": "source", "found": False},
    {"op": "view-start", "expression": VIEW, "lang": "python", "size": "fit"},
    {"op": "view-start", "module": "no_such_module"},
    {"op": "view-sessions"},
    {"op": "view-snapshot", "view": "v1"},
    {"op": "view-configure", "view": "v1", "traits": "dark"},
    {"op": "view-elements", "view": "v1"},
    {"op": "view-touch", "view": "v1", "label": "More"},
    {"op": "view-variants", "view": "v1", "variants": ["light"]},
    {"op": "view-diff", "view": "v1", "b": "sha256-0"},
    {"op": "view-switch", "view": "v1", "index": 0},
    {"op": "view-list"},
    {"op": "view-stop", "view": "v1"},
    {"op": "interrupt"},
    {"op": "stdin", "text": ""},
    {"op": "ack", "chars": 1},
    {"op": "clone", "session": "s2", "from": "s"},
    {"op": "close", "session": "s2"},
    {"op": "eval", "code": "import os; os.abort()", "lang": "python"},
    {"op": "restart"},
    {"op": "rewind", "steps": 1},
    {"op": "rewind", "steps": 1000},
    {"op": "no-such-op"},
    {"op": "shutdown"},
]  # fmt: skip
"""Every request, those too that fail. Their answers have most keys that there are."""


@pytest.fixture(scope="module")
def rows(project_root: Path) -> dict[str, str]:
    """Name of a message -> what the tables of the page say of it, of requests and frames of that name together."""
    page = (project_root / "docs/protocol.md").read_text()
    found: dict[str, str] = {}
    for names, text in re.findall(r"^\| ([a-z, -]+?) \| (.*) \|$", page, re.MULTILINE):
        for name in names.split(", "):
            found[name] = found.get(name, "") + text
    return found


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z_]*", text))


@pytest.mark.parametrize("op", wire.REQUESTS)
def test_every_request_is_on_the_page_with_all_its_keys(op: str, rows: dict[str, str]) -> None:
    assert {*wire.REQUESTS[op]} <= words(rows[op])


def test_the_page_has_all_that_ends_a_request_all_types_of_errors_and_all_capabilities(project_root: Path) -> None:
    page = (project_root / "docs/protocol.md").read_text()
    for name in [*wire.TERMINAL - {"result", "error"}, *wire.ErrorType, *CAPS]:
        assert f"`{name}`" in page, name


@pytest.mark.slow
def test_what_a_device_says_is_on_the_page_with_all_its_keys(rows: dict[str, str], tmp_path: Path) -> None:
    with servers.device(tmp_path) as device, JsonLines(device.port, *CAPS) as host:
        check(host.welcome, "", rows)
        for request in TRIED:
            for frame in talk(host, request):
                check(frame, str(request["op"]), rows)
    assert {str(request["op"]) for request in TRIED} >= {*wire.REQUESTS}


def talk(host: JsonLines, request: wire.Message) -> Iterator[wire.Message]:
    """What comes up to the end of the request, also what belongs to none."""
    keys = {key: value for key, value in request.items() if key != "op"}
    id_ = host.send(str(request["op"]), **keys)
    while request["op"] not in UNANSWERED:
        frame = host.receive()
        yield frame
        if frame["op"] == "need-source":
            host.reply(frame, "source", found=False)
        elif frame.get("id") == id_ and frame["op"] in wire.TERMINAL:
            return


def check(frame: wire.Message, request: str, rows: dict[str, str]) -> None:
    """Fail on a key that neither the row of the frame has nor that of the request it answers."""
    op = str(frame["op"])
    documented = words(rows.get(op, "") + rows.get(request, ""))
    keys = {*all_keys(frame)} if op in WITHOUT_FREE_NAMES else {*frame}
    assert keys - ALWAYS <= documented, (request, op, keys - ALWAYS - documented)


def all_keys(value: wire.JSON) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = [*value.values()]
    for each in value if isinstance(value, list) else []:
        yield from all_keys(each)
