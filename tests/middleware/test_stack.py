"""The order of a stack, whatever the order in which its middleware is given."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.descriptor import Descriptor, OpSpec, provides
from middleware.stack import StackError, build, order
from tests.middleware.fakes import FakeSession, replies_to

NAMES = "abcdef"


def named(name: str, requires: str = "", expects: str = "") -> Descriptor:
    return provides(name, {}, requires=frozenset(requires), expects=frozenset(expects))


@st.composite
def stacks(draw: st.DrawFn) -> list[Descriptor]:
    others = st.text(alphabet=NAMES, max_size=2)
    descriptors = [named(name, draw(others), draw(others)) for name in NAMES]
    return draw(st.permutations(descriptors))


@given(stacks())
def test_any_shuffle_gives_a_valid_order_or_names_the_cycle(descriptors: list[Descriptor]) -> None:
    outside = {(other, each.name) for each in descriptors for other in each.requires}
    outside |= {(each.name, other) for each in descriptors for other in each.expects}
    try:
        names = [each.name for each in order(descriptors)]
    except StackError as error:
        cycle = str(error).rpartition(": ")[2].split(" -> ")
        assert cycle[0] == cycle[-1]
        assert all(pair in outside for pair in pairwise(cycle))
    else:
        assert sorted(names) == list(NAMES)
        assert all(names.index(first) < names.index(second) for first, second in outside)


def test_what_nothing_orders_stays_as_given() -> None:
    assert [each.name for each in order([named("b"), named("a"), named("c")])] == ["b", "a", "c"]


def test_a_name_that_nobody_has_is_an_error() -> None:
    with pytest.raises(StackError, match="a needs a middleware z"):
        order([named("a", requires="z")])


def test_a_name_used_twice_is_an_error() -> None:
    with pytest.raises(StackError, match="Two middlewares are called a"):
        order([named("a"), named("a")])


def test_an_op_handled_twice_is_an_error_that_names_both() -> None:
    descriptors = [Descriptor(name, {"eval": OpSpec("")}, named(name).wrap) for name in "ab"]
    with pytest.raises(StackError, match="Both a and b handle eval"):
        build(descriptors)


def test_an_op_that_nobody_handles_is_answered_with_its_name() -> None:
    (reply,) = replies_to({"op": "refactor"}, FakeSession())
    assert reply["status"] == ["error", "unknown-op", "done"]
    assert reply["op"] == "refactor"
