"""Which tests a request wants, and what is told of each."""

from __future__ import annotations

import re

import pytest

from device_server import wire
from device_server.languages.testing import PRINTED_QUOTA, Assertion, Errors, Run, Selection, missing


def test_a_request_without_names_wants_every_test_there_is() -> None:
    selection = Selection.of({"op": "test"})
    assert selection.namespaces is None
    assert selection.takes("a", "b", ())


def test_tests_that_are_named_say_where_they_are() -> None:
    selection = Selection.of({"vars": ["b/x", "a/y", "b/z"]})
    assert selection.namespaces == ("a", "b")
    assert selection.takes("b", "x", ())
    assert not selection.takes("a", "x", ())


def test_the_name_of_a_test_may_hold_a_slash() -> None:
    assert Selection.of({"vars": ["m/test_path[a/b]"]}).takes("m", "test_path[a/b]", ())


@pytest.mark.parametrize(
    ("options", "labels", "is_taken"),
    [
        ({"include": ["slow"]}, {"slow", "doc"}, True),
        ({"include": ["slow"]}, {"doc"}, False),
        ({"exclude": ["slow"]}, {"slow"}, False),
        ({"exclude": ["slow"]}, set(), True),
        ({"include": ["a"], "exclude": ["b"]}, {"a", "b"}, False),
        ({"search": "st$"}, set(), True),
        ({"search": "^st"}, set(), False),
        ({"skip": ["ns/test"]}, set(), False),
        ({"include": [], "exclude": [], "search": "", "skip": []}, set(), True),
    ],
)
def test_options_narrow_the_choice(options: wire.Message, labels: set[str], is_taken: bool) -> None:
    assert Selection.of({"options": options}).takes("ns", "test", labels) is is_taken


def test_what_is_no_pattern_cannot_be_searched_for() -> None:
    with pytest.raises(re.error):
        Selection.of({"options": {"search": "("}})


def test_a_test_is_told_at_its_end_with_its_assertions() -> None:
    told: list[wire.Message] = []
    run = Run(told.append, {}, is_fail_fast=False)
    run.plan([("ns", "a"), ("ns", "b")])
    run.add("ns", "a", Assertion("fail", "m", "c", "1", "2", ("1", "2"), file="f", line=3))
    run.end("ns", "a", 0.0015)
    assertion: wire.Message = {
        "type": "fail", "message": "m", "context": "c", "expected": "1", "actual": "2", "diff": ["1", "2"],
        "file": "f", "line": 3,
    }  # fmt: skip
    assert told == [
        {"op": "tests", "vars": ["ns/a", "ns/b"]},
        {"op": "tested", "ns": "ns", "var": "a", "ms": 1.5, "assertions": [assertion]},
    ]


def test_many_assertions_of_a_test_are_told_in_parts() -> None:
    told: list[wire.Message] = []
    run = Run(told.append, {}, is_fail_fast=False)
    for _ in range(25):
        run.add("ns", "a", Assertion("fail"))
    run.end("ns", "a", 0)
    sizes = [(each["op"], len(each["assertions"])) for each in told]  # type: ignore[arg-type]
    assert sizes == [("asserted", 10), ("asserted", 10), ("tested", 5)]


def test_what_an_assertion_does_not_say_is_not_told() -> None:
    assert Assertion("pass").told() == {"type": "pass"}


def test_assertions_are_not_too_long_for_a_line() -> None:
    long = "\N{PILE OF POO}" * wire.LIMIT_BYTES
    told: list[wire.Message] = []
    run = Run(told.append, {}, is_fail_fast=False)
    assertion = Assertion("fail", long, long, long, long, (long, long), error_text=long, file=long)
    for _ in range(25):
        run.add("ns", "a", assertion)
    assert max(len(wire.encode(each)) for each in told) < wire.LIMIT_BYTES / 2
    assert assertion.told()["message"] == long[:PRINTED_QUOTA]


def test_a_run_that_fails_fast_is_over_after_the_first_failure() -> None:
    run = Run(lambda _: None, {}, is_fail_fast=True)
    run.add("ns", "a", Assertion("pass"))
    assert not run.is_over
    run.add("ns", "b", Assertion("error"))
    assert run.is_over


def test_exceptions_are_kept_by_session_until_its_next_run() -> None:
    errors, error = Errors(), ValueError()
    run = Run(lambda _: None, errors.begin("s"), is_fail_fast=False)
    run.add("ns", "a", Assertion("fail"))
    run.add("ns", "a", Assertion("error", error=error))
    test: wire.Message = {"ns": "ns", "var": "a", "index": 1}
    assert errors.find("s", test) is error
    assert errors.find("s", {**test, "index": 0}) is None
    assert errors.find("s", {}) is None
    assert errors.find("other", test) is None
    errors.begin("s")
    assert errors.find("s", test) is None


def test_exceptions_of_a_closed_session_are_forgotten() -> None:
    errors = Errors()
    errors.begin("s")["ns", "a", 0] = ValueError()
    errors.forget("s")
    errors.forget("s")
    assert errors.find("s", {"ns": "ns", "var": "a", "index": 0}) is None


def test_what_is_missing_are_the_items_that_differ() -> None:
    assert missing({1: "a", 2: "b", 3: "c"}, {1: "a", 2: "x"}) == {2: "b", 3: "c"}
