"""Where a printed value is broken into lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_server.languages.pretty import Group, laid_out

words = st.text("abc", min_size=1, max_size=6)
groups = st.recursive(
    words, lambda inner: st.lists(inner, max_size=5).map(lambda items: Group("[", items, "]", " ")), max_leaves=30
)


def vector(*items: str) -> Group:
    return Group("[", items, "]", " ")


def test_what_fits_stays_on_its_line() -> None:
    assert laid_out(vector("1", "2"), 5) == "[1 2]"


def test_what_does_not_fit_has_each_item_on_a_line_below_the_first() -> None:
    assert laid_out(vector("1", vector("2", "3"), "4"), 8) == "[1\n [2 3]\n 4]"


def test_the_brackets_after_an_item_count() -> None:
    assert laid_out(vector("1", vector("22", "3")), 7) == "[1\n [22\n  3]]"
    assert laid_out(vector("1", vector("22", "3")), 8) == "[1\n [22 3]]"


def test_a_separator_ends_a_line_without_its_spaces() -> None:
    assert laid_out(Group("{", ["'a': 1", "'b': 2"], "}", ", "), 8) == "{'a': 1,\n 'b': 2}"


def test_a_group_without_brackets_goes_on_where_it_began() -> None:
    pair = Group("", [":key", vector("1", "2")], "", " ")
    assert laid_out(Group("{", [pair], "}", ", "), 8) == "{:key\n [1 2]}"


def test_what_has_no_place_to_break_is_left_alone() -> None:
    assert laid_out("x" * 10, 5) == "x" * 10
    assert laid_out(Group("#{", [], "}", " "), 1) == "#{}"


@given(group=groups, width=st.integers(1, 40))
def test_lines_say_what_the_one_line_says(group: str, width: int) -> None:
    assert laid_out(group, width).split() == str(group).split()


@given(group=groups, width=st.integers(1, 40))
def test_a_line_that_is_too_long_holds_one_item(group: str, width: int) -> None:
    for line in laid_out(group, width).splitlines():
        assert len(line) <= width or " " not in line.strip()
