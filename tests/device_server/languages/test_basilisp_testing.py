"""Tests of `basilisp.test`, run by a device."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import partial

import pytest

from tests.device_server.device import Answer, Host
from tests.device_server.languages.runs import assertions, ended, types

Tests = Callable[..., list[Answer]]
NUMBERS = itertools.count()


@pytest.fixture
def ns() -> str:
    """A namespace of the test's own."""
    return f"tests.number-{next(NUMBERS)}"


@pytest.fixture
def tests(host: Host, ns: str) -> Tests:
    """Defines tests in that namespace, and runs them: all messages of the run."""

    def run(*forms: str, **keys: object) -> list[Answer]:
        head = f"(ns {ns} (:require [basilisp.test :refer [are deftest is testing use-fixtures]]))"
        answer = host.eval("\n".join([head, *forms]), lang="basilisp", session=ns, file="/t.lpy")
        assert answer["op"] == "result", answer
        selection = {"namespaces": [ns], **keys}
        return host.answers(host.request("test", lang="basilisp", session=ns, **selection))

    return run


def test_the_plan_comes_first_and_each_test_ends(tests: Tests, ns: str) -> None:
    plan, tested, result = tests("(deftest a (is true))")
    assert (plan["op"], plan["vars"]) == ("tests", [f"{ns}/a"])
    assert (tested["op"], tested["ns"], tested["var"]) == ("tested", ns, "a")
    assert tested["assertions"] == [{"type": "pass", "file": "/t.lpy", "line": 2}]
    assert tested["ms"] > 0
    assert result["op"] == "result"


def test_tests_run_in_the_order_of_their_lines(tests: Tests) -> None:
    assert ended(tests("(deftest z (is true))", "(deftest a (is true))", "(deftest m (is true))")) == ["z", "a", "m"]


def test_unequal_values_are_told_with_their_difference(tests: Tests) -> None:
    (failed,) = assertions(tests('(deftest a (testing "outer" (testing "inner"', "(is (= {:a [1 2]} {:a [1 3]})))))"))
    assert failed == {
        "var": "a", "type": "fail", "message": "(= {:a [1 2]} {:a [1 3]})", "context": "outer :: inner",
        "expected": "{:a [1 2]}", "actual": "{:a [1 3]}", "diff": ["{:a [1 2]}", "{:a [1 3]}"],
        "file": "/t.lpy", "line": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("form", "expected", "actual", "diff"),
    [
        ("(is (= [1 2 3] [1 3 3]))", "[1 2 3]", "[1 3 3]", ["[2]", "[3]"]),
        ("(is (= {:a 1} {}))", "{:a 1}", "{}", ["{:a 1}", "{}"]),
        ("(is (= #{1 2} #{2 3}))", "#{1 2}", "#{2 3}", ["#{1}", "#{3}"]),
        ("(is (= 1 2))", "1", "2", None),
        ("(is (= [1] {:a 1}))", "[1]", "{:a 1}", None),
        ("(is (pos? -1))", "(pos? -1)", "(not false)", None),
        ("(is nil)", "nil", "(not nil)", None),
        ("(is (thrown? python/ValueError 3))", "(thrown? python/ValueError 3)", "3", None),
        ("(is (thrown? python/ValueError (throw (python/KeyError 1))))",
         "(thrown? python/ValueError (throw (python/KeyError 1)))", "KeyError: 1", None),
        ('(is (thrown-with-msg? python/ValueError #"no" (throw (python/ValueError "yes"))))',
         '(thrown-with-msg? python/ValueError #"no" (throw (python/ValueError "yes")))', '"yes"', None),
    ],
)  # fmt: skip
def test_what_was_expected_and_what_came_is_told(
    tests: Tests, form: str, expected: str, actual: str, diff: list[str] | None
) -> None:
    (failed,) = assertions(tests(f"(deftest a {form})"))
    assert (failed["type"], failed["expected"], failed["actual"]) == ("fail", expected, actual)
    assert failed.get("diff") == diff


def test_every_failure_of_a_test_is_told_with_its_own_words(tests: Tests) -> None:
    failures = assertions(tests('(deftest a (is (= 1 2) "one") (is true) (is false "two"))'))
    assert [each["message"] for each in failures] == ["one", "two"]


def test_an_are_without_lines_has_that_of_its_test(tests: Tests) -> None:
    (failed,) = assertions(tests("(deftest a", "(are [x y] (= x y) 1 1 2 3))"))
    assert failed["line"] in (2, 3)


def test_an_exception_in_an_assertion_is_an_error(tests: Tests) -> None:
    error, failed = assertions(tests("(deftest a", "(is (/ 1 0))", "(is (= 1 2)))"))
    assert (error["type"], error["expected"], error["line"]) == ("error", "(/ 1 0)", 3)
    assert error["error"].startswith("ZeroDivisionError")
    assert failed["type"] == "fail"


@pytest.mark.parametrize("raising", ["(/ 1 0)", "(python/exit)", "(throw (python/GeneratorExit))"])
def test_an_exception_elsewhere_is_an_error_and_the_next_test_runs(tests: Tests, raising: str) -> None:
    error, passed = assertions(tests(f"(deftest a {raising})", "(deftest b (is true))"))
    assert (error["type"], error["message"]) == ("error", "Uncaught exception, not in assertion")
    assert passed["type"] == "pass"


def test_fixtures_run_around_each_test_and_once_around_all(tests: Tests) -> None:
    answers = tests(
        '(defn each [] (print "<") (yield) (print ">"))',
        '(defn once [] (print "[") (yield) (print "]"))',
        '(defn plain [] (print "."))',
        "(use-fixtures :each each plain) (use-fixtures :once once)",
        '(deftest a (print "a"))',
        '(deftest b (print "b") (is (/ 1 0)))',
    )
    assert "".join(each["text"] for each in answers if each["op"] == "out") == "[<.a><.b>]"


def test_a_fixture_that_fails_is_the_error_of_the_test_around_which_it_ran(tests: Tests) -> None:
    answers = tests("(def n (atom 0))", "(use-fixtures :each (fn [] (when (= 1 (swap! n inc)) (/ 1 0))))",
                    "(deftest a (is true))", "(deftest b (is true))")  # fmt: skip
    assert types(answers) == [("a", "error"), ("b", "pass")]
    assert assertions(answers)[0]["message"] == "Uncaught exception in test fixture"


def test_a_fixture_of_all_that_fails_is_the_error_of_each(tests: Tests) -> None:
    answers = tests("(use-fixtures :once (fn [] (/ 1 0)))", "(deftest a (is true))", "(deftest b (is true))")
    assert types(answers) == [("a", "error"), ("b", "error")]
    assert ended(answers) == ["a", "b"]


def test_labels_are_metadata(tests: Tests) -> None:
    forms = ("(deftest ^:slow a (is true))", "(deftest b (is true))")
    assert ended(tests(*forms, options={"include": ["slow"]})) == ["a"]
    assert ended(tests(*forms, options={"exclude": ["slow"]})) == ["b"]


def test_failing_fast_leaves_the_rest_unrun(tests: Tests) -> None:
    forms = ("(deftest a (is true))", "(deftest b (is false))", "(deftest c (is true))")
    assert ended(tests(*forms, options={"fail_fast": True})) == ["a", "b"]


def test_a_namespace_that_is_not_there_is_refused(tests: Tests) -> None:
    (answer,) = tests(namespaces=["no.such"])
    assert (answer["op"], answer["type"]) == ("error", "namespace")


def test_without_names_every_namespace_is_tested(tests: Tests, ns: str, host: Host) -> None:
    host.eval("(ns tests.another (:require [basilisp.test :as t])) (t/deftest z (t/is true))", lang="basilisp")
    plan = tests("(deftest a (is true))", namespaces=None)[0]
    assert plan["op"] == "tests", plan
    assert {f"{ns}/a", "tests.another/z"} <= {*plan["vars"]}


def test_a_value_that_cannot_be_printed_or_compared_spoils_nothing(tests: Tests) -> None:
    (failed,) = assertions(
        tests(
            '(deftype Bad [] (__repr__ [_] (throw (python/ValueError "no"))) (__str__ [_] (/ 1 0)))',
            "(deftest a (is (= [1] [(Bad)])))",
        )
    )
    assert failed["type"] == "fail"
    assert "cannot be printed" in failed["actual"]


def test_an_endless_value_is_cut(tests: Tests) -> None:
    (failed,) = assertions(tests("(deftest a (is (= 1 (iterate inc 0))))"))
    assert failed["actual"].startswith("(0 1 2")


def test_an_interrupt_ends_the_run(tests: Tests, host: Host, ns: str) -> None:
    tests("(deftest a (println :on) (while true))", "(deftest b (is true))", namespaces=[])
    running = host.request("test", namespaces=[ns], lang="basilisp", session=ns)
    host.wait_for_text("on")
    host.ask("interrupt", target=running)
    answers = host.answers(running)
    assert answers[-1]["type"] == "interrupted"
    assert ended(answers) == []


def test_a_session_has_its_own_settings_while_it_tests(tests: Tests, host: Host, ns: str) -> None:
    test = partial(host.eval, lang="basilisp", session=ns)
    test("(set! *print-length* 2)")
    (failed,) = assertions(tests("(deftest a (is (= 1 [1 2 3])))"))
    assert failed["actual"] == "[1 2 ...]"
