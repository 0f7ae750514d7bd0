"""What is remembered is bounded by what it takes."""

from __future__ import annotations

from device_server.views.caches import Remembering


def test_what_was_made_once_is_not_made_again() -> None:
    made = list[str]()

    def double(text: str) -> str:
        made.append(text)
        return text * 2

    remembered = Remembering(double, len, 100)
    assert [remembered("a"), remembered("a"), remembered("b")] == ["aa", "aa", "bb"]
    assert made == ["a", "b"]
    assert remembered.used_bytes == 4


def test_what_was_not_used_for_longest_goes_first() -> None:
    made = list[str]()

    def keep(text: str) -> str:
        made.append(text)
        return text

    remembered = Remembering(keep, lambda _: 10, 40)
    for text in ("a", "b", "c", "d", "a", "e", "a", "b"):
        remembered(text)
    assert made == ["a", "b", "c", "d", "e", "b"]
    assert remembered.used_bytes == 40


def test_what_is_too_large_is_not_kept() -> None:
    remembered = Remembering(lambda size: b"x" * size, len, 100)
    assert len(remembered(26)) == 26
    assert remembered.used_bytes == 0
