"""`repr` within a quota: the same text, or the beginning of it."""

from __future__ import annotations

import pprint
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server.languages.python_printing import bounded_repr
from device_server.languages.shown import Shown, Style

HUGE = 50_000_000
"""Characters, or items; what is printed in full takes seconds."""

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.complex_numbers()
hashables = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner), max_leaves=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner)
        | st.tuples()
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.dictionaries(hashables, inner)
        | st.sets(hashables)
        | st.frozensets(hashables)
    ),
    max_leaves=20,
)


@given(values)
def test_with_room_enough_it_is_the_repr(value: object) -> None:
    """Exactly enough, too."""
    text = repr(value)
    assert bounded_repr(value, Style(quota=len(text))) == Shown(text, is_cut=False)


@given(values, st.integers(1, 60))
def test_never_more_than_the_quota_and_what_is_cut_is_said_to_be(value: object, quota: int) -> None:
    shown = bounded_repr(value, Style(quota=quota))
    assert len(shown.text) <= quota
    assert shown.is_cut or shown.text == repr(value)
    assert shown.is_cut == (len(repr(value)) > quota)


def cyclic() -> list[object]:
    ring: list[object] = [1]
    ring.append({"ring": (ring,)})
    return ring


def test_a_container_within_itself_is_printed_as_python_does() -> None:
    assert bounded_repr(cyclic(), Style(quota=1000)) == Shown("[1, {'ring': ([...],)}]", is_cut=False)


def test_one_container_twice_is_printed_twice() -> None:
    same = [1]
    assert bounded_repr([same, same], Style(quota=1000)).text == "[[1], [1]]"


@pytest.mark.parametrize(
    "value",
    ["x" * HUGE, b"x" * HUGE, [0] * HUGE, [["x" * HUGE] * 1000] * 1000, {"key": "x" * HUGE}],
    ids=["text", "bytes", "list", "nested", "dictionary"],
)
def test_a_huge_value_costs_what_is_shown_of_it(value: object) -> None:
    started = time.process_time()
    shown = bounded_repr(value, Style(quota=100))
    assert time.process_time() - started < 0.1
    assert 90 < len(shown.text) <= 100
    assert shown.is_cut


class OwnList(list[int]):
    def __repr__(self) -> str:
        return "mine"


class OwnText(str):
    def __repr__(self) -> str:
        return "text"


@pytest.mark.parametrize(("value", "text"), [(OwnList([1]), "mine"), (OwnText("a"), "text"), ([OwnList()], "[mine]")])
def test_types_with_a_repr_of_their_own_are_printed_by_it(value: object, text: str) -> None:
    assert bounded_repr(value, Style(quota=100)) == Shown(text, is_cut=False)


def test_what_a_repr_raises_is_raised() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise ZeroDivisionError("in repr")

    with pytest.raises(ZeroDivisionError, match="in repr"):
        bounded_repr([Broken()], Style(quota=100))


def test_a_pretty_value_is_laid_out_as_pythons_own_printer_does() -> None:
    value = {"a": [1, 2, 3], "b": {"c": list(range(30)), (1, 2): None}, "d" * 12: "x" * 50, "e": (1,), "f": {7}}
    assert bounded_repr(value, Style(width=40)).text == pprint.pformat(value, width=40, sort_dicts=False)


@given(value=values, width=st.integers(1, 60))
def test_a_pretty_value_without_its_lines_is_the_repr(value: object, width: int) -> None:
    assert re.sub(r"\n +", " ", bounded_repr(value, Style(width=width)).text) == repr(value)


@given(value=values, quota=st.integers(1, 30))
def test_a_pretty_value_is_within_the_quota_too(value: object, quota: int) -> None:
    shown = bounded_repr(value, Style(quota=quota, width=20))
    assert len(shown.text) <= quota


def test_length_level_and_atom_limit_what_is_printed() -> None:
    assert bounded_repr([1, 2, 3], Style(length=2)).text == "[1, 2, ...]"
    assert bounded_repr({1: 1, 2: 2}, Style(length=1)).text == "{1: 1, ...}"
    assert bounded_repr([[[1]], []], Style(level=2)).text == "[[[...]], []]"
    assert bounded_repr(["abcdef", b"abcdef", 123456], Style(atom=3)).text == "['abc...', b'abc...', 123...]"
    assert not bounded_repr([1, 2, 3], Style(length=2)).is_cut
