"""Tests as CIDER and Calva ask for them, over a bridge and the device it has started."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import pytest

from middleware.request import Bencode, Message
from tests.conformance.clients import Nrepl, joined, statuses
from tests.conformance.servers import EXAMPLE, Server

Say: TypeAlias = Callable[..., list[Any]]
"""An op with its keys -> the replies, whose shape the test states."""

CIDER: Final = {"tests": [], "load?": "true", "fail-fast": "true"}
"""What CIDER sends with every test of a namespace."""
DEFINED: Final = """(ns my.tests (:require [basilisp.test :refer [deftest is testing]]) (:import os))
(deftest passes (println "out of a test") (is true))
(deftest fails (testing "sums" (is (= [1 2] [1 3]))))
(deftest raises (is (/ 1 0)))
"""
DEADLY: Final = """(ns my.deadly (:require [basilisp.test :refer [deftest is]]) (:import os))
(deftest a (is true))
(deftest b (os/kill (os/getpid) 9))
(deftest c (is true))
"""


@pytest.fixture
def say(nrepl: Nrepl, session: str) -> Say:
    def say(op: str, **keys: Bencode) -> list[Any]:
        message: Message = {"op": op, "session": session, **keys}
        return nrepl.talk(message)

    return say


@pytest.fixture
def tests_of_the_project(bridge: Server) -> Iterator[None]:
    """The example's tests are in the project for as long as a test needs them."""
    shutil.copytree(EXAMPLE / "tests", bridge.folder / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(EXAMPLE / "conftest.py", bridge.folder)
    yield
    shutil.rmtree(bridge.folder / "tests")
    (bridge.folder / "conftest.py").unlink()


def define(say: Say, code: str) -> None:
    assert not any("ex" in reply for reply in say("eval", code=code, file="/my/tests.lpy"))


@pytest.mark.usefixtures("tests_of_the_project")
@pytest.mark.parametrize(
    ("ns", "file"), [("tests.test-errands-store", "test_errands_store.lpy"), ("tests.test_store", "test_store.py")]
)
def test_cider_runs_the_tests_of_a_namespace_that_is_not_loaded(say: Say, bridge: Server, ns: str, file: str) -> None:
    *live, last = say("cider/test", ns=ns, **CIDER)
    assert last["status"] == ["done"]
    assert last["summary"]["fail"] + last["summary"]["error"] == 0
    assert last["summary"]["var"] == len(last["results"][ns]) == len([each for each in live if "tested" in each]) > 4
    assert {each["file"] for found in last["results"][ns].values() for each in found} == {
        str(bridge.folder / "tests" / file)
    }


@pytest.mark.usefixtures("tests_of_the_project")
def test_cider_runs_all_tests_of_a_project_in_both_languages(say: Say) -> None:
    *_, last = say("cider/test-all", **{"load?": "true"}, exclude=["no-such-label"])
    assert {"tests.test-errands-model", "tests.test-errands-report", "tests.test_model", "tests.test_report"} <= {
        *last["results"]
    }


def test_cider_is_told_that_there_are_no_such_tests(say: Say) -> None:
    (reply,) = say("cider/test", ns="no.such-test", **CIDER)
    assert "namespace-not-found" in reply["status"]
    assert reply["ns"] == "no.such-test"


def test_cider_shows_what_failed(say: Say) -> None:
    define(say, DEFINED)
    *live, last = say("cider/test", ns="my.tests", tests=[])
    assert "".join(each.get("out", "") for each in live) == "out of a test\n"
    assert last["summary"] == {"ns": 1, "var": 3, "test": 3, "pass": 1, "fail": 1, "error": 1}
    (failed,), (error,) = (last["results"]["my.tests"][name] for name in ("fails", "raises"))
    assert {key: value for key, value in failed.items() if key != "elapsed-time"} == {
        "type": "fail", "ns": "my.tests", "var": "fails", "index": 0, "context": "sums", "message": "(= [1 2] [1 3])",
        "expected": "[1 2]\n", "actual": "[1 3]\n", "diffs": [["[1 3]\n", ["[2]\n", "[3]\n"]]],
        "file": "/my/tests.lpy", "line": 3,
    }  # fmt: skip
    assert (error["type"], error["error"], error["line"]) == ("error", "ZeroDivisionError: Fraction(1, 0)", 4)


def test_calva_takes_the_first_reply_for_the_results(say: Say) -> None:
    define(say, DEFINED)
    query: Message = {"ns-query": {"exactly": ["my.tests"]}}
    first, *outs, last = say("test-var-query", **{"var-query": query})
    assert first["summary"]["test"] == 3
    assert joined(outs, "out") == "out of a test\n"
    assert last["status"] == ["done"]
    for each in (each for found in first["results"]["my.tests"].values() for each in found):
        assert isinstance(each.get("context", ""), str)
        assert isinstance(each.get("message", ""), str)
        assert isinstance(each["line"], int)
        assert isinstance(each["file"], str)


def test_calva_runs_the_test_under_the_cursor(say: Say) -> None:
    define(say, DEFINED)
    query: Message = {"ns-query": {"exactly": ["my.tests"]}, "search": "fails", "test?": 1}
    (reply,) = say("test-var-query", **{"var-query": query})
    assert [*reply["results"]["my.tests"]] == ["fails"]
    assert reply["status"] == ["done"]


def test_calva_runs_what_failed_again(say: Say) -> None:
    define(say, DEFINED)
    say("test-var-query", **{"var-query": {"ns-query": {"exactly": ["my.tests"]}}})
    (reply,) = say("retest")
    assert {*reply["results"]["my.tests"]} == {"fails", "raises"}


def test_a_test_that_kills_the_worker_is_one_error_and_the_others_run(say: Say) -> None:
    define(say, DEADLY)
    *_, last = say("cider/test", ns="my.deadly", tests=[])
    (before,), (error,), (after,) = (last["results"]["my.deadly"][name] for name in "abc")
    assert (before["type"], error["type"]) == ("pass", "error")
    assert "SIGKILL" in error["error"]
    # of what was defined just now there may be no copy yet; then it is said that the test is lost
    assert after["type"] == "pass" or "lost when the worker died" in after["message"]


def test_tests_are_interrupted_and_what_they_found_is_told(nrepl: Nrepl, session: str, say: Say) -> None:
    define(say, DEFINED.replace("(/ 1 0)", '(do (println "on") (while true))'))
    running = nrepl.send({"op": "cider/test", "ns": "my.tests", "session": session})
    replies = nrepl.converse(running)
    nrepl.hear("on")
    assert nrepl.ask({"op": "interrupt", "session": session, "interrupt-id": running})["status"] == ["done"]
    *_, report, last = replies
    assert isinstance(report["summary"], dict)
    assert report["summary"]["var"] == 2
    assert statuses(last) == ["interrupted", "done"]


def test_tests_have_a_time_limit(say: Say) -> None:
    define(say, DEFINED.replace("(/ 1 0)", "(while true)"))
    *_, last = say("cider/test", ns="my.tests", **{"timeout-ms": 300})
    assert last["summary"]["error"] == 1
    assert "time" in last["results"]["my.tests"]["raises"][0]["message"]


def test_tests_do_not_touch_the_last_values_of_their_session(say: Say) -> None:
    define(say, DEFINED)
    say("eval", code=":before")
    say("cider/test", ns="my.tests")
    assert [reply["value"] for reply in say("eval", code="*1") if "value" in reply] == [":before"]


@pytest.mark.parametrize("op", ["cider/test-stacktrace", "test-stacktrace"])
def test_the_exception_of_a_test_is_told_with_its_calls(say: Say, op: str) -> None:
    define(say, "(ns my.raising (:require [basilisp.test :refer [deftest is]]))\n(defn boom [] (/ 1 0))\n"
                "(deftest a (is true) (is (= 1 2)) (is (boom)))")  # fmt: skip
    say("cider/test", ns="my.raising")
    first, *_ = say(op, ns="my.raising", var="a", index=1)
    assert first["class"] == "ZeroDivisionError"
    assert "my.raising/boom" in [call["name"] for call in first["stacktrace"]]
    (none,) = say(op, ns="my.raising", var="a", index=0)
    assert none["status"] == ["done", "no-error"]


@pytest.mark.usefixtures("tests_of_the_project")
def test_the_exception_of_a_python_test_is_told_too(say: Say, bridge: Server) -> None:
    (bridge.folder / "tests" / "test_raising.py").write_text("def test_a(): 1 / 0\n")
    say("cider/test", ns="tests.test_raising", **CIDER)
    first, *_ = say("test-stacktrace", ns="tests.test_raising", var="test_a", index=0)
    assert first["class"] == "ZeroDivisionError"
    assert first["stacktrace"][0]["name"] == "tests.test_raising/test_a"
