"""The ops that run tests, in front of a device that answers from a script."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from pathlib import PurePath

import pytest
from immutables import Map

from device_server import wire
from middleware import session, stack, testing
from middleware.mirror import Mirror, Namespace
from middleware.project_sources import SourceFile
from middleware.replies import answering
from middleware.request import Bencode, Message, OnFrame
from tests.middleware.fakes import FakeSession, finish, request_for

RESULT: wire.Message = {"op": "result"}
NOT_FOUND: wire.Message = {"op": "error", "type": wire.ErrorType.NAMESPACE, "error": "There is no namespace a"}
CRASH: wire.Message = {
    "op": "error",
    "type": wire.ErrorType.CRASH,
    "error": "The worker died: signal 9.",
    "ex": "Crash",
}
NAMES = ("", "cider/")


class ScriptedSession(FakeSession):
    """A session whose device answers each request with the next frames; those to be had again are the last."""

    def __init__(self, *answers: list[wire.Message]) -> None:
        super().__init__()
        self.answers = deque(answers or ([RESULT],))

    async def ask(self, frame: wire.Message, on_frame: OnFrame) -> wire.Message:
        self.frames = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        return await super().ask(frame, on_frame)


class FakeSources:
    """A project with some files."""

    def __init__(self, *files: SourceFile) -> None:
        self.files = files

    async def read(self, paths: Collection[str]) -> dict[str, SourceFile]:
        return {file.path: file for file in self.files if file.path in paths}

    async def find(self, names: Collection[str]) -> dict[str, SourceFile]:
        by_module = {file.module: file for file in self.files}
        return {name: by_module[module] for name in names if (module := name.replace("-", "_")) in by_module}

    async def tests(self) -> list[SourceFile]:
        return [*self.files]


def replies_to(message: Message, to: FakeSession, *files: SourceFile) -> list[Message]:
    return Client(to, *files).says(message)


class Client:
    """Says one thing after another to one stack."""

    def __init__(self, to: FakeSession, *files: SourceFile) -> None:
        self._session = to
        self._stack = stack.build([session.middleware(list), testing.middleware(FakeSources(*files), PurePath("/p"))])

    def says(self, message: Message) -> list[Message]:
        sent: list[Message] = []
        finish(answering(self._stack)(request_for(message, self._session, sent)))
        assert all(reply.pop("id") == "7" and reply.pop("session") == "s1" for reply in sent)
        assert [reply.get("status") for reply in sent if "done" in reply.get("status", [])] == [sent[-1]["status"]]  # type: ignore[operator]
        return sent


def ran(*tests: str, failing: Collection[str] = (), out: str = "") -> list[wire.Message]:
    """The frames of a run."""
    frames: list[wire.Message] = [{"op": "tests", "vars": [*tests]}]
    for test in tests:
        ns, _, name = test.partition("/")
        if out:
            frames.append({"op": "out", "stream": "out", "text": out})
        kind = "fail" if test in failing else "pass"
        frames.append({"op": "tested", "ns": ns, "var": name, "ms": 1, "assertions": [{"type": kind}]})
    return [*frames, RESULT]


def counts(reply: Message) -> Bencode:
    summary = reply["summary"]
    assert isinstance(summary, dict)
    return {key: summary[key] for key in ("pass", "fail", "error")}


# What is asked of the device


def test_each_language_is_asked_for_its_own_namespaces() -> None:
    to = ScriptedSession()
    to.mirror = Mirror(Map({"p": Namespace("p", "python"), "b": Namespace("b")}))
    query: Message = {"ns-query": {"exactly": ["b", "p", "c"]}}
    replies_to({"op": "test-var-query", "var-query": query}, to)
    assert [(each["lang"], each["namespaces"]) for each in to.asked] == [("basilisp", ["b", "c"]), ("python", ["p"])]


def test_all_tests_are_those_of_each_language_that_has_some() -> None:
    to = ScriptedSession()
    to.language = "python"
    to.mirror = Mirror(
        Map({
            "app": Namespace("app", "python"),
            "lisp": Namespace("lisp", refers=Map({"is": "basilisp.test/is"})),
        })
    )  # fmt: skip
    replies_to({"op": "test-all"}, to)
    assert [each["lang"] for each in to.asked] == ["python", "basilisp"]
    to.asked.clear()
    replies_to({"op": "test-all", "lang": "python"}, to)
    assert [each["lang"] for each in to.asked] == ["python"]


def test_python_modules_with_the_names_of_tests_hold_some() -> None:
    to = ScriptedSession()
    to.mirror = Mirror(Map({"app.test_it": Namespace("app.test_it", "python")}))
    replies_to({"op": "test-all"}, to)
    assert [each["lang"] for each in to.asked] == ["basilisp", "python"]


# What the client gets


@pytest.mark.parametrize("prefix", NAMES)
def test_everything_is_in_one_message_with_done(prefix: str) -> None:
    *_, last = replies_to({"op": f"{prefix}test", "ns": "a"}, ScriptedSession(ran("a/x", "a/y", failing=["a/y"])))
    assert last["status"] == ["done"]
    assert {"results", "summary", "testing-ns", "elapsed-time", "ns-elapsed-time", "var-elapsed-time"} <= {*last}
    assert counts(last) == {"pass": 1, "fail": 1, "error": 0}


def test_calva_gets_the_results_first_and_then_the_output() -> None:
    replies = replies_to({"op": "test-var-query", "var-query": {}}, ScriptedSession(ran("a/x", "a/y", out="hi\n")))
    assert [sorted({*reply} & {"results", "out", "status"}) for reply in replies] == [
        ["results"], ["out"], ["out"], ["status"],
    ]  # fmt: skip


def test_cider_gets_the_output_and_a_word_on_each_test_as_they_come() -> None:
    replies = replies_to({"op": "cider/test", "ns": "a"}, ScriptedSession(ran("a/x", "a/y", out="hi\n")))
    assert [reply.get("out") or reply.get("tested") or "done" for reply in replies] == [
        "hi\n", "a/x", "hi\n", "a/y", "done",
    ]  # fmt: skip
    assert replies[1]["testing-ns"] == "a"
    assert counts(replies[1]) == {"pass": 1, "fail": 0, "error": 0}


def test_output_that_waits_is_bounded() -> None:
    frames = ran("a/x", "a/y", "a/z", out="x" * testing.HELD_CHARS)
    replies = replies_to({"op": "test", "ns": "a"}, ScriptedSession(frames))
    assert sum(len(str(reply.get("out", ""))) for reply in replies) <= testing.HELD_CHARS
    assert "left out" in str(replies[-2]["err"])


def test_a_test_that_reads_asks_at_once() -> None:
    to = ScriptedSession([{"op": "tests", "vars": ["a/x"]}, {"op": "need-input"}, *ran("a/x")])
    replies = replies_to({"op": "test", "ns": "a"}, to)
    assert replies[0] == {"status": ["need-input"]}


def test_a_namespace_that_is_not_there_is_named() -> None:
    (reply,) = replies_to({"op": "cider/test", "ns": "a-test"}, ScriptedSession([NOT_FOUND]))
    assert reply["status"] == ["error", "namespace-not-found", "done"]
    assert reply["ns"] == "a-test"


def test_a_run_that_cannot_begin_says_why() -> None:
    wrong: wire.Message = {"op": "error", "type": wire.ErrorType.RUNTIME, "error": "no", "ex": "CollectionError"}
    replies = replies_to({"op": "test", "ns": "a"}, ScriptedSession([wrong]))
    assert replies == [
        {"err": "no\n"},
        {"ex": "CollectionError", "root-ex": "CollectionError", "status": ["eval-error"]},
        {"status": ["done"]},
    ]


# Loading


FILE = SourceFile("/p/a_test.lpy", "a_test", "basilisp", "(ns a-test)")
MODULE = SourceFile("/p/test_m.py", "test_m", "python", "x = 1")


def test_a_namespace_that_is_not_there_is_loaded_if_the_client_wants_that() -> None:
    to = ScriptedSession([NOT_FOUND], [RESULT], ran("a-test/x"))
    (*_, last) = replies_to({"op": "cider/test", "ns": "a-test", "load?": "true"}, to, FILE)
    assert [each["op"] for each in to.asked] == ["test", "load", "test"]
    assert to.asked[1]["source"] == "(ns a-test)"
    assert (to.asked[1]["file"], to.asked[1]["lang"]) == ("/p/a_test.lpy", "basilisp")
    assert counts(last) == {"pass": 1, "fail": 0, "error": 0}


def test_a_loaded_module_is_tested_in_its_own_language() -> None:
    to = ScriptedSession([NOT_FOUND], [RESULT], ran("test_m/x"))
    replies_to({"op": "cider/test", "ns": "test_m", "load?": "true"}, to, MODULE)
    assert [each["lang"] for each in to.asked] == ["basilisp", "python", "python"]
    assert to.asked[1]["name"] == "test_m"


def test_a_file_that_cannot_be_loaded_says_why_and_there_is_no_namespace() -> None:
    wrong: wire.Message = {
        "op": "error",
        "type": wire.ErrorType.COMPILE,
        "error": "SyntaxError: no",
        "ex": "SyntaxError",
    }
    to = ScriptedSession([NOT_FOUND], [wrong], [NOT_FOUND])
    err, refusal = replies_to({"op": "cider/test", "ns": "a-test", "load?": "true"}, to, FILE)
    assert err == {"err": "SyntaxError: no\n"}
    assert refusal["status"] == ["error", "namespace-not-found", "done"]


def test_all_tests_of_the_project_that_are_not_there_are_loaded_first() -> None:
    to = ScriptedSession()
    to.mirror = Mirror(Map({"a-test": Namespace("a-test")}))
    replies_to({"op": "cider/test-all", "load?": "true"}, to, FILE, MODULE)
    assert [(each["op"], each.get("name")) for each in to.asked] == [("load", "test_m"), ("test", None)]


# When the device cannot go on


def test_a_test_that_takes_the_process_with_it_is_one_error_and_the_rest_runs() -> None:
    died: list[wire.Message] = [*ran("a/x")[1:-1], CRASH]
    to = ScriptedSession([{"op": "tests", "vars": ["a/x", "a/y", "a/z"]}, *died], ran("a/z"))
    *_, last = replies_to({"op": "test", "ns": "a"}, to)
    assert counts(last) == {"pass": 2, "fail": 0, "error": 1}
    results = last["results"]
    assert isinstance(results, dict)
    assert results["a"]["y"][0]["error"] == "The worker died: signal 9."  # type: ignore[index,call-overload]
    options = to.asked[1]["options"]
    assert isinstance(options, dict)
    assert options["skip"] == ["a/x", "a/y"]


def test_failing_fast_a_death_is_the_end() -> None:
    to = ScriptedSession([{"op": "tests", "vars": ["a/x", "a/y"]}, CRASH])
    *_, last = replies_to({"op": "test", "ns": "a", "fail-fast": "true"}, to)
    assert len(to.asked) == 1
    assert counts(last) == {"pass": 0, "fail": 0, "error": 1}


@pytest.mark.parametrize("answer", [[NOT_FOUND], [{"op": "tests", "vars": []}, RESULT]])
def test_tests_that_were_lost_in_a_death_are_errors_too(answer: list[wire.Message]) -> None:
    to = ScriptedSession([{"op": "tests", "vars": ["a/x", "a/y", "a/z"]}, CRASH], answer)
    *_, last = replies_to({"op": "test", "ns": "a"}, to)
    assert counts(last) == {"pass": 0, "fail": 0, "error": 3}


def test_a_death_before_any_test_is_an_error_of_the_run() -> None:
    err, ex, _ = replies_to({"op": "test", "ns": "a"}, ScriptedSession([CRASH]))
    assert err == {"err": "The worker died: signal 9.\n"}
    assert ex["status"] == ["eval-error"]


def test_a_test_that_runs_when_the_time_is_up_is_an_error() -> None:
    timeout: wire.Message = {"op": "error", "type": wire.ErrorType.TIMEOUT, "error": "Timed out"}
    to = ScriptedSession([{"op": "tests", "vars": ["a/x", "a/y"]}, timeout])
    *_, last = replies_to({"op": "test", "ns": "a", "timeout-ms": 5}, to)
    assert to.asked[0]["timeout_ms"] == 5
    assert counts(last) == {"pass": 0, "fail": 0, "error": 1}


@pytest.mark.parametrize("prefix", NAMES)
def test_of_an_interrupted_run_what_was_found_is_told(prefix: str) -> None:
    interrupted: wire.Message = {"op": "error", "type": wire.ErrorType.INTERRUPTED, "error": "Interrupted"}
    to = ScriptedSession([{"op": "tests", "vars": ["a/x", "a/y"]}, *ran("a/x")[1:-1], interrupted])
    *_, report, last = replies_to({"op": f"{prefix}test", "ns": "a"}, to)
    assert counts(report) == {"pass": 1, "fail": 0, "error": 0}
    assert last == {"status": ["interrupted", "done"]}


def test_when_the_device_is_lost_what_was_found_is_told() -> None:
    lost: wire.Message = {"op": "error", "type": wire.ErrorType.DEVICE_LOST, "error": "lost"}
    to = ScriptedSession([{"op": "tests", "vars": ["a/x", "a/y"]}, *ran("a/x")[1:-1], lost])
    report, err, ex, last = replies_to({"op": "test", "ns": "a"}, to)
    assert counts(report) == {"pass": 1, "fail": 0, "error": 0}
    assert (err["err"], ex["status"], last["status"]) == ("lost\n", ["eval-error", "device-lost"], ["done"])


# Once more


def test_what_did_not_pass_runs_again() -> None:
    to = ScriptedSession(
        ran("a/x", "a/y", "b/z", failing=["a/y", "b/z"]), ran("a/y", "b/z", failing=["b/z"]), ran("b/z")
    )
    client = Client(to)
    client.says({"op": "cider/test-all"})
    client.says({"op": "cider/retest"})
    client.says({"op": "retest"})
    assert [each.get("vars") for each in to.asked] == [None, ["a/y", "b/z"], ["b/z"]]
    client.says({"op": "retest"})
    assert len(to.asked) == 3


def test_what_did_not_pass_runs_again_in_its_own_language() -> None:
    to = ScriptedSession(ran("test_m/x", failing=["test_m/x"]))
    client = Client(to)
    client.says({"op": "test", "ns": "test_m", "lang": "python"})
    client.says({"op": "retest"})
    assert [each["lang"] for each in to.asked] == ["python", "python"]


def test_without_a_run_before_there_is_nothing_to_run_again() -> None:
    to = ScriptedSession()
    (reply,) = replies_to({"op": "retest"}, to)
    assert reply["results"] == {}
    assert to.asked == []


def test_an_interrupted_run_does_not_take_the_place_of_the_one_before() -> None:
    interrupted: wire.Message = {"op": "error", "type": wire.ErrorType.INTERRUPTED, "error": "Interrupted"}
    to = ScriptedSession(ran("a/x", failing=["a/x"]), [interrupted], ran("a/x"))
    client = Client(to)
    for op in ("test-all", "retest", "retest"):
        client.says({"op": op})
    assert to.asked[-1]["vars"] == ["a/x"]


# What a test has failed with


def test_the_exception_of_an_assertion_is_told_cause_by_cause() -> None:
    cause: wire.Message = {"class": "E", "message": "no", "frames": []}
    answer: list[wire.Message] = [{"op": "result", "phase": "execution", "causes": [cause, cause]}]
    to = ScriptedSession(ran("m/x", failing=["m/x"]), answer)
    client = Client(to)
    client.says({"op": "test", "ns": "m", "lang": "python"})
    first, second, last = client.says({"op": "cider/test-stacktrace", "ns": "m", "var": "x", "index": 1})
    assert (first["class"], first["message"], second["class"]) == ("E", "no", "E")
    assert last == {"status": ["done"]}
    assert to.asked[-1] == {
        "op": "stacktrace", "session": "s1", "lang": "python", "test": {"ns": "m", "var": "x", "index": 1},
    }  # fmt: skip


def test_calvas_first_assertion_is_number_zero() -> None:
    to = ScriptedSession([{"op": "result", "causes": []}])
    (reply,) = replies_to({"op": "test-stacktrace", "ns": "m", "var": "x", "index": 0}, to)
    assert to.asked[0]["test"] == {"ns": "m", "var": "x", "index": 0}
    assert reply["status"] == ["done", "no-error"]


def test_a_device_that_cannot_tell_says_why() -> None:
    lost: wire.Message = {"op": "error", "type": wire.ErrorType.DEVICE_LOST, "error": "lost"}
    (reply,) = replies_to({"op": "test-stacktrace", "ns": "m", "var": "x"}, ScriptedSession([lost]))
    assert reply["status"] == ["error", "test-stacktrace-error", "done"]
