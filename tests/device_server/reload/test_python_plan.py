"""What an edit is, from its texts alone."""

from __future__ import annotations

import pytest

from device_server.reload import Change, Tier
from device_server.reload.python_outline import outline
from device_server.reload.python_plan import PythonPlan, plan


def planned(old: str, new: str, *, is_forced: bool = False) -> PythonPlan:
    return plan(Change("m", "/m.py", old, new, is_forced), outline(old, "/m.py"))


@pytest.mark.parametrize(
    ("old", "new", "tier", "reason"),
    [
        ("a = 1", "a = 1", Tier.NONE, ""),
        ("a = 1", "# why\na = 1  # so", Tier.NONE, ""),
        ("a: int = 1", "a: float = 1", Tier.NONE, ""),
        ("a = 1", "a = 2", Tier.LITERAL, "the value of a"),
        ("'x'\na = 1", "'y'\na = 1", Tier.BODY, "the docstring of the module"),
        ("def f(): return 1", "def f(): return 2", Tier.LITERAL, "literals of f"),
        ("def f(): return 1", "def f(): return g", Tier.BODY, "the body of f"),
        ("a = 1", "a = 1\ndef f(): pass", Tier.BODY, "f is new"),
        ("a = 1\nb = a", "a = 2\nb = a", Tier.STRUCTURAL, "b is made of a"),
        ("class A: pass", "class A(B): pass", Tier.STRUCTURAL, "class A has other bases"),
        ("import a, b", "import a", Tier.STRUCTURAL, "the import of a is new"),
        ("f = lambda: 1", "f = lambda: g", Tier.BODY, "a lambda of f"),
        (
            "a = 1\ndef f(): return a\nb = f()",
            "a = 2\ndef f(): return a\nb = f()",
            Tier.STRUCTURAL,
            "b may be made of what has changed",
        ),
        ("f(1)", "f(2)", Tier.STRUCTURAL, "the statement in line 1 is new"),
        ("def f(): pass", "", Tier.STRUCTURAL, "f is gone"),
        ("if a:\n  def f(): return 1", "if a:\n  def f(): return 2", Tier.LITERAL, "literals of f"),
        ("if TYPE_CHECKING:\n  import a", "if TYPE_CHECKING:\n  import b", Tier.NONE, ""),
        ("if __name__ == '__main__':\n  f(1)", "if __name__ == '__main__':\n  f(2)", Tier.NONE, ""),
    ],
)
def test_each_edit_has_a_tier_and_says_why(old: str, new: str, tier: Tier, reason: str) -> None:
    found = planned(old, new)
    assert (found.tier, found.reason) == (tier, reason)


@pytest.mark.parametrize(
    ("old", "new", "runs_code"),
    [
        ("a = 1", "# why\na = 1", False),
        ("a = 1", "a = 2", False),
        ("def f(x=1): return 1", "def f(x=1): return g(x)", False),
        ("class A:\n  def f(self): return 1", "class A:\n  def f(self): return g", False),
        ("a = 1\nb = a", "a = 2\nb = a", True),
        ("a = 1", "a = 1\ndef f(x=g()): pass", True),
        ("def f(x=1): pass", "def f(x=2): pass", True),
        ("def f(x: int): pass", "def f(x: g()): pass", True),
        ("class A:\n  x = 1", "class A:\n  x = 2", True),
        ("class A:\n  class B:\n    x = 1", "class A:\n  class B:\n    x = 2", True),
        ("class A:\n  def f(self, x=1): pass", "class A:\n  def f(self, x=2): pass", True),
        ("import a", "import a, b", True),
    ],
)
def test_an_edit_that_may_run_code_of_the_program_is_known(old: str, new: str, runs_code: bool) -> None:
    assert planned(old, new).runs_code is runs_code


def test_what_begins_after_the_edit_has_moved() -> None:
    assert planned("a = 1\nb = 2\nc = 3\n", "a = 1\nb = 2\n\n\nb = 3\nc = 3\n").moved == (3, 3)
    assert planned("a = 1\nb = 2\n", "a = 1\nb = 3\n").moved == (0, 0)


def test_names_that_are_gone_and_names_that_are_new_are_told() -> None:
    found = planned("import os\na = 1\nb = 2\nb = 3", "import os, sys\nb = 2")
    assert (found.removed, found.added) == (frozenset({"a"}), frozenset({"sys"}))
    assert found.rows[1].reruns


def test_what_binds_a_name_again_runs_again() -> None:
    found = planned("a = 1\nb = 1\na += 1", "a = 1\nb = 1\na += 2")
    assert sorted(place for place, row in found.rows.items() if row.reruns) == [0, 2]


def test_everything_runs_again_when_that_is_asked_for() -> None:
    found = planned("a = 1\nb = 2", "a = 1\nc = 2", is_forced=True)
    assert (found.tier, [row.reruns for row in found.rows.values()]) == (Tier.STRUCTURAL, [True, True])
    assert found.removed == frozenset({"b"})
    with pytest.raises(SyntaxError):
        planned("a = 1", "return 1", is_forced=True)


@pytest.mark.parametrize(
    "text", ["a = ", "return 1", "nonlocal a", "def f(:\n", "a = 1\nfrom __future__ import division"]
)
def test_a_text_that_does_not_compile_is_a_syntax_error(text: str) -> None:
    with pytest.raises(SyntaxError):
        planned("a = 1\nb = 2\n", text)
