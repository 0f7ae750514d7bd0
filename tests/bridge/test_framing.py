"""Bencode in a stream: however it is cut, whatever it is."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import bencodepy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.framing import LIMIT_BYTES, MAX_DEPTH, Framer, FramingError, encode
from middleware.request import Bencode, Message

values: st.SearchStrategy[Bencode] = st.recursive(
    st.text() | st.integers(-(2**62), 2**62),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
messages = st.dictionaries(st.text(), values, max_size=5)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(messages, max_size=4), st.lists(st.integers(0), max_size=20))
def test_any_cut_of_any_stream_gives_the_same_messages(sent: list[Message], places: list[int]) -> None:
    framer = Framer()
    stream = b"".join(encode(message) for message in sent)
    assert [message for piece in cut(stream, places) for message in framer.feed(piece)] == sent


@given(st.binary(max_size=200))
def test_junk_is_refused_or_incomplete_but_never_anything_else(junk: bytes) -> None:
    try:
        found = list(Framer().feed(junk))
    except FramingError:
        return
    assert all(isinstance(message, dict) for message in found)


@given(messages, st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_corrupted_message_is_refused_incomplete_or_another_message(
    message: Message, changes: list[tuple[int, int]]
) -> None:
    data = bytearray(encode(message))
    for place, byte in changes:
        data[place % len(data)] = byte
    test_junk_is_refused_or_incomplete_but_never_anything_else.hypothesis.inner_test(bytes(data))  # type: ignore[attr-defined]


@pytest.mark.parametrize("junk", [b"GET / HTTP/1.1", b"le", b"i1e", b"3:abc", b"e", b"\x16\x03\x01", b"d01:a", b"d-"])
def test_what_is_no_dict_is_refused_at_once(junk: bytes) -> None:
    with pytest.raises(FramingError):
        list(Framer().feed(junk))


def test_messages_before_junk_are_delivered() -> None:
    found = Framer().feed(b"d1:ai1eed1:ai2eejunk")
    assert [next(found), next(found)] == [{"a": 1}, {"a": 2}]
    with pytest.raises(FramingError):
        next(found)


def test_a_claimed_length_is_refused_before_anything_is_kept() -> None:
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    with pytest.raises(FramingError, match="at most"):
        list(Framer().feed(b"d1:a%d:" % (LIMIT_BYTES + 1)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - before < 1_000_000


def test_the_limit_counts_the_whole_message() -> None:
    framer = Framer(limit_bytes=20)
    assert list(framer.feed(b"d1:a12:%be" % (b"x" * 12))) == [{"a": "x" * 12}]
    with pytest.raises(FramingError):
        list(framer.feed(b"d1:a14:"))


def test_deep_nesting_is_refused() -> None:
    assert len(list(Framer().feed(b"d1:a" + b"l" * (MAX_DEPTH - 1) + b"e" * MAX_DEPTH))) == 1
    with pytest.raises(FramingError, match="deeper"):
        list(Framer().feed(b"d1:a" + b"l" * MAX_DEPTH))


@pytest.mark.parametrize("digits", [b"12345678901:", b"i12345678901234567890"])
def test_endless_digits_are_refused(digits: bytes) -> None:
    with pytest.raises(FramingError):
        list(Framer().feed(b"d1:a" + digits))


@pytest.mark.slow
def test_ten_megabytes_in_small_reads_take_linear_time() -> None:
    data = encode({"code": "x" * 10_000_000})
    started = time.monotonic()
    framer = Framer()
    found = [message for start in range(0, len(data), 1000) for message in framer.feed(data[start : start + 1000])]
    assert time.monotonic() - started < 2
    assert len(found) == 1


def test_a_string_that_is_not_utf_8_stays_bytes() -> None:
    assert list(Framer().feed(b"d1:a2:\xff\xfee")) == [{"a": b"\xff\xfe"}]


def test_unsorted_keys_are_accepted() -> None:
    assert list(Framer().feed(b"d1:bi1e1:ai2ee")) == [{"b": 1, "a": 2}]


def test_lengths_count_bytes_and_keys_are_sorted() -> None:
    assert encode({"b": "é", "a": 1}) == b"d1:ai1e1:b2:\xc3\xa9e"


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    sent: Message = {"value": "a\ud800b", "more": ["\udfff", {"k\ud800": 1}]}
    assert bencodepy.decode(encode(sent)) == {b"value": b"a?b", b"more": [b"?", {b"k?": 1}]}
