"""nREPL's messages on a stream of bytes: read one as its bytes arrive, encode one. It knows no socket."""

from __future__ import annotations

from io import BufferedIOBase
from typing import Final, TypeAlias

Bencode: TypeAlias = "str | int | list[Bencode] | dict[str, Bencode]"
Message: TypeAlias = dict[str, Bencode]

LIMIT_BYTES: Final = 64 * 1024 * 1024
"""The longest text that is accepted."""
MAX_DEPTH: Final = 64
_LONGEST_NUMBER: Final = 20
_DIGITS: Final = frozenset(bytes([each]) for each in b"-0123456789")


class BencodeError(Exception):
    """What has arrived is no message."""


def read(stream: BufferedIOBase) -> Message | None:
    """The next message; None at the end of the stream. Raises: BencodeError, OSError."""
    first = stream.read(1)
    if not first:
        return None
    if first != b"d":
        raise BencodeError(f"A message must be a dict: it cannot begin with {first!r}")
    return _dict(stream, 0)


def encode(value: Bencode) -> bytes:
    """A value, with the keys of dicts sorted; half a surrogate pair, which has no UTF-8, becomes a question mark."""
    match value:
        case str():
            data = value.encode(errors="replace")
            return b"%d:%b" % (len(data), data)
        case int():
            return b"i%de" % value
        case list():
            return b"l%be" % b"".join(map(encode, value))
    return b"d%be" % b"".join(encode(key) + encode(value[key]) for key in sorted(value))


def _value(stream: BufferedIOBase, first: bytes, depth: int) -> Bencode:
    if depth > MAX_DEPTH:
        raise BencodeError(f"A message nests deeper than {MAX_DEPTH}")
    match first:
        case b"i":
            return _number(stream, b"", b"e")
        case b"l":
            return _items(stream, depth)
        case b"d":
            return _dict(stream, depth)
        case _ if first in _DIGITS:
            return _text(stream, _number(stream, first, b":"))
    raise BencodeError(f"No bencode: {first!r}")


def _dict(stream: BufferedIOBase, depth: int) -> Message:
    items = _items(stream, depth)
    if len(items) % 2:
        raise BencodeError("A dict must have a value for each key")
    return dict(zip(map(str, items[::2]), items[1::2], strict=True))


def _items(stream: BufferedIOBase, depth: int) -> list[Bencode]:
    items: list[Bencode] = []
    while (first := stream.read(1)) != b"e":
        items.append(_value(stream, first, depth + 1))
    return items


def _text(stream: BufferedIOBase, length: int) -> str:
    if not 0 <= length <= LIMIT_BYTES:
        raise BencodeError(f"A text may have at most {LIMIT_BYTES} bytes, this one has {length}")
    data = stream.read(length)
    if len(data) < length:
        raise BencodeError("A message has no end")
    return data.decode(errors="replace")


def _number(stream: BufferedIOBase, digits: bytes, end: bytes) -> int:
    while (byte := stream.read(1)) != end:
        digits += byte
        if byte not in _DIGITS or len(digits) > _LONGEST_NUMBER:
            raise BencodeError(f"No bencode: {digits!r}")
    try:
        return int(digits)
    except ValueError as error:
        raise BencodeError(f"No bencode: {digits!r}") from error
