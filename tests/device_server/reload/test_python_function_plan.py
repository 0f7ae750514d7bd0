"""What has changed in the definition of a function."""

from __future__ import annotations

import ast

import pytest

from device_server.reload import Tier
from device_server.reload.python_comparison import Comparison, codes_of
from device_server.reload.python_function_plan import FunctionEdit, function_edit


def edit(old: str, new: str) -> tuple[FunctionEdit | None, Comparison]:
    bodies = ast.parse(old).body, ast.parse(new).body
    comparison = Comparison("p", 0, codes_of(bodies[0], "p", 0), codes_of(bodies[1], "p", 0))
    one, other = bodies[0][0], bodies[1][0]
    assert isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    assert isinstance(other, ast.FunctionDef | ast.AsyncFunctionDef)
    return function_edit(one, other, (), comparison), comparison


@pytest.mark.parametrize(
    ("old", "new", "tier", "fresh"),
    [
        ("def f(): x", "def f(): x # why", Tier.NONE, None),
        ("def f(): g(1)", "def f(): g(2)", Tier.LITERAL, None),
        ("def f(): g(1)", "def f(): h(1)", Tier.BODY, None),
        ("def f(): 'a'", "def f(): 'b'", Tier.BODY, None),
        ("def f(a=1, *, b=2): x", "def f(a=1, *, b=3): x", Tier.LITERAL, {"b"}),
        ("def f(a=1): x", "def f(a=g()): x", Tier.STRUCTURAL, {"a"}),
        ("def f(a): x", "def f(a, /): x", Tier.STRUCTURAL, set()),
        ("def f(a): x", "def f(a, b=1): x", Tier.STRUCTURAL, {"b"}),
        ("def f(a: int): x", "def f(a: str): x", Tier.NONE, set()),
        ("def f(): x", "async def f(): x", Tier.STRUCTURAL, None),
    ],
)
def test_only_what_has_to_be_made_anew_is(old: str, new: str, tier: Tier, fresh: set[str] | None) -> None:
    found, comparison = edit(old, new)
    assert found is not None
    assert comparison.tier is tier
    assert (found.definition is None) == (fresh is None)
    assert found.fresh == frozenset(fresh or ())


@pytest.mark.parametrize(
    ("old", "new"), [("@a\ndef f(): x", "@b\ndef f(): x"), ("@a\ndef f(x: b): x", "@a\ndef f(x: c): x")]
)
def test_what_a_decorator_sees_runs_again_as_a_whole(old: str, new: str) -> None:
    found, comparison = edit(old, new)
    assert found is None
    assert comparison.tier is Tier.STRUCTURAL
