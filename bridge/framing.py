"""Bencoded messages in a stream of bytes. Sans-IO: it knows no socket, and of nREPL only that a message is a dict.

bencode.py decodes a message, but only a whole one and nothing besides. So `Framer` walks the tokens to find where
a message ends. It goes over each byte once, however the stream is cut: a string is skipped by its length, and
the walk goes on where it stopped. Nothing is ever allocated because a length was claimed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import bencodepy

from middleware.request import Bencode, Message

LIMIT_BYTES: Final = 32 * 1024 * 1024
"""The longest message that is accepted."""
MAX_DEPTH: Final = 64
"""How deep lists and dicts may nest, the message itself included."""

_TOKEN: Final = re.compile(rb"(0|[1-9][0-9]{0,9}):|i-?[0-9]{1,19}e|[dle]")
_BEGUN: Final = re.compile(rb"(?:|0|[1-9][0-9]{0,9}|i-?[0-9]{0,19})\Z")
"""The beginning of a token whose rest may still come."""
_LONGEST_TOKEN: Final = 22
_DICT: Final = ord("d")

_codec: Final = bencodepy.Bencode(encoding="utf-8", encoding_fallback="all", max_depth=MAX_DEPTH)


class FramingError(Exception):
    """The bytes are no stream of bencoded dicts, or one is too long. There is no way to find the next message."""


class Framer:
    """Turns the bytes of one connection into messages, however they are cut."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit = limit_bytes
        self._buffer = bytearray()
        self._at = 0
        """Where the next token begins; beyond the buffer while a string is still arriving."""
        self._depth = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that `data` completes, in order; to be exhausted.

        Raises: FramingError, after the last message that was whole.
        """
        self._buffer += data
        while self._buffer:
            if self._buffer[0] != _DICT:
                raise FramingError(f"A message must be a bencoded dict, not {bytes(self._buffer[:20])!r}")
            if not self._walk():
                break
            yield _decode(self._take())

    def _walk(self) -> bool:
        """Go on to the end of the message that the buffer begins with; False when it is not there yet."""
        while token := _TOKEN.match(self._buffer, self._at):
            self._at = token.end()
            if token[1]:
                self._at += int(token[1])
            else:
                self._nest(token[0])
            if self._at > self._limit:
                raise FramingError(f"A message may have at most {self._limit} bytes, this one has {self._at} or more")
            if self._depth == 0:
                return True
        if not _BEGUN.match(rest := self._buffer[self._at : self._at + _LONGEST_TOKEN]):
            raise FramingError(f"No bencode: {bytes(rest)!r}")
        return False

    def _take(self) -> bytes:
        with memoryview(self._buffer) as view:
            whole = bytes(view[: self._at])
        del self._buffer[: self._at]
        self._at = 0
        return whole

    def _nest(self, token: bytes) -> None:
        if token in (b"d", b"l"):
            self._depth += 1
        elif token == b"e":
            self._depth -= 1
        if self._depth > MAX_DEPTH:
            raise FramingError(f"A message nests deeper than {MAX_DEPTH}")


def _decode(whole: bytes) -> Message:
    try:
        message: Message = _codec.decode(whole)
    except bencodepy.BencodeDecodeError as error:
        raise FramingError(f"No bencode: {error}") from error
    return message


def encode(message: Message) -> bytes:
    """A message with its keys sorted; half a surrogate pair, which has no UTF-8, becomes a question mark."""
    try:
        encoded: bytes = _codec.encode(message)
    except UnicodeEncodeError:
        encoded = _codec.encode(_encodable(message))
    return encoded


def _encodable(value: Bencode) -> Bencode:
    match value:
        case str():
            return value.encode(errors="replace").decode()
        case list():
            return [_encodable(item) for item in value]
        case dict():
            return {_encodable_key(key): _encodable(item) for key, item in value.items()}
        case _:
            return value


def _encodable_key(key: str) -> str:
    return key.encode(errors="replace").decode()
