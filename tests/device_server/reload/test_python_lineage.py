"""Replaced codes are remembered as long as something holds them."""

from __future__ import annotations

from types import CodeType, FunctionType

from device_server.reload.python_codes import CodePair
from device_server.reload.python_lineage import Lineage


def code(text: str) -> CodeType:
    return compile(text, "p", "exec")


def test_codes_that_others_hold_are_remembered_through_all_that_comes_after() -> None:
    lineage = Lineage()
    pairs = [CodePair(code("1"), code("2")), CodePair(code("3"), code("4"))]
    pairs[1].old = pairs[0].new or pairs[1].old
    holder = FunctionType(pairs[0].old, {})
    lineage.note(pairs[0], 0)
    lineage.note(pairs[1], 1)
    newest = pairs[1].new
    assert newest is not None
    del pairs
    assert lineage.older(newest) == [holder.__code__]
    holder.__code__ = newest
    assert lineage.older(newest) == []


def test_codes_whose_holders_are_all_known_are_forgotten() -> None:
    lineage = Lineage()
    pair = CodePair(code("1"), code("2"))
    holder = FunctionType(pair.old, {})
    lineage.note(pair, 1)
    assert pair.new is not None
    assert lineage.older(pair.new) == []
    assert holder.__code__ is pair.old
