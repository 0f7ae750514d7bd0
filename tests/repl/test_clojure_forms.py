from __future__ import annotations

import pytest

from repl import clojure_forms as forms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "(+ 1 2)",
        "[1 {2 #{3}}]",
        "^{:a 1} x",
        "^:a x",
        '"a\\"b"',
        '#"a\\"b"',
        "\\(",
        "(str \\) \\\\)",
        "; (",
        "#_(a)",
        "#?(:lpy 1)",
        "\\newline",
        "'a",
        "`(a ~@b)",
        '#inst "2020"',
        "##Inf",
        "#'a",
        "@a",
        "#(inc %)",
        "a b",
        "(a) ; (",
        "]",
        "(foo]",
    ],
)
def test_a_reader_would_not_wait_for_more(text: str) -> None:
    assert forms.is_complete(text)


@pytest.mark.parametrize(
    "text",
    [
        "(+ 1",
        "'",
        "^{:a 1}",
        "^:a",
        "#_",
        '"abc',
        '#"a',
        "#_(a",
        "#inst",
        "#{1 2",
        "@",
        "(a ; )",
        "(a \\)",
        "`(~@",
        "#(",
        "#?(:lpy",
        "#'",
        '"a\\"',
    ],
)
def test_a_reader_would_wait_for_more(text: str) -> None:
    assert not forms.is_complete(text)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(defn f [x]", 2),
        ("(map inc", 5),
        ("(map", 1),
        ("(map\n inc", 1),
        ("(let [a 1", 6),
        ("  {:a 1", 3),
        ("#{1", 2),
        ("#(map", 2),
        ("(when x\n  (foo)", 2),
        ("(a/with-open [x y]", 2),
        ("(a)", 0),
        ('(str "a', 0),
        ("((f) x", 6 - 1),
    ],
)
def test_the_next_line_is_indented_by_what_is_open(text: str, column: int) -> None:
    assert forms.indentation(text) == column


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("(map inc", "map"),
        ("(map", ""),
        ("(map ", "map"),
        ("(f (g 1) [x", "f"),
        ("(a #(b ", "b"),
        ("[1 ", ""),
        ("((x) ", ""),
    ],
)
def test_the_call_around_the_cursor(text: str, name: str) -> None:
    assert forms.call_at(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("(str/jo", "str/jo"),
        ("'sym", "sym"),
        ("#'va", "va"),
        (":key", ":key"),
        ('"in a str', ""),
        ("; comm", ""),
        ("(", ""),
        ("(.-fie", ".-fie"),
        ("@ato", "ato"),
        ("a ", ""),
    ],
)
def test_the_name_before_the_cursor(text: str, name: str) -> None:
    assert forms.name_before(text) == name


def test_the_form_at_a_line_of_a_file() -> None:
    text = "(ns a)\n\n;; about b\n(defn b [x]\n  (str x))\n(def c 1)\n"
    assert forms.form_at(text, 4) == "(defn b [x]\n  (str x))"
    assert forms.form_at(text, 6) == "(def c 1)"
    assert forms.form_at("(unfinished", 1) == "(unfinished"
