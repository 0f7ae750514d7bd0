from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repl.escapes import split_unfinished, visible, without_colours


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain é漢😀\n\ttext", "plain é漢😀\n\ttext"),
        ("\x1b]0;title\x07", "^[]0;title^G"),
        ("\x1b[2J\x9b2J\x7f\x00", "^[[2J\\u009b2J^?^@"),
        ("back\b\rward\u202e", "back^H^Mward\\u202e"),
        ("\x1b[31mred\x1b[0m", "^[[31mred^[[0m"),
    ],
)
def test_control_sequences_are_shown(text: str, seen: str) -> None:
    assert visible(text) == seen


@given(st.text())
def test_nothing_that_is_visible_can_control(text: str) -> None:
    assert not {*visible(text)} & {*map(chr, range(32)), *map(chr, range(127, 160))} - {"\n", "\t"}
    assert "\x1b" not in without_colours(visible(text, with_colours=True))


def test_colours_stay_if_they_are_wanted_but_nothing_is_hidden() -> None:
    assert visible("\x1b[1;31mred\x1b[0m\x1b[H", with_colours=True) == "\x1b[1;31mred\x1b[0m^[[H"
    assert visible("\x1b[8mhidden\x1b[1;5;8;31m", with_colours=True) == "\x1b[mhidden\x1b[1;;;31m"
    assert without_colours("\x1b[1;31mred\x1b[0m") == "red"


@pytest.mark.parametrize("begun", ["", "\x1b", "\x1b[", "\x1b[1;3"])
def test_a_sequence_that_is_cut_is_kept_for_its_rest(begun: str) -> None:
    assert split_unfinished("text" + begun) == ("text", begun)
