"""The protocol's codec: how bytes are cut does not matter, junk is answered, nothing over the limit is kept."""

from __future__ import annotations

import itertools
import json
import tracemalloc
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_server import wire
from device_server.wire import BadLine, Decoder, ErrorType, Message

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=20,
)
MESSAGES = st.dictionaries(ANY_TEXT, VALUES, max_size=4)
LINE_ENDS = st.sampled_from([b"", b"\r", b"\n", b"\r\n", b" \n", b"\t\r\n\n"])
JUNK = st.binary() | st.lists(st.sampled_from([*b'{}[]",:\\ \t\r\n-+.eEnutl0159\x00\x80\xff']), max_size=60).map(bytes)


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in itertools.pairwise(places)]


def fed(parts: Iterable[bytes], limit: int = wire.LIMIT_BYTES) -> list[Message | BadLine]:
    decoder = Decoder(limit)
    return [item for part in parts for item in decoder.feed(part)]


def decoded(line: str | bytes) -> Message | BadLine:
    """The one thing that a line holds, the beginning of a connection being behind it."""
    decoder = Decoder()
    decoder.feed(b"{}\n")
    (item,) = decoder.feed((line.encode() if isinstance(line, str) else line) + b"\n")
    return item


def refusal(line: str | bytes) -> str:
    item = decoded(line)
    assert isinstance(item, BadLine)
    assert item.type is ErrorType.PROTOCOL
    return item.error


@settings(max_examples=50)
@given(st.lists(st.tuples(MESSAGES, LINE_ENDS), max_size=6), st.lists(st.integers(0)))
def test_how_a_stream_is_cut_does_not_matter(stream: list[tuple[Message, bytes]], cuts: list[int]) -> None:
    data = b"".join(wire.encode(message)[:-1] + b"\r" * end.startswith(b"\r") + b"\n" + end for message, end in stream)
    assert fed(pieces(data, cuts)) == [message for message, _ in stream]


@given(MESSAGES)
def test_a_message_is_one_line_of_utf_8(message: Message) -> None:
    line = wire.encode(message)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line.decode()) == message


@given(JUNK, st.lists(st.integers(0)))
def test_junk_is_answered_or_refused_however_it_is_cut(junk: bytes, cuts: list[int]) -> None:
    assert answers_to(pieces(junk, cuts)) == answers_to([junk])


def answers_to(parts: Sequence[bytes]) -> list[Message | BadLine] | None:
    """None when the connection is refused."""
    try:
        found = fed(parts)
    except wire.NotThisProtocolError:
        return None
    assert all(isinstance(item, dict | BadLine) for item in found)
    return found


@given(JUNK, st.lists(st.integers(0)))
def test_junk_within_a_connection_never_ends_it(junk: bytes, cuts: list[int]) -> None:
    after = b'\n{"op":"ping"}\n'
    found = fed(pieces(b"{" + junk + after, cuts))
    assert found[-1] == {"op": "ping"}
    assert all(isinstance(item, dict | BadLine) for item in found)


@given(st.binary(max_size=200), st.integers(0, 40), st.lists(st.integers(0)))
def test_a_line_is_refused_exactly_when_it_is_over_the_limit(data: bytes, limit: int, cuts: list[int]) -> None:
    data = b"{" + data
    found = fed(pieces(data + b"\n", cuts), limit)
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    too_long = [line for line in lines if len(line) > limit]
    refused = [item for item in found if isinstance(item, BadLine) and item.type is ErrorType.TOO_LARGE]
    assert len(refused) == len(too_long)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_line_of_just_the_limit_is_taken_with_either_end(end: bytes) -> None:
    line = b'{"a":"bc"}'
    assert fed([line + end], limit=len(line)) == [{"a": "bc"}]
    (item,) = fed([line + end], limit=len(line) - 1)
    assert isinstance(item, BadLine)


def test_after_a_line_over_the_limit_the_next_is_read() -> None:
    first, second = fed([b"{" + b"x" * 100, b"y" * 100, b'\n{"op":"ping"}\n'], limit=50)
    assert isinstance(first, BadLine)
    assert first.type is ErrorType.TOO_LARGE
    assert "50 bytes" in first.error
    assert second == {"op": "ping"}


def peak_bytes(piece: bytes, count: int, limit: int) -> int:
    """What a decoder holds at most while it is fed a line without end."""
    decoder = Decoder(limit)
    decoder.feed(b"{")
    tracemalloc.start()
    try:
        for _ in range(count):
            assert decoder.feed(bytes(bytearray(piece))) == []  # a copy each time, as a socket makes
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_of_a_line_over_the_limit_nothing_beyond_the_limit_is_kept() -> None:
    mib = 1024 * 1024
    assert peak_bytes(b"x" * 65536, 64 * 16, limit=mib) < 1.5 * mib


def test_a_line_in_tiny_pieces_takes_little_more_memory_than_its_bytes() -> None:
    kib = 1024
    assert peak_bytes(b"xy", 32 * kib, limit=128 * kib) < 256 * kib


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\n", b"\x16\x03\x01\x02\x00", b"[", b"\xef\xbb\xbf{}", b" \r\n x", b"0"]
)
def test_what_does_not_begin_with_an_object_is_not_this_protocol(start: bytes) -> None:
    with pytest.raises(wire.NotThisProtocolError):
        Decoder().feed(start)


@pytest.mark.parametrize("blank", [b"", b"\n", b"\r\n", b" \t\r\n", b"\n\n\n"])
def test_blanks_before_the_first_object_are_ignored(blank: bytes) -> None:
    assert fed([blank, blank, b'{"a":1}\n']) == [{"a": 1}]


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_nesting_has_a_limit(opening: str) -> None:
    closing = {"[": "]", '{"a":': "}", '[{"a":': "}]"}[opening]
    deep = (wire.MAX_DEPTH - 1) // len(closing)
    assert isinstance(decoded('{"a":' + opening * deep + "0" + closing * deep + "}"), dict)
    for more in (wire.MAX_DEPTH, 100_000):
        assert "nested deeper" in refusal('{"a":' + opening * more + "0" + closing * more + "}")


def test_brackets_in_a_string_are_no_nesting() -> None:
    assert decoded(json.dumps({"a": "[{" * 1000})) == {"a": "[{" * 1000}


def test_wide_is_not_deep() -> None:
    assert isinstance(decoded(json.dumps({"a": [[]] * 10_000})), dict)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9223372036854775808", "1" + "0" * 5000]
)
def test_numbers_beyond_what_every_host_has_are_refused(number: str) -> None:
    assert refusal(f'{{"id":1,"a":[{number}]}}').startswith("Bad JSON: ")


def test_the_greatest_and_least_integers_are_taken() -> None:
    assert decoded('{"a":[9223372036854775807,-9223372036854775808]}') == {"a": [2**63 - 1, -(2**63)]}


@pytest.mark.parametrize("line", [b'{"a":"\xff"}', b'{"a":"\xed\xa0\x80"}', b"\xfe{}"])
def test_a_line_that_is_not_utf_8_is_bad(line: bytes) -> None:
    assert "not UTF-8" in refusal(line)


@pytest.mark.parametrize("line", ["{", "}", "{}{}", "{'a':1}", '{"a":1,}', "nul", '{"a":"\x00"}', '{"a":01}'])
def test_what_is_no_json_is_bad(line: str) -> None:
    assert refusal(line).startswith("Bad JSON: ")


@pytest.mark.parametrize("line", ["1", "[]", '"op"', "null", '[{"op":"ping"}]'])
def test_what_is_json_but_no_object_is_bad(line: str) -> None:
    assert refusal(line) == "A message must be a JSON object"


def test_a_lone_surrogate_survives_both_ways() -> None:
    line = wire.encode({"a": "é\ud83d"})
    assert line == b'{"a":"\\u00e9\\ud83d"}\n'
    assert decoded(line.strip()) == {"a": "é\ud83d"}


def test_text_beyond_ascii_is_sent_as_it_is() -> None:
    assert wire.encode({"a": "é🎉"}) == '{"a":"é🎉"}\n'.encode()


def test_nan_is_never_sent() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        wire.encode({"a": float("nan")})


@pytest.mark.parametrize("message_id", [1, 0, -(2**63), "1", "", "é"])
def test_an_id_is_echoed_as_it_was(message_id: wire.Id) -> None:
    assert wire.request_id({"id": message_id}) == message_id


@pytest.mark.parametrize("message_id", [None, True, 1.0, [], {}, [1]])
def test_what_is_no_integer_or_string_is_no_id(message_id: wire.JSON) -> None:
    assert wire.request_id({"id": message_id}) is None


def test_without_an_id_it_is_0() -> None:
    assert wire.request_id({}) == 0


FILES = "Each of 'files' must be an object with the string 'path' and the string 'source', or null for it"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ({}, "Missing 'op' field"),
        ({"op": ""}, "Missing 'op' field"),
        ({"op": 1}, "Missing 'op' field"),
        ({"op": "x"}, "Unknown op: x"),
        ({"op": "eval"}, "Missing 'code' field"),
        ({"op": "eval", "code": ""}, "Missing 'code' field"),
        ({"op": "eval", "code": None}, "Missing 'code' field"),
        ({"op": "eval", "code": ["1"]}, "'code' must be a string"),
        ({"op": "eval", "code": "1", "session": "s" * 101}, "'session' must have at most 100 characters"),
        ({"op": "eval", "code": "1", "ns": 1}, "'ns' must be a string"),
        ({"op": "eval", "code": "1", "line": "1"}, "'line' must be an integer"),
        ({"op": "eval", "code": "1", "line": True}, "'line' must be an integer"),
        ({"op": "eval", "code": "1", "timeout_ms": 1.5}, "'timeout_ms' must be an integer"),
        ({"op": "eval", "code": "1", "print": []}, "'print' must be an object"),
        ({"op": "load", "source": "1"}, "Missing 'file' field"),
        ({"op": "load", "source": 1, "file": "a"}, "'source' must be a string"),
        ({"op": "reload", "files": []}, "Missing 'files' field"),
        ({"op": "reload", "files": {}}, "'files' must be an array"),
        ({"op": "reload", "files": [{"path": "a"}]}, FILES),
        ({"op": "reload", "files": [{"source": ""}]}, FILES),
        ({"op": "reload", "files": [{"path": "a", "source": 1}]}, FILES),
        ({"op": "reload", "files": [{"path": "a", "source": ""}, "b"]}, FILES),
        ({"op": "load", "file": "a"}, "Missing 'source' field"),
        ({"op": "interrupt", "target": []}, "'target' must be an integer"),
        ({"op": "clone", "session": "a"}, "Missing 'from' field"),
        ({"op": "close"}, "Missing 'session' field"),
        ({"op": "hello", "caps": "out"}, "'caps' must be an array"),
    ],
)
def test_what_is_wrong_with_a_request_is_a_sentence(message: Message, sentence: str) -> None:
    assert wire.problem(message) == sentence


@pytest.mark.parametrize(
    "message",
    [
        {"op": "ping"},
        {"op": "eval", "code": " ", "ns": None, "future": [1.5]},
        {"op": "load", "source": "", "file": "a"},
        {"op": "reload", "files": [{"path": "a", "source": ""}, {"path": "b.lpy", "source": "1", "lang": "basilisp"}]},
        {"op": "reload", "files": [{"path": "a", "source": None}]},
        {"op": "interrupt", "target": "a"},
        {"op": "interrupt", "target": 1},
        {"op": "interrupt"},
        {"op": "stdin", "text": ""},
        {"op": "hello", "caps": []},
    ],
)
def test_a_request_that_can_be_served_has_no_problem(message: Message) -> None:
    assert wire.problem(message) is None


@given(MESSAGES, st.sampled_from([*wire.REQUESTS, "x"]))
def test_any_message_is_a_request_or_has_a_problem(message: Message, op: str) -> None:
    problem = wire.problem({**message, "op": op})
    assert problem is None or problem


def test_a_load_without_source_has_a_problem() -> None:
    assert wire.problem({"op": "load", "file": "a"}) is not None


@pytest.mark.parametrize(
    ("text", "is_ref"),
    [
        ("sha256-" + "0af9" * 16, True),
        ("sha256-" + "0AF9" * 16, False),
        ("sha256-" + "0" * 63, False),
        ("sha256-" + "0" * 64 + "\n", False),
        ("sha256-../" + "0" * 61, False),
        ("md5-" + "0" * 64, False),
        ("", False),
    ],
)
def test_only_a_hash_names_a_picture(text: str, is_ref: bool) -> None:
    assert wire.is_ref(text) is is_ref
