"""What has changed in a class statement."""

from __future__ import annotations

import ast

import pytest

from device_server.reload import Tier
from device_server.reload.python_class_plan import ClassEdit, class_edit, unchanged_names, unread_names
from device_server.reload.python_comparison import Comparison, codes_of


def classes(*texts: str) -> list[ast.ClassDef]:
    found = [ast.parse(text).body[0] for text in texts]
    return [each for each in found if isinstance(each, ast.ClassDef)]


def edit(old: str, new: str) -> tuple[ClassEdit | None, Comparison]:
    one, other = classes(old, new)
    comparison = Comparison("p", 0, codes_of([one], "p", 0), codes_of([other], "p", 0))
    return class_edit(one, other, (), comparison), comparison


CLASS = "class A(B):\n  X = 1\n  Y = X\n  def m(self): return 1\n"


@pytest.mark.parametrize(
    ("old", "new", "tier"),
    [
        ("return 1", "return 2", Tier.LITERAL),
        ("return 1", "return self", Tier.BODY),
        ("  def m", "  'Text.'\n  def m", Tier.STRUCTURAL),
        ("  def m", "  def new(self): pass\n  def m", Tier.BODY),
        ("  def m(self): return 1", "", Tier.STRUCTURAL),
        ("  Y = X", "  Y = g()", Tier.STRUCTURAL),
    ],
)
def test_the_class_stays_and_gets_what_is_new(old: str, new: str, tier: Tier) -> None:
    found, comparison = edit(CLASS, CLASS.replace(old, new))
    assert found is not None
    if "Text" not in new:
        assert comparison.tier is tier


def test_what_reads_a_changed_attribute_runs_again() -> None:
    found, _ = edit(CLASS, CLASS.replace("X = 1", "X = 2"))
    assert found is not None
    assert ([each.names for each in found.values], found.suite_names) == ([frozenset("X")], frozenset("Y"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class A(B)", "class A(C)"),
        ("class A(B)", "class A(B, metaclass=M)"),
        ("class A(B)", "@d\nclass A(B)"),
        ("  X = 1", "  __slots__ = ()"),
        ("  X = 1", "  if X: pass"),
        ("class A(B):\n  X = 1", "class A(B):\n  __eq__ = None"),
    ],
)
def test_another_shape_means_another_run(old: str, new: str) -> None:
    found, comparison = edit(CLASS, CLASS.replace(old, new))
    assert found is None
    assert comparison.tier is Tier.STRUCTURAL


def test_fields_are_no_ordinary_attributes() -> None:
    for head in ("@dataclass\nclass A:\n", "class A(Enum):\n", "class A(NamedTuple):\n"):
        found, _ = edit(head + "  x: int = 1\n", head + "  x: int = 2\n")
        assert found is None


def test_the_names_that_keep_their_values_are_those_that_no_change_touches() -> None:
    old, new = classes("class A:\n  X = 1\n  Y = 2\n  Z = X\n", "class A:\n  X = 1\n  Y = 2\n  Z = [X]\n")
    assert unchanged_names(old, new) == {"Y"}
    assert unread_names(old, frozenset({"X"})) == {"X", "Y"}
