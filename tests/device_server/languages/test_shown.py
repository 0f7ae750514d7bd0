"""A budget of characters."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from device_server.languages.shown import (
    DEFAULT_WIDTH,
    BoundedWriter,
    Budget,
    QuotaExceededError,
    Shown,
    Style,
    first,
    shortened,
)


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


def test_a_style_is_as_a_request_tells_it() -> None:
    told: wire.JSON = {"quota": 9, "length": 3, "level": 2, "atom": 5, "pretty": True, "width": 40}
    assert Style.told(told) == Style(9, 3, 2, 5, 40)
    assert Style.told({"pretty": True}).width == DEFAULT_WIDTH
    assert Style.told({"width": 40}) == Style.told(None) == Style()


@pytest.mark.parametrize("value", [0, -1, "5", True, None, [], 1.5])
def test_what_is_no_positive_integer_counts_as_absent(value: wire.JSON) -> None:
    assert Style.told({"quota": value, "length": value, "level": value, "atom": value}) == Style()


def test_a_quota_is_no_more_than_a_line_takes() -> None:
    assert Style.told({"quota": 10**12}).quota == wire.LIMIT_BYTES


def test_a_writer_keeps_what_there_is_room_for_and_then_refuses() -> None:
    writer = BoundedWriter(5)
    assert writer.write("abc") == 3
    with pytest.raises(QuotaExceededError):
        writer.write("def")
    with pytest.raises(QuotaExceededError):
        writer.write("g")
    assert writer.text == "abcde"


def test_the_first_of_endless_items_are_followed_by_an_ellipsis() -> None:
    assert list(first(2, itertools.count(), -1)) == [0, 1, -1]
    assert list(first(2, [0, 1], -1)) == list(first(None, [0, 1], -1)) == [0, 1]


def test_a_text_is_shortened_only_if_it_is_too_long() -> None:
    assert [shortened("abc", 2), shortened("abc", 3), shortened("abc", None)] == ["ab...", "abc", "abc"]
