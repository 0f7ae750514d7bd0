"""What counts as a literal, and which statement has become which."""

from __future__ import annotations

import ast

import pytest

from device_server.reload.python_syntax import docstring, effective, head, is_literal, paired, suites, targets, written


def statement(text: str) -> ast.stmt:
    return ast.parse(text).body[0]


@pytest.mark.parametrize("text", ["1", "-1.5", "'a'", "None", "...", "(1, 'a')", "[]", "{1: [2]}", "{1, 2}", "+2j"])
def test_constants_and_displays_of_them_are_literals(text: str) -> None:
    assert is_literal(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize("text", ["a", "[a]", "{**a}", "1 + 1", "f'{a}'", "[*a]", "-a", "not 1"])
def test_what_has_to_be_worked_out_is_no_literal(text: str) -> None:
    assert not is_literal(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(("one", "other"), [("x = 1", "x = [2]"), ("f(1)", "f('a')"), ("x = f'a{y}'", "x = f'b{y}'")])
def test_masked_syntax_does_not_tell_literals_apart(one: str, other: str) -> None:
    assert written(statement(one)) != written(statement(other))
    assert written(statement(one), masked=True) == written(statement(other), masked=True)


def test_true_and_one_are_two_literals() -> None:
    assert len({written(statement(f"x = {each}")) for each in ("1", "True", "1.0", "'1'")}) == 4


def test_annotations_of_variables_matter_outside_functions_only() -> None:
    one, other = "def f():\n  x: int = 1", "def f():\n  x: str = 1"
    assert written(statement(one)) == written(statement(other))
    assert written(statement(one.replace("def f()", "class f"))) != written(
        statement(other.replace("def f()", "class f"))
    )


def test_statements_are_paired_by_what_they_define() -> None:
    old = ast.parse("a = 1\ndef f(): return 1\ndef g(): pass\nclass A: pass").body
    new = ast.parse("def g(): pass\ndef h(): pass\na = 2\ndef f(): return 2").body
    found = [tuple(each and ast.unparse(each).splitlines()[0] for each in pair) for pair in paired(old, new)]
    assert found == [
        ("def g():", "def g():"), (None, "def h():"), ("a = 1", "a = 2"), ("def f():", "def f():"), ("class A:", None),
    ]  # fmt: skip


def test_targets_are_names_only() -> None:
    assert targets(statement("a = b, (c, d) = 1")) == ["a", "b", "c", "d"]
    assert targets(statement("a: int = 1")) == ["a"]
    assert [targets(statement(text)) for text in ("a.b = 1", "a: int", "a += 1", "f()")] == [None] * 4


def test_docstrings_are_assignments_and_other_constants_do_nothing() -> None:
    body = ast.parse("'Text.'\n1\npass\nx = 1").body
    assert docstring(body) == "Text."
    assert [ast.unparse(each) for each in effective(body, is_start=True)] == ["__doc__ = 'Text.'", "x = 1"]
    assert [ast.unparse(each) for each in effective(body, is_start=False)] == ["x = 1"]


def test_compound_statements_have_heads_and_suites() -> None:
    one, other = statement("try: a\nexcept E: b\nelse: c"), statement("try: x\nexcept E: y\nelse: z")
    assert head(one) == head(other) != head(statement("try: a\nexcept F: b"))
    assert [len(each) for each in suites(one) or []] == [1, 1, 1, 0]
    assert suites(statement("x = 1")) is None
