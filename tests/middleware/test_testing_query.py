"""Which tests a request asks for, as the device is asked."""

from __future__ import annotations

import pytest

from middleware.request import Bencode, Message
from tests.middleware.test_testing import ScriptedSession, replies_to


def test_a_test_names_its_namespace_and_tests() -> None:
    to = ScriptedSession()
    replies_to({"op": "cider/test", "ns": "a", "tests": ["x", "y"], "include": ["slow"], "fail-fast": "true"}, to)
    (asked,) = to.asked
    assert asked["op"] == "test"
    assert (asked["namespaces"], asked["vars"], asked["lang"]) == (["a"], ["a/x", "a/y"], "basilisp")
    assert asked["options"] == {"include": ["slow"], "exclude": [], "fail_fast": True, "skip": []}


@pytest.mark.parametrize("nothing", [[], 0, "", "nil"])
def test_no_tests_are_all_tests_however_a_client_says_so(nothing: Bencode) -> None:
    to = ScriptedSession()
    replies_to({"op": "test", "ns": "a", "tests": nothing if nothing != "nil" else []}, to)
    assert "vars" not in to.asked[0]


@pytest.mark.parametrize("message", [{"op": "test"}, {"op": "test", "ns": ""}, {"op": "test", "ns": []}])
def test_a_test_without_a_namespace_is_refused(message: Message) -> None:
    (reply,) = replies_to(message, ScriptedSession())
    assert reply["status"] == ["error", "no-ns", "done"]


def test_all_tests_are_asked_for_by_naming_none() -> None:
    to = ScriptedSession()
    replies_to({"op": "test-all"}, to)
    assert "namespaces" not in to.asked[0]


def test_calvas_query_is_understood() -> None:
    to = ScriptedSession()
    query: Message = {"ns-query": {"exactly": ["a"]}, "search": "my\\-test", "test?": 1}
    replies_to({"op": "test-var-query", "var-query": query}, to)
    assert to.asked[0]["namespaces"] == ["a"]
    assert to.asked[0]["options"] == {
        "include": [], "exclude": [], "fail_fast": False, "skip": [], "search": "my\\-test",
    }  # fmt: skip


def test_a_query_may_name_tests_and_labels() -> None:
    to = ScriptedSession()
    query: Message = {"exactly": ["a/x"], "include-meta-key": ["p"], "exclude-meta-key": ["q"]}
    replies_to({"op": "test-var-query", "var-query": query}, to)
    assert (to.asked[0]["namespaces"], to.asked[0]["vars"]) == (["a"], ["a/x"])
    options = to.asked[0]["options"]
    assert isinstance(options, dict)
    assert (options["include"], options["exclude"]) == (["p"], ["q"])


@pytest.mark.parametrize("query", [{"search": "("}, {"ns-query": {"include-regexps": ["a"]}}])
def test_a_query_that_cannot_be_served_is_refused(query: Message) -> None:
    (reply,) = replies_to({"op": "test-var-query", "var-query": query}, ScriptedSession())
    assert reply["status"] == ["error", "bad-query", "done"]


@pytest.mark.parametrize("query", [0, [], "x", {}, {"ns-query": 0}])
def test_a_query_that_says_nothing_selects_everything(query: Bencode) -> None:
    to = ScriptedSession()
    replies_to({"op": "test-var-query", "var-query": query}, to)
    assert "namespaces" not in to.asked[0]
