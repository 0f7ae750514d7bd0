"""Labelled output: taken apart as it was put together, however it is cut."""

from __future__ import annotations

import select
from itertools import groupby
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from device_server.output_labels import LabelReader, labelled

plain = st.binary(min_size=1, max_size=50).filter(lambda data: b"\xff" not in data)
"""As text is: no beginning of a label."""
sessions = st.text(st.characters(codec="utf-8"), max_size=wire.SESSION_LIMIT)
written = st.lists(st.tuples(st.none() | sessions, plain))


def encoded(session: str | None, data: bytes) -> bytes:
    return data if session is None else b"".join(labelled(session, data))


def read(*pieces: bytes) -> list[tuple[str | None, bytes]]:
    reader = LabelReader()
    parts = [part for piece in pieces for part in reader.feed(piece)]
    return joined([*parts, (None, reader.rest())])


def joined(parts: list[tuple[str | None, bytes]]) -> list[tuple[str | None, bytes]]:
    """The same with what follows each other of one session as one, and without empty ones."""
    pieces = groupby((part for part in parts if part[1]), itemgetter(0))
    return [(session, b"".join(data for _, data in neighbours)) for session, neighbours in pieces]


@given(written, st.integers(1, 40))
def test_what_is_read_does_not_depend_on_where_it_is_cut(parts: list[tuple[str | None, bytes]], size: int) -> None:
    data = b"".join(encoded(*part) for part in parts)
    assert read(*(data[start : start + size] for start in range(0, len(data), size))) == joined(parts)


@given(st.lists(st.binary(max_size=30)))
def test_bytes_without_a_label_come_as_they_are(pieces: list[bytes]) -> None:
    assert b"".join(data for _, data in read(*pieces)) == b"".join(pieces)


@given(sessions, st.integers(0, 3 * select.PIPE_BUF))
def test_each_piece_is_small_enough_to_be_written_at_once(session: str, size: int) -> None:
    pieces = [*labelled(session, b"x" * size)]
    assert all(len(piece) <= select.PIPE_BUF for piece in pieces)
    assert read(*pieces) == ([(session, b"x" * size)] if size else [])


def test_the_beginning_of_a_label_is_held_until_all_is_read() -> None:
    (piece,) = labelled("mine", b"late")
    reader = LabelReader()
    assert [*reader.feed(b"a" + piece[:-1])] == [(None, b"a")]
    assert reader.rest() == piece[:-1]
    assert [*reader.feed(b"b")] == [(None, b"b")]
