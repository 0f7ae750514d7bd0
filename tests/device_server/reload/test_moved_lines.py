from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server.reload.moved_lines import line_of, moved_lines

OLD = "a\nb\nc\nd\n"


@pytest.mark.parametrize(
    ("new", "lines"),
    [
        (OLD, [1, 2, 3, 4]),
        ("a\nnew\nb\nc\nd\n", [1, 3, 4, 5]),
        ("b\nc\nd\n", [1, 1, 2, 3]),
        ("a\nc\nB\nd\n", [1, 2, 2, 4]),
        ("", [1, 1, 1, 1]),
    ],
)
def test_lines_are_found_again(new: str, lines: list[int]) -> None:
    moved = moved_lines(OLD, new)
    assert [moved(line) for line in range(1, 5)] == lines


TEXTS = st.lists(st.sampled_from("abc")).map("\n".join)


@given(TEXTS, TEXTS)
def test_what_is_the_same_at_both_ends_is_where_it_was(old: str, new: str) -> None:
    moved = moved_lines(f"first\n{old}\nlast", f"first\n{new}\nlast")
    assert moved(1) == 1
    assert moved(len(f"first\n{old}\nlast".splitlines())) == len(f"first\n{new}\nlast".splitlines())


def test_a_name_is_where_a_line_begins_with_it_or_else_where_it_first_stands() -> None:
    text = "import a as yy\n# y, yy\nyy = y\ny = 1"
    assert [line_of(name, text) for name in ("y", "yy", "a", "z")] == [4, 3, 1, None]
