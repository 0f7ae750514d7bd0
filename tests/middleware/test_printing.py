"""Print keys of requests, and how printed texts are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from middleware.printing import Printing, unresolved
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to, request_for

KEY = "nrepl.middleware.print/"
PLAIN = ("cider.nrepl.pprint/pr", "nrepl.util.print/pr", "clojure.core/prn")
PRETTY = (
    *(f"cider.nrepl.pprint/{name}pprint" for name in ("", "clojure-", "orchard-", "fipp-", "puget-", "zprint-")),
    "nrepl.util.print/pprint",
    "clojure.pprint/pprint",
)


def printing(**keys: Bencode) -> Printing:
    """What a request with these print keys wants; `stream` and `buffer` stand for the names with other characters."""
    names = {"stream": f"{KEY}stream?", "buffer": f"{KEY}buffer-size", "pprint": "pprint"}
    message: Message = {names.get(name, KEY + name): value for name, value in keys.items()}
    return Printing.of(request_for({"op": "eval", **message}, FakeSession(), []))


@pytest.mark.parametrize("name", PLAIN)
def test_clients_plain_printers_are_ours(name: str) -> None:
    assert printing(print=name).told == {}


@pytest.mark.parametrize("name", PRETTY)
def test_clients_pretty_printers_are_ours(name: str) -> None:
    assert printing(print=name).told == {"pretty": True}


@pytest.mark.parametrize("calvas", [1, "true", "1", "t"])
def test_calvas_own_key_asks_for_pretty_printing(calvas: Bencode) -> None:
    assert printing(pprint=calvas).told == {"pretty": True}
    assert printing(pprint=calvas, print="cider.nrepl.pprint/pr").told == {}


@pytest.mark.parametrize("nothing", [0, "", [], "nil", "false"])
def test_nothing_is_said_in_many_ways(nothing: Bencode) -> None:
    assert printing(pprint=nothing, stream=nothing) == Printing({}, None)


@pytest.mark.parametrize("nothing", [0, "", [], "nil", {}])
def test_no_options_are_said_in_many_ways(nothing: Bencode) -> None:
    assert printing(options=nothing).told == {}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"right-margin": 120, "length": 50, "level": 7}, {"width": 120, "length": 50, "level": 7}),
        ({"width": "80", "print-length": "5", "print-level": 2}, {"width": 80, "length": 5, "level": 2}),
        ({"max-length": 3, "max-depth": 2}, {"length": 3, "level": 2}),
        ({"seq-limit": 3}, {"length": 3}),
        ({":length": 3}, {"length": 3}),
        ({"length": 0, "level": "nil", "right-margin": [], "unknown": 3}, {}),
        ({"length": -1, "level": "", "right-margin": "wide"}, {}),
    ],
)
def test_options_have_the_names_of_every_printer(options: Bencode, told: wire.Message) -> None:
    assert printing(options=options).told == told


def test_options_that_are_no_dictionary_are_refused() -> None:
    (reply,) = replies_to({"op": "eval", "code": "1", f"{KEY}options": ["length"]}, FakeSession())
    assert reply["status"] == ["error", "bad-options", "done"]


def test_any_other_printer_is_the_devices_to_find_with_all_its_options() -> None:
    options: Bencode = {"length": 3, "deep": {"a": ["x", b"\xff"]}}
    told: wire.Message = {"printer": "my.ns/render", "options": {"length": 3, "deep": {"a": ["x", "\ufffd"]}}}
    assert printing(print="my.ns/render", options=options).told == told


@pytest.mark.parametrize("quota", [10, "10"])
def test_the_quota_goes_to_the_device(quota: Bencode) -> None:
    assert printing(quota=quota).told == {"quota": 10}


def test_a_text_that_is_not_streamed_is_one_message() -> None:
    frame: wire.Message = {"value": "123", "ns": "user"}
    assert list(printing().value(frame, with_ns=True)) == [{"value": "123", "ns": "user"}]
    assert list(printing().value(frame, with_ns=False)) == [{"value": "123"}]


def test_a_text_that_was_cut_says_so_in_its_message() -> None:
    (message,) = printing().value({"value": "123", "truncated": True}, with_ns=True)
    assert message == {"value": "123", "status": [f"{KEY}truncated"], f"{KEY}truncated-keys": ["value"]}


def test_a_streamed_text_comes_in_pieces_and_then_its_namespace() -> None:
    frame: wire.Message = {"value": "12345", "ns": "user", "truncated": True}
    assert list(printing(stream="1", buffer=2).value(frame, with_ns=True)) == [
        {"value": "12"},
        {"value": "34"},
        {"value": "5"},
        {"status": [f"{KEY}truncated"]},
        {"ns": "user"},
    ]


def test_a_small_streamed_text_is_one_piece() -> None:
    frame: wire.Message = {"value": "3", "ns": "user"}
    assert list(printing(stream=1).value(frame, with_ns=True)) == [{"value": "3"}, {"ns": "user"}]


@given(text=st.text(max_size=50), size=st.integers(1, 20))
def test_the_pieces_make_up_the_text(text: str, size: int) -> None:
    *pieces, rest = printing(stream="1", buffer=size).value({"value": text, "ns": "n"}, with_ns=True)
    assert "".join(str(piece["value"]) for piece in pieces) == text
    assert all(len(str(piece["value"])) <= size for piece in pieces)
    assert rest == {"ns": "n"}


def test_a_result_without_a_value_says_nothing() -> None:
    assert list(printing(stream="1").value({"op": "result", "ns": "user"}, with_ns=True)) == []


def test_an_inspectors_page_is_never_in_pieces() -> None:
    frame: wire.Message = {"value": "(...)", "path": "", "ns": "user"}
    assert list(printing(stream="1", buffer=1).value(frame, with_ns=True)) == [
        {"value": "(...)", "path": "", "ns": "user"}
    ]


def test_a_function_that_is_not_found_is_told_under_its_keys_name() -> None:
    message = unresolved({"op": "unresolved", "key": "printer", "name": "a/b"})
    assert message == {f"{KEY}error": "Couldn't resolve var a/b", "status": [f"{KEY}error"]}


def test_the_error_comes_before_the_value_of_a_missing_printer() -> None:
    session = FakeSession()
    session.frames = [{"op": "unresolved", "key": "printer", "name": "a/b"}, {"op": "result", "value": "1"}]
    first, value, _ = replies_to({"op": "eval", "code": "1", f"{KEY}print": "a/b"}, session)
    assert first["status"] == [f"{KEY}error"]
    assert value == {"value": "1"}
    assert session.asked[0]["print"] == {"printer": "a/b", "options": {}}


def test_load_file_prints_as_it_is_told() -> None:
    session = FakeSession()
    keys: Message = {f"{KEY}stream?": "1", f"{KEY}print": "cider.nrepl.pprint/pprint", f"{KEY}quota": 9}
    replies = replies_to({"op": "load-file", "file": "3", **keys}, session)
    assert replies == [{"value": "3"}, {"status": ["done"]}]
    assert session.asked[0]["print"] == {"pretty": True, "quota": 9}
