"""A budget of characters."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from device_server.languages.shown import Budget, Shown


def test_text_is_granted_until_the_quota_is_used_up() -> None:
    budget = Budget(5)
    assert [budget.text("abc"), budget.text("def"), budget.text("g")] == ["abc", "de", ""]
    assert budget.is_exceeded


def test_exactly_the_quota_is_not_too_much() -> None:
    budget = Budget(3)
    assert budget.shown(budget.text("abc")) == Shown("abc", is_cut=False)


def test_an_endless_iterator_ends_with_the_budget() -> None:
    budget = Budget(10)
    assert list(budget.items(itertools.count())) == [0, 1, 2, 3, 4]
    assert budget.is_exceeded


def test_no_more_items_are_taken_from_an_iterator_than_one_beyond_what_is_granted() -> None:
    """Each may be dear to compute."""
    numbers = itertools.count()
    list(Budget(10).items(numbers))
    assert next(numbers) == 6


def test_a_finite_iterator_within_the_budget_is_not_cut() -> None:
    budget = Budget(4)
    assert (list(budget.items("ab")), budget.is_exceeded) == (["a", "b"], False)


def test_what_has_grown_beyond_the_quota_is_cut_at_the_end() -> None:
    """Quotes and escapes are not counted as they are made."""
    assert Budget(3).shown("'abc'") == Shown("'ab", is_cut=True)


@given(st.integers(0, 50), st.lists(st.text(max_size=10)))
def test_never_more_than_the_quota_is_shown_and_a_cut_is_always_told(quota: int, texts: list[str]) -> None:
    budget = Budget(quota)
    shown = budget.shown("".join(map(budget.text, texts)))
    whole = "".join(texts)
    assert shown == Shown(whole[:quota], is_cut=len(whole) > quota)
