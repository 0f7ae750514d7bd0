"""What a run of tests has come to, in cider-nrepl's words."""

from __future__ import annotations

from device_server import wire
from middleware.request import Message
from middleware.testing_results import Results


def filled(*frames: wire.Message) -> Results:
    results = Results()
    for frame in frames:
        match frame["op"]:
            case "tests":
                results.plan(frame, "basilisp")
            case "asserted":
                results.add(frame)
            case "tested":
                results.end(frame)
    return results


PLAN: wire.Message = {"op": "tests", "vars": ["a/x", "a/y", "b/z"]}
PASS: wire.Message = {"type": "pass", "file": "/a.lpy", "line": 3}
FAIL: wire.Message = {
    "type": "fail", "message": "m", "context": "c", "expected": "1", "actual": "2", "diff": ["-", "+"],
    "file": "/a.lpy", "line": 4,
}  # fmt: skip
ERROR: wire.Message = {"type": "error", "error": "E: e"}


def ended(ns: str, name: str, *assertions: wire.Message, ms: float = 1.4) -> wire.Message:
    return {"op": "tested", "ns": ns, "var": name, "ms": ms, "assertions": [*assertions]}


def test_assertions_are_kept_by_namespace_and_test_with_an_index() -> None:
    report = filled(
        PLAN,
        ended("a", "x", PASS),
        {"op": "asserted", "ns": "a", "var": "y", "assertions": [FAIL]},
        ended("a", "y", ERROR, ms=2),
    ).report(7)
    assert report["results"] == {
        "a": {
            "x": [{
                "ns": "a", "var": "x", "index": 0, "type": "pass", "file": "/a.lpy", "line": 3,
                "elapsed-time": {"ms": 1, "humanized": "Completed in 1 ms"},
            }],
            "y": [
                {
                    "ns": "a", "var": "y", "index": 0, "type": "fail", "message": "m", "context": "c",
                    "expected": "1\n", "actual": "2\n", "diffs": [["2\n", ["-\n", "+\n"]]],
                    "file": "/a.lpy", "line": 4,
                },
                {"ns": "a", "var": "y", "index": 1, "type": "error", "error": "E: e"},
            ],
        }
    }  # fmt: skip


def test_the_summary_counts_assertions_by_their_types() -> None:
    results = filled(PLAN, ended("a", "x", PASS), ended("a", "y", FAIL, ERROR), ended("b", "z"))
    assert results.summary() == {"ns": 2, "var": 3, "test": 3, "pass": 1, "fail": 1, "error": 1}
    assert results.has_failed
    assert results.failed() == [("a", "y")]


def test_times_are_told_for_all_for_namespaces_and_for_tests() -> None:
    report = filled(PLAN, ended("a", "x", ms=1), ended("a", "y", ms=2), ended("b", "z", ms=4)).report(9)
    assert report["elapsed-time"] == {"ms": 9, "humanized": "Completed in 9 ms"}
    assert report["ns-elapsed-time"] == {
        "a": {"ms": 3, "humanized": "Completed in 3 ms"},
        "b": {"ms": 4, "humanized": "Completed in 4 ms"},
    }
    times = report["var-elapsed-time"]
    assert isinstance(times, dict)
    assert times["b"] == {"z": {"elapsed-time": {"ms": 4, "humanized": "Completed in 4 ms"}}}
    assert report["testing-ns"] == "b"


def test_a_run_without_tests_has_results_and_a_summary_all_the_same() -> None:
    report = Results().report(0)
    assert report["results"] == {}
    assert report["summary"] == {"ns": 0, "var": 0, "test": 0, "pass": 0, "fail": 0, "error": 0}
    assert "testing-ns" not in report


def test_the_test_that_runs_is_the_first_that_has_not_ended() -> None:
    results = filled(PLAN, ended("a", "x", PASS))
    assert results.left() == [("a", "y"), ("b", "z")]
    results.fail_running("The worker died", "signal 9")
    assert results.left() == [("b", "z")]
    assert results.failed() == [("a", "y")]
    results.fail_left("lost", "lost")
    assert results.left() == []
    assert results.summary()["error"] == 2


def test_a_test_that_is_planned_again_is_one_test() -> None:
    results = filled(PLAN, ended("a", "x", PASS), PLAN)
    assert results.left() == [("a", "y"), ("b", "z")]
    assert results.ended() == [("a", "x")]


def test_nothing_runs_when_all_has_ended() -> None:
    results = filled()
    results.fail_running("m", "e")
    assert results.failed() == []


def test_what_a_device_should_not_send_breaks_nothing() -> None:
    results = filled(
        {"op": "tests", "vars": None},
        {"op": "asserted", "assertions": 5},
        {"op": "tested", "ms": "x", "assertions": [1, {}]},
    )
    elapsed: Message = {"ms": 0, "humanized": "Completed in 0 ms"}
    told = {"ns": "", "var": "", "index": 0, "type": "", "elapsed-time": elapsed}
    assert results.report(0)["results"] == {"": {"": [told]}}


def test_files_are_told_by_the_names_that_the_host_has_for_them() -> None:
    results = filled(PLAN, ended("a", "x", PASS), ended("a", "y", FAIL, {"type": "fail", "file": "/lib.lpy"}))
    assert results.files() == {"/a.lpy", "/lib.lpy"}
    told = results.report(0, {"/a.lpy": "/host/a.lpy"})["results"]
    assert isinstance(told, dict)
    files = [each["file"] for found in told["a"].values() for each in found]  # type: ignore[union-attr,index,call-overload]
    assert files == ["/host/a.lpy", "/host/a.lpy", "/lib.lpy"]
