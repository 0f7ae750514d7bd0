"""What a middleware can ask of a request."""

from __future__ import annotations

import pytest

from middleware.request import Bencode, Message, Refusal, Request
from tests.middleware.fakes import FakeSession, request_for


def request(**message: Bencode) -> Request:
    return request_for({**message}, FakeSession(), [])


def test_a_reply_echoes_id_and_session() -> None:
    sent: list[Message] = []
    request_for({"op": "eval"}, FakeSession(), sent).send({"value": "1"})
    assert sent == [{"value": "1", "id": "7", "session": "s1"}]


def test_a_reply_to_a_request_without_an_id_has_none() -> None:
    sent: list[Message] = []
    Request("stdin", None, {}, FakeSession(), "s1", sent.append, lambda call: call()).send({})
    assert sent == [{"session": "s1"}]


@pytest.mark.parametrize("nothing", [0, []])
def test_what_clients_write_for_nil_counts_as_absent(nothing: Bencode) -> None:
    asked = request(key=nothing)
    assert asked.text("key") is None
    assert asked.number("key") is None
    assert not asked.flag("key")


@pytest.mark.parametrize("yes", [1, "1", "t", "true"])
def test_every_way_to_say_yes_is_understood(yes: Bencode) -> None:
    assert request(key=yes).flag("key")


def test_a_number_may_be_written_as_a_string() -> None:
    assert request(key="5558").number("key") == 5558


@pytest.mark.parametrize("wrong", [["a"], {"a": 1}, b"\xff"])
def test_a_key_of_the_wrong_type_is_refused_by_name(wrong: Bencode) -> None:
    with pytest.raises(Refusal) as text:
        request(key=wrong).text("key")
    with pytest.raises(Refusal) as number:
        request(key=wrong).number("key")
    assert text.value.statuses == number.value.statuses == ("bad-key",)
