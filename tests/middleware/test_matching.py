"""Which names go with what was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.matching import LIMIT, LONGEST, matching, matching_any
from middleware.sorted_names import SortedNames


@pytest.mark.parametrize(
    ("typed", "name", "goes"),
    [
        ("me-fi", "merge-file", True),
        ("mefi", "merge-file", True),
        ("mf", "merge-file", True),
        ("m-f", "merge-file", True),
        ("merge-file", "merge-file", True),
        ("mer", "merge-file", True),
        ("mw", "map-keys-with", True),
        ("m-w", "map-keys-with", True),
        ("fi", "merge-file", False),
        ("mx", "merge-file", False),
        ("me--fi", "merge-file", False),
        ("merge-files", "merge-file", False),
        ("me-", "merge", False),
        ("a", "", False),
    ],
)
def test_the_parts_of_a_name_may_be_cut_short(typed: str, name: str, goes: bool) -> None:
    assert list(matching_any([name], typed, "-")) == [name] * goes
    assert list(matching(SortedNames([name]), typed, "-")) == [name] * goes


def test_namespaces_are_cut_at_their_dots() -> None:
    assert list(matching_any(["basilisp.string", "basilisp.set", "app.string"], "b.st", ".")) == ["basilisp.string"]


@given(st.text("ab-", min_size=1, max_size=6), st.text("ab-", max_size=8))
def test_whatever_begins_so_goes(typed: str, rest: str) -> None:
    assert list(matching_any([typed + rest], typed, "-")) == [typed + rest]


def test_what_is_typed_may_have_any_length_and_any_sign() -> None:
    for typed in ("a-" * LONGEST, "(", "a.b|c", "[", "\\"):
        assert list(matching_any([typed, "abc"], typed, ".")) == [typed]
    assert list(matching_any(["a" + "-b" * 200], "a" + "b" * 60 + "z", "-")) == []


def test_those_that_begin_so_come_first_and_none_comes_twice() -> None:
    names = SortedNames(["ma", "map", "map-a", "merge-apply", "m-a", "other"])
    assert list(matching(names, "ma", "-")) == ["ma", "map", "map-a", "m-a", "merge-apply"]
    assert list(matching(names, "", "-")) == list(names)


def test_of_very_many_only_the_first_are_found() -> None:
    names = SortedNames(f"name-{number:05d}" for number in range(3 * LIMIT))
    assert list(matching(names, "name", "-")) == list(names)[:LIMIT]
