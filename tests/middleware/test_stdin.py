"""What was typed, and the op that brings it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.request import Refusal
from middleware.stdin import MAX_CHARS, TypedInput
from tests.middleware.fakes import FakeSession, replies_to


def lines(*texts: str) -> list[str]:
    typed = TypedInput()
    for text in texts:
        typed.offer(text)
    return [line for line in iter(typed.take, None) if line is not None]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a\n"], ["a\n"]),
        (["a\nb\n"], ["a\n", "b\n"]),
        (["a\nb"], ["a\n", "b"]),
        (["\n"], ["\n"]),
        ([""], [""]),
        (["a\n", "", "b\n"], ["a\n", "", "b\n"]),
    ],
)
def test_a_read_takes_one_line_and_the_empty_string_is_end_of_file(texts: list[str], expected: list[str]) -> None:
    assert lines(*texts) == expected


@given(st.lists(st.text(min_size=1)))
def test_nothing_typed_is_lost(texts: list[str]) -> None:
    assert "".join(lines(*texts)) == "".join(texts)


def test_the_op_gives_it_to_the_session() -> None:
    session = FakeSession()
    assert replies_to({"op": "stdin", "stdin": "x\n"}, session) == [{"status": ["done"]}]
    assert list(session.typed) == ["x\n"]


def test_input_that_nobody_reads_is_bounded() -> None:
    typed = TypedInput()
    typed.offer("x" * MAX_CHARS + "\n")
    with pytest.raises(Refusal, match="Too much input"):
        typed.offer("more\n")
    typed.take()
    typed.offer("more\n")
    assert typed.take() == "more\n"
