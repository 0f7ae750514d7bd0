"""Sorted names, beside a set that is sorted each time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from middleware.sorted_names import CHUNK, SortedNames

names = st.text("ab-é", max_size=4)


@given(st.sets(names), st.lists(st.tuples(st.sets(names), st.sets(names)), max_size=4), names)
def test_they_are_what_a_sorted_set_is(start: set[str], changes: list[tuple[set[str], set[str]]], prefix: str) -> None:
    ours, plain = SortedNames(start), start
    for added, removed in changes:
        before, were = ours, list(ours)
        ours, plain = ours.changed(added, removed), (plain | added) - removed
        assert list(before) == were
    assert list(ours) == sorted(plain)
    assert len(ours) == len(plain)
    assert list(ours.starting_with(prefix)) == sorted(name for name in plain if name.startswith(prefix))


def test_many_names_one_by_one_are_found_by_their_prefix() -> None:
    numbers = [f"{number * 7919 % 10007:05d}" for number in range(5 * CHUNK)]
    ours = SortedNames()
    for number in numbers:
        ours = ours.changed([number], [])
    assert list(ours) == sorted(numbers)
    assert list(ours.starting_with("012")) == sorted(each for each in numbers if each.startswith("012"))
    for number in numbers:
        ours = ours.changed([], [number])
    assert list(ours) == []
