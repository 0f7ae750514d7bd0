"""What is said of Clojure's values. Through a real worker."""

from __future__ import annotations

import pytest

from tests.device_server.device import Host
from tests.device_server.pages import contents, lines


def drawn(host: Host, code: str) -> str:
    answer = host.eval(code, lang="basilisp", inspect={})
    assert answer["op"] == "result", answer
    return str(answer["value"])


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("[1 :a]", ["0. 1", "1. :a"]),
        ("'(1 2)", ["0. 1", "1. 2"]),
        ("(map inc [1 2])", ["0. 2", "1. 3"]),
        ("(conj #queue () 1)", ["0. 1"]),
        ("#{7}", ["0. 7"]),
        ("{:a {:b nil}}", [":a = {:b nil}"]),
        ("#py [1 nil]", ["0. 1", "1. nil"]),
        ('#py {"a" 1}', ['"a" = 1']),
        ("(defrecord Point [x y]) (->Point 1 2)", [":x = 1", ":y = 2"]),
        ("[]", []),
        ("(lazy-seq nil)", []),
    ],
)
def test_collections_show_their_items(host: Host, code: str, items: list[str]) -> None:
    assert contents(drawn(host, code)) == items


def test_a_lazy_sequence_is_realized_no_further_than_shown(host: Host) -> None:
    host.eval("(def taken (atom 0))", lang="basilisp")
    code = "(map (fn [n] (swap! taken inc) n) (iterate inc 0))"
    host.eval(code, lang="basilisp", session="lazy", inspect={"page_size": 3})
    assert host.eval("@taken", lang="basilisp")["value"] == "4"


def test_a_sequence_that_raises_says_what(host: Host) -> None:
    (line,) = contents(drawn(host, "(map (fn [n] (/ 1 n)) [1 0])"))
    assert line.startswith("<its items cannot be had: ZeroDivisionError")


def test_nil_is_drawn(host: Host) -> None:
    assert lines(drawn(host, "nil")) == ["Value: nil"]


def test_names_show_their_parts(host: Host) -> None:
    assert lines(drawn(host, ":a/b"))[1:4] == ["Value: :a/b", "Namespace: a", "Name: b"]
    assert "Name: s" in lines(drawn(host, "'s"))


def test_a_var_shows_its_value_and_metadata(host: Host) -> None:
    page = drawn(host, '(def ^{:doc "why"} v 5) #\'v')
    assert "Value: 5" in lines(page)
    assert ':doc = "why"' in contents(page, "Meta Information")


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("(atom 1)", "1"),
        ("(volatile! 2)", "2"),
        ("(let [p (promise)] (deliver p 3) p)", "3"),
        ("(promise)", "not there yet"),
        ("(delay (throw (ex-info \"\" {})))", "not there yet"),
        ("(let [d (delay 4)] @d d)", "4"),
    ],
)  # fmt: skip
def test_a_reference_shows_what_it_holds_and_waits_for_nothing(host: Host, code: str, shown: str) -> None:
    assert f"Deref: {shown}" in lines(drawn(host, code))


def test_metadata_is_shown(host: Host) -> None:
    assert contents(drawn(host, "(with-meta [1] {:a 2})"), "Meta Information") == [":a = 2"]


def test_a_namespace_shows_its_vars(host: Host) -> None:
    page = drawn(host, "(ns seen) (def here 1) *ns*")
    assert "Name: seen" in lines(page)
    assert "here = #'seen/here" in contents(page, "Interns")


def test_an_exception_shows_its_data(host: Host) -> None:
    assert "data = {:a 1}" in contents(drawn(host, '(ex-info "x" {:a 1})'), "Attributes")


def test_pythons_objects_are_drawn_as_in_python(host: Host) -> None:
    page = drawn(host, "(python/eval \"__import__('types').SimpleNamespace(a=1)\")")
    assert contents(page, "Attributes") == ["a = 1"]
    assert "Signature: (obj, /)" in lines(drawn(host, "python/len"))
