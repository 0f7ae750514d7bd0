"""Lines: where a text is broken, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server.views.fonts import Face
from device_server.views.text import Room, clusters, drawable, lines
from tests.device_server.views.layouts import LETTER, Letters

FACE = Face(17, False)


def broken(content: str, letters: int | None, limit: int | None = None, truncation: str = "tail") -> list[str]:
    width = None if letters is None else letters * LETTER
    return [line.text for line in lines(content, FACE, Room(width, limit, truncation), Letters())]


@pytest.mark.parametrize(
    ("content", "letters", "expected"),
    [
        ("", 5, [""]),
        ("one two", 7, ["one two"]),
        ("one two", 6, ["one", "two"]),
        ("one two three", 7, ["one two", "three"]),
        ("one  two", 5, ["one", "two"]),
        ("a\nb\n", 5, ["a", "b", ""]),
        ("a\r\nb", 5, ["a", "b"]),
        ("unbelievable", 5, ["unbel", "ievab", "le"]),
        ("an unbelievable day", 5, ["an", "unbel", "ievab", "le", "day"]),
        ("wide", 0, ["w", "i", "d", "e"]),
        ("日本語の", 2, ["日本", "語の"]),
        ("anything at all", None, ["anything at all"]),
    ],
)
def test_lines_are_broken_between_words_and_in_words_that_are_too_long(
    content: str, letters: int | None, expected: list[str]
) -> None:
    assert broken(content, letters) == expected


@pytest.mark.parametrize(
    ("content", "letters", "limit", "truncation", "expected"),
    [
        ("one two three", 7, 1, "tail", ["one tw…"]),
        ("one two three", 7, 2, "tail", ["one two", "three"]),
        ("one two three four", 8, 2, "tail", ["one two", "three f…"]),
        ("one two three", 7, 1, "head", ["…three"]),
        ("one two three", 7, 1, "middle", ["one…ree"]),
        ("a\nb", 5, 1, "tail", ["a…"]),
        ("one", 0, 1, "tail", ["…"]),
    ],
)
def test_what_is_left_out_is_told(content: str, letters: int, limit: int, truncation: str, expected: list[str]) -> None:
    assert broken(content, letters, limit, truncation) == expected


@pytest.mark.slow
@given(st.text(alphabet="ab \n é\u0301日😀", max_size=60), st.integers(1, 20))
def test_no_line_is_too_long_and_no_letter_is_lost(content: str, letters: int) -> None:
    found = broken(content, letters)
    assert "".join("".join(found).split()) == "".join(drawable(content).split())
    for line in found:
        assert len(line) <= letters or len(clusters(line)) == 1


@pytest.mark.slow
@given(st.text(max_size=80), st.integers(0, 20), st.integers(1, 3), st.sampled_from(["head", "middle", "tail"]))
def test_there_are_never_more_lines_than_allowed(content: str, letters: int, limit: int, truncation: str) -> None:
    assert 1 <= len(broken(content, letters, limit, truncation)) <= limit


def test_a_long_text_is_read_only_as_far_as_there_is_room() -> None:
    class Counting(Letters):
        measured = 0

        def width(self, text: str, face: Face) -> float:
            Counting.measured += len(text)
            return super().width(text, face)

    found = lines("word " * 20_000, FACE, Room(200, 2), Counting())
    assert found[0].text == "word word word word"
    assert Counting.measured < 1000


def test_an_emoji_is_one_character_and_controls_are_signs() -> None:
    assert drawable("👨\u200d👩\u200d👧 👍🏽 🇩🇪 ❤\ufe0f") == "👨 👍 🇩 ❤"
    assert drawable("a\x00b\x1b\x9fc\td") == "a\ufffdb\ufffd\ufffdc    d"
    assert clusters("e\u0301👍🏽🇩🇪🇫🇷x") == ["e\u0301", "👍🏽", "🇩🇪", "🇫🇷", "x"]
