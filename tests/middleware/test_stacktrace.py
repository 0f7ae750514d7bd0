"""The last error, cause by cause, as the stack trace buffers of editors read it."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to

BOOM: wire.Message = {
    "file": "/p/src/app.lpy", "line": 3, "name": "app/boom", "ns": "app", "fn": "boom", "var": "app/boom",
    "flags": ["clj"],
}  # fmt: skip
LIBRARY: wire.Message = {
    "file": "/lib/json.py", "line": 9, "name": "json/loads", "class": "json", "method": "loads", "flags": ["python"],
}  # fmt: skip
TYPED: wire.Message = {**BOOM, "file": "<repl>", "flags": ["clj", "repl"]}


def analysis(*causes: wire.Message, phase: str = "execution") -> wire.Message:
    return {"op": "result", "causes": [*causes], "phase": phase}


def cause(*frames: wire.JSON, **keys: wire.JSON) -> wire.Message:
    return {"class": "E", "message": "no", "frames": [*frames], **keys}


def replies(
    last: wire.Message, op: str = "analyze-last-stacktrace", session: FakeSession | None = None
) -> list[Message]:
    session = session or FakeSession()
    session.frames = [last]
    return replies_to({"op": op}, session)


def calls(told: wire.Message) -> list[Bencode]:
    stacktrace = replies(analysis(told))[0]["stacktrace"]
    assert isinstance(stacktrace, list)
    return stacktrace


@pytest.mark.parametrize(
    "op", ["analyze-last-stacktrace", "cider/analyze-last-stacktrace", "stacktrace", "cider/stacktrace"]
)
def test_each_cause_is_a_message_the_outermost_first_and_then_it_is_done(op: str) -> None:
    outer, root, done = replies(analysis(cause(), cause(**{"class": "Root"})), op)
    assert (outer["class"], root["class"]) == ("E", "Root")
    assert done == {"status": ["done"]}


def test_without_an_error_it_says_so() -> None:
    assert replies({"op": "result", "causes": []}) == [{"status": ["done", "no-error"]}]


def test_only_the_outermost_cause_has_the_phase_for_cider_takes_the_last_it_reads() -> None:
    outer, root, _ = replies(analysis(cause(), cause(), phase="read-source"))
    assert outer["phase"] == "read-source"
    assert "phase" not in root


def test_a_call_in_the_project_can_be_opened_and_is_flagged() -> None:
    (call,) = calls(cause(BOOM))
    assert call == {
        "name": "app/boom",
        "ns": "app",
        "fn": "boom",
        "var": "app/boom",
        "file": "src/app.lpy",
        "file-url": "file:///host/p/src/app.lpy",
        "line": 3,
        "flags": ["clj", "project"],
    }


def test_a_call_in_a_library_can_be_opened() -> None:
    (call,) = calls(cause(LIBRARY))
    assert call == {
        "name": "json/loads",
        "class": "json",
        "method": "loads",
        "file": "json.py",
        "file-url": "file:///host/lib/json.py",
        "line": 9,
        "flags": ["python"],
    }


@pytest.mark.parametrize("file", ["/p/.venv/lib/site-packages/x.py", "/p/src/x.py"])
def test_what_is_installed_in_the_project_or_is_tooling_is_not_the_users(file: str) -> None:
    flags = ["python"] if "site-packages" in file else ["python", "tooling"]
    (call,) = calls(cause({**LIBRARY, "file": file, "flags": [*flags]}))
    assert isinstance(call, dict)
    assert call["flags"] == flags


@pytest.mark.parametrize("file", ["<repl>", "*cider-repl p*", " *temp*", "<frozen importlib._bootstrap>"])
def test_typed_code_has_no_file_to_open(file: str) -> None:
    (call,) = calls(cause({**TYPED, "file": file}))
    assert isinstance(call, dict)
    assert "file-url" not in call
    assert call["file"] == file


def test_a_file_that_the_host_does_not_have_is_named_as_the_device_does() -> None:
    session = FakeSession()
    session.files.missing.add("/lib/json.py")
    stacktrace = replies(analysis(cause(LIBRARY)), session=session)[0]["stacktrace"]
    assert isinstance(stacktrace, list)
    (call,) = stacktrace
    assert isinstance(call, dict)
    assert (call["file"], "file-url" in call) == ("/lib/json.py", False)


@pytest.mark.parametrize(("name", "shown"), [("/", "divide"), ("/$", "divide"), ("$", "?"), ("a/b", "a/b"), ("", "?")])
def test_a_name_that_would_break_ciders_buffer_is_shown_as_another(name: str, shown: str) -> None:
    (call,) = calls(cause({**BOOM, "fn": name}))
    assert isinstance(call, dict)
    assert call["fn"] == shown


def test_data_is_told_when_there_is_some() -> None:
    with_data, without, _ = replies(analysis(cause(data="{:a 1}"), cause()))
    assert with_data["data"] == "{:a 1}"
    assert "data" not in without


def test_a_compile_error_tells_its_place() -> None:
    place: wire.Message = {"file": "/p/src/app.lpy", "line": 2, "column": 5, "name": "when"}
    first = replies(analysis(cause(location=place), phase="macroexpansion"))[0]
    assert first["location"] == {
        "clojure.error/source": "/p/src/app.lpy",
        "clojure.error/line": 2,
        "clojure.error/column": 5,
        "clojure.error/phase": "macroexpansion",
        "clojure.error/symbol": "when",
    }
    assert (first["file"], first["path"], first["line"], first["column"]) == ("/p/src/app.lpy", "src/app.lpy", 2, 5)
    assert first["file-url"] == "file:///host/p/src/app.lpy"


def test_it_is_asked_in_the_language_that_failed_last() -> None:
    session = FakeSession()
    session.frames = [{"op": "error", "type": "runtime", "error": "E: no", "lang": "python"}]
    replies_to({"op": "eval", "code": "1/0", "lang": "python"}, session)
    replies(analysis(cause()), session=session)
    assert session.asked[-1] == {"op": "stacktrace", "session": "s1", "lang": "python"}


def test_a_fault_before_the_last_form_counts_too() -> None:
    session = FakeSession()
    session.frames = [{"op": "fault", "type": "runtime", "lang": "python"}, {"op": "result", "value": "1"}]
    replies_to({"op": "eval", "code": "a b"}, session)
    replies(analysis(cause()), session=session)
    assert session.asked[-1]["lang"] == "python"


@pytest.mark.parametrize("kind", ["crash", "timeout", "device-lost"])
def test_what_was_no_exception_is_told_without_asking_for_an_older_one(kind: str) -> None:
    session = FakeSession()
    session.frames = [{"op": "error", "type": kind, "error": "The worker died", "ex": "Crash"}]
    replies_to({"op": "eval", "code": "1"}, session)
    told, _ = replies(analysis(cause()), session=session)
    assert told == {"class": "Crash", "message": "The worker died", "phase": "execution", "stacktrace": []}
    assert [each["op"] for each in session.asked] == ["eval"]


def test_a_lost_device_cannot_tell() -> None:
    (reply,) = replies({"op": "error", "type": "device-lost", "error": "gone"})
    assert reply["status"] == ["error", "stacktrace-error", "done"]
    assert reply["err"] == "gone\n"


@pytest.mark.parametrize("causes", [None, 3, [3], [{"frames": 3}], [{"frames": [{}], "location": {}}]])
def test_what_is_not_shaped_as_it_should_be_does_no_harm(causes: wire.JSON) -> None:
    last = replies({"op": "result", "causes": causes})[-1]
    assert isinstance(last["status"], list)
    assert last["status"][0] == "done"
