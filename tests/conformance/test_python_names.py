"""A Python session through a whole bridge: what its code says and what its device has, as one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from middleware.request import Bencode
from tests.conformance import servers
from tests.conformance.clients import Nrepl
from tests.conformance.servers import Server

THING = '''
class Thing:
    """What it is."""
    def __init__(self): self.inner = {}
    def grow(self, by: int): "Bigger."; return self
x = Thing()
def made(): return globals()["x"]
y = made()
'''


@pytest.fixture(scope="module")
def python_bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.bridge(tmp_path_factory.mktemp("python"), "--lang", "python") as server:
        yield server


@pytest.fixture
def nrepl(python_bridge: Server) -> Iterator[Nrepl]:
    with Nrepl(python_bridge.port) as client:
        session = client.clone()
        servers.eventually(lambda: "'a'.upper" in candidates(client, session, "'a'.upp"))
        yield client


@pytest.fixture
def session(nrepl: Nrepl) -> str:
    session = nrepl.clone()
    nrepl.eval(THING, session)
    return session


def candidates(nrepl: Nrepl, session: str, prefix: str, **keys: Bencode) -> dict[str, Bencode]:
    """Candidate -> its type."""
    found = nrepl.ask({"op": "complete", "prefix": prefix, "session": session, **keys})["completions"]
    assert isinstance(found, list)
    return {str(each["candidate"]): each["type"] for each in found if isinstance(each, dict)}


def test_a_value_has_what_its_class_and_its_code_say(nrepl: Nrepl, session: str) -> None:
    found = candidates(nrepl, session, "x.")
    assert (found["x.grow"], found["x.inner"]) == ("method", "field")
    assert candidates(nrepl, session, "made().gr") == {}  # neither the code nor the device says what it returns
    assert "y.inner" in candidates(nrepl, session, "y.in")  # but the device says what was returned


def test_code_that_is_being_typed_around_a_name_says_what_it_is(nrepl: Nrepl, session: str) -> None:
    context = "for each in [Thing()]:\n    __prefix__"
    assert "each.grow" in candidates(nrepl, session, "each.g", context=context)


def test_what_a_crash_has_taken_is_not_offered(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("import os", session)
    nrepl.eval("lost_name = 1; os.kill(os.getpid(), 11)", session)
    assert candidates(nrepl, session, "lost_na") == {}
    assert "x.inner" in candidates(nrepl, session, "x.")


def test_a_device_that_hangs_does_not_keep_anybody_from_typing(nrepl: Nrepl, session: str) -> None:
    hanging = nrepl.send({"op": "eval", "code": "print('on')\nsum(range(10**13))", "session": session})
    nrepl.hear("on")
    assert "x.grow" in candidates(nrepl, session, "x.gr")
    told = nrepl.ask({"op": "info", "sym": "x.grow(1, ", "session": session})
    assert (told["name"], told["ns"], told["doc"]) == ("grow", "__main__.Thing", "Bigger.")
    nrepl.ask({"op": "interrupt", "interrupt-id": hanging, "session": session})


def test_a_name_of_the_project_is_found_in_its_file(nrepl: Nrepl, session: str, python_bridge: Server) -> None:
    nrepl.eval("if len(''):\n    from todo import model as unseen\n", session)  # the device has not imported it
    told = nrepl.ask({"op": "info", "sym": "unseen.Item", "session": session})
    assert told["file"] == (python_bridge.folder / "todo" / "model.py").as_uri()
    assert (told["ns"], told["doc"]) == ("todo.model", "One thing to do.")


def test_a_file_that_is_not_saved_is_read_as_it_was_loaded(nrepl: Nrepl, session: str, python_bridge: Server) -> None:
    path = python_bridge.folder / "todo" / "model.py"
    text = path.read_text() + "\nclass Unsaved:\n    def found(self): ...\n"
    nrepl.talk({"op": "load-file", "file": text, "file-path": str(path), "session": session})
    assert candidates(nrepl, session, "from todo.model import Uns") == {"from todo.model import Unsaved": "class"}
