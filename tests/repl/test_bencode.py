from __future__ import annotations

from io import BytesIO

import bencodepy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from repl.bencode import LIMIT_BYTES, BencodeError, Message, encode, read

VALUES = st.recursive(
    st.text() | st.integers(-(2**62), 2**62),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(), values, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES))
def test_what_is_encoded_is_read_back(message: Message) -> None:
    stream = BytesIO(encode(message) * 2)
    assert read(stream) == message
    assert read(stream) == message
    assert read(stream) is None


@given(st.dictionaries(st.text(), VALUES))
def test_it_is_the_encoding_that_others_have(message: Message) -> None:
    assert encode(message) == bencodepy.Bencode(encoding="utf-8").encode(message)


@given(st.binary(max_size=60))
def test_other_bytes_are_refused_and_never_waited_for(data: bytes) -> None:
    try:
        message = read(BytesIO(data))
    except BencodeError:
        return
    assert message is None or isinstance(message, dict)


@pytest.mark.parametrize(
    "data",
    [
        b"d",
        b"d1:aee",
        b"d1:a",
        b"d1:ae",
        b"i1e",
        b"3:abc",
        b"x",
        b"l" * 100,
        b"d1:ai--1ee",
        f"{LIMIT_BYTES + 1}:".encode(),
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(BencodeError):
        read(BytesIO(data))


def test_half_a_surrogate_pair_becomes_a_question_mark() -> None:
    assert read(BytesIO(encode({"code": "\ud800"}))) == {"code": "?"}
