"""Which statements say what a name is."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.python_history import History, identifiers, statements


def about(*names: str, of: str) -> str:
    return History([of]).about(names)


def test_what_a_name_is_is_said_by_the_statement_that_bound_it_last() -> None:
    assert about("x", of="x = 1\ny = 2\nx = 3\n") == "x = 3\n"


def test_the_names_in_that_statement_are_told_too_wherever_they_were_bound() -> None:
    code = "def make(): return Thing()\nx = make()\nclass Thing: pass\nother = 1\n"
    assert about("x", of=code) == "def make(): return Thing()\nx = make()\nclass Thing: pass\n"


@pytest.mark.parametrize(
    "change", ["x += [1]", "x.append(1)", "x[0] = 1", "x.size = 1", "x = x + [1]", "if c: x = 1", "for x in y: pass"]
)
def test_a_statement_that_changes_a_name_leaves_what_it_was(change: str) -> None:
    assert about("x", of=f"x = []\n{change}\n") == f"x = []\n{change}\n"


def test_an_annotation_in_a_string_is_a_use() -> None:
    assert "class Thing" in about("f", of="class Thing: pass\ndef f() -> 'Thing': ...\n")


def test_a_star_import_may_say_what_any_name_is() -> None:
    assert about("x", of="from os import *\ny = 1\n") == "from os import *\n"


def test_the_names_are_known_with_what_they_are() -> None:
    code = "import os.path\nfrom a import b as c\ndef f(): z = 1\nclass K: pass\nx = [i for i in y]\ng: int = 1\n"
    kinds = {"os": "module", "c": "variable", "f": "function", "K": "class", "x": "variable", "g": "variable"}
    assert History([code]).kinds == kinds


def test_a_call_or_a_change_binds_nothing() -> None:
    assert History(["print(1)\nos.chdir('/')\nThing.size = 1\n"]).kinds == {}


def test_a_deleted_name_is_gone_until_it_is_bound_again() -> None:
    assert History(["x = 1", "del x"]).kinds == {}
    assert History(["x = 1", "del x", "def x(): ..."]).kinds == {"x": "function"}


def test_a_name_that_is_bound_within_a_statement_is_known() -> None:
    code = "if a:\n    def f(): ...\nelse:\n    import os\nwith open('x') as file: pass\nprint(n := 1)\n"
    assert History([code]).kinds == {"f": "function", "os": "module", "file": "variable", "n": "variable"}


def test_a_statement_is_told_as_it_was_written() -> None:
    code = "@decorated\n@twice\ndef f():\n    # why\n    return 'é' \nx = 'é'; y = 2; z = 3\n"
    texts = [each.text for each in statements(code)]
    assert texts == ["@decorated\n@twice\ndef f():\n    # why\n    return 'é'", "x = 'é'", "y = 2", "z = 3"]


def test_a_region_that_is_indented_is_read() -> None:
    assert History(["    x = 1\n    y = 2\n"]).kinds.keys() == {"x", "y"}


@pytest.mark.parametrize("code", ["x = 1\r\ny = 2\r\n", "x = '''\f\u2028'''\ny = 2"])
def test_lines_are_those_that_python_counts(code: str) -> None:
    assert statements(code)[1].text == "y = 2"


@pytest.mark.parametrize("code", ["x = (", "x = '\0'", "(" * 10_000, "-" * 200_000 + "1", "x = 1\n  y = 2", "\ud800"])
def test_what_is_no_python_says_nothing(code: str) -> None:
    assert statements(code) == ()


def test_an_eval_that_is_no_python_takes_nothing_from_the_others() -> None:
    assert History(["x = 1", "def (", "y = 2"]).kinds.keys() == {"x", "y"}


def test_all_names_of_unfinished_code_are_found() -> None:
    assert identifiers("x.grow(größe, [1, _a") == {"x", "grow", "größe", "_a"}


@given(st.lists(st.sampled_from(["x = 1", "y = x", "x = y", "def f(): return g()", "def g(): return x", "del y"])))
def test_what_is_told_of_a_name_says_of_it_what_everything_says(evals: list[str]) -> None:
    whole = History(evals)
    for name in "xyfg":
        told = History([whole.about([name])])
        assert told.kinds.get(name) == whole.kinds.get(name)
        ast.parse(whole.about([name]))
