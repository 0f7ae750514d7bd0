"""What is known while texts are compared."""

from __future__ import annotations

import ast

import pytest

from device_server.reload import Tier
from device_server.reload.python_comparison import Comparison, codes_of, compiled


def test_the_deepest_tier_gives_the_reason() -> None:
    comparison = Comparison("p", 0, {}, {})
    for tier, reason in ((Tier.LITERAL, "a"), (Tier.STRUCTURAL, "b"), (Tier.BODY, "c"), (Tier.STRUCTURAL, "d")):
        comparison.note(tier, reason)
    assert (comparison.tier, comparison.reason) == (Tier.STRUCTURAL, "b")


def test_statements_are_compiled_as_in_the_body_of_their_class() -> None:
    code = compiled(ast.parse("def m(self): return super().m()\n__x = 1").body, ("A", "B"), "p", 0)
    bound: dict[str, object] = {}
    exec(code, {"__name__": "m"}, bound)
    assert bound["__qualname__"] == "A.B"
    assert bound["m"].__qualname__ == "A.B.m"  # type: ignore[attr-defined]
    assert bound["_B__x"] == 1


def test_what_cannot_be_compiled_is_a_syntax_error_with_its_place() -> None:
    with pytest.raises(SyntaxError) as raised:
        codes_of(ast.parse("\nreturn 1").body, "p", 0)
    assert (raised.value.filename, raised.value.lineno) == ("p", 2)
