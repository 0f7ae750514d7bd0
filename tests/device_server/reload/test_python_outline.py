"""Outlines and regions: held against whole texts."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server.reload.python_outline import compare, lines_of, outline, statements_at

STATEMENTS = [
    "a = 1\n",
    "# why\n\n",
    "def f(x=a):\n    return b\n\n\n",
    "@deco\nclass C(Base):\n    y = a\n\n    def m(self):\n        return 1\n",
    "if a:\n    b = 1\nelse:\n    b = 2\n",
    'text = """\nfoo = 1\n"""\n',
    "x = 1; y = 2\n",
    "from m import a, b as c\n",
]
TEXTS = st.lists(st.sampled_from(STATEMENTS), max_size=6).map("".join)


@given(TEXTS, TEXTS)
def test_the_outline_after_an_edit_is_that_of_the_new_text(old: str, new: str) -> None:
    region, after = compare(old, outline(old, "p"), new, "p")
    assert after == outline(new, "p")
    around = outline(old, "p").rows
    assert len(after.rows) - region.new_end == len(around) - region.old_end


@given(TEXTS, TEXTS)
def test_the_region_and_what_is_around_it_are_the_whole_text(old: str, new: str) -> None:
    region, after = compare(old, outline(old, "p"), new, "p")
    outside = [*range(region.first), *range(region.new_end, len(after.rows))]
    around = [each for place in outside for each in statements_at(new, after, place, "p")]
    whole = ast.parse(new).body
    assert {(ast.dump(each), each.lineno) for each in [*around, *region.new_body]} == {
        (ast.dump(each), each.lineno) for each in whole
    }


@pytest.mark.parametrize(
    ("text", "binds", "reads", "imports"),
    [
        ("x = y + len(z)", "x", "y z", ""),
        ("x += 1", "x", "x", ""),
        ("x: int = y", "x", "y", ""),
        ("def f(a=b, *, c=d) -> e: return g", "f", "b d", ""),
        ("@a\nclass C(b, k=c):\n  x = d\n  def m(self): return e", "C", "a b c d", ""),
        ("import a.b, c as d", "a d", "", ""),
        ("from . import a as b", "b", "", ".:a"),
        ("from m import *", "", "", "m:*"),
        ("x = [y for y in z]", "x", "z", ""),
        ("try: pass\nexcept E as e: pass", "e", "E", ""),
        ("match x:\n  case [a, *b]: pass", "a b", "x", ""),
        ("x = a.b.c(d().e)", "x", "a a.b a.b.c d", ""),
        ("f = lambda a=b: c", "f", "b", ""),
    ],
)
def test_what_a_statement_binds_and_reads_as_it_runs(text: str, binds: str, reads: str, imports: str) -> None:
    ((line, *found, _),) = outline(text, "p").rows
    assert (line, found) == (0, [tuple(each.split()) for each in (binds, reads, imports)])


def test_what_a_statement_calls_as_it_runs_is_known() -> None:
    assert outline("@a()\ndef f(x=b()): c()", "p").rows[0][4] == ("a", "b")
    assert outline("x = [f(y) for y in g(len(z))]", "p").rows[0][4] == ("f", "g")


def test_a_syntax_error_has_the_place_that_it_has_in_the_file() -> None:
    old = "a = 1\nb = 2\nc = 3\nd = 4\n"
    with pytest.raises(SyntaxError) as raised:
        compare(old, outline(old, "p"), old.replace("c = 3", "c = = 3"), "p")
    assert (raised.value.filename, raised.value.lineno, raised.value.text) == ("p", 3, "c = = 3\n")


def test_a_nul_is_a_syntax_error() -> None:
    with pytest.raises(SyntaxError):
        outline("a = '\0'", "p")


def test_lines_are_those_of_the_tokenizer() -> None:
    assert lines_of("a\r\nb\x0c\rc") == ["a", "b\x0c", "c"]
    assert outline("from __future__ import annotations\n", "p").flags != 0
