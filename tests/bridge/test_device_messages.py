"""What is said when bridge and device meet, and lines taken apart."""

from __future__ import annotations

import pytest

from bridge.device_messages import hello, received, source_line, texts
from device_server import wire


def test_a_hello_tells_the_project_only_when_there_is_one() -> None:
    welcome: wire.Message = {"proto": wire.PROTOCOL, "auth": "none"}
    assert wire.CAP_SOURCE not in texts(hello(welcome, None, None), "caps")
    with_project = hello(welcome, "t", {"roots": ["/p"], "modules": ["app"]})
    assert wire.CAP_SOURCE in texts(with_project, "caps")
    assert with_project["project"] == {"roots": ["/p"], "modules": ["app"]}
    assert "token" not in with_project


def test_a_token_is_said_to_those_who_ask_for_it() -> None:
    assert hello({"proto": wire.PROTOCOL, "auth": "token"}, "t", None)["token"] == "t"


def test_another_version_is_refused() -> None:
    with pytest.raises(ConnectionError, match="version 99"):
        hello({"proto": 99}, None, None)


def test_an_answer_that_is_too_long_says_so() -> None:
    (answer,) = wire.Decoder().feed(source_line(3, {"found": True, "data": "x" * wire.LIMIT_BYTES}))
    assert answer == {"op": "source", "id": 3, "found": False, "error": "it is longer than a line may be"}


def test_what_is_no_message_ends_the_connection() -> None:
    with pytest.raises(ConnectionError, match="no device server"):
        received(wire.Decoder(), b"GET /\n")
    with pytest.raises(ConnectionError, match="bad line"):
        received(wire.Decoder(), b"{]\n")
