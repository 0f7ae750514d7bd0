"""The ops that point a session at a device."""

from __future__ import annotations

import pytest

from middleware.request import Bencode
from tests.middleware.fakes import FakeSession, replies_to

pytestmark = pytest.mark.parametrize("prefix", ["ios", "device"])


def test_connect_says_where_the_session_is_now(prefix: str) -> None:
    session = FakeSession()
    (reply,) = replies_to({"op": f"{prefix}-connect", "host": "10.0.0.2", "port": 5559}, session)
    assert (reply["ios-host"], reply["ios-port"], reply["ios-connected"]) == ("10.0.0.2", 5559, "true")
    assert session.address == ("10.0.0.2", 5559)


def test_the_port_is_5558_unless_told(prefix: str) -> None:
    session = FakeSession()
    replies_to({"op": f"{prefix}-connect", "host": "pad"}, session)
    assert session.address == ("pad", 5558)


@pytest.mark.parametrize("host", [None, "", 0, []])
def test_a_missing_host_is_named(prefix: str, host: Bencode | None) -> None:
    (reply,) = replies_to({"op": f"{prefix}-connect", **({} if host is None else {"host": host})}, FakeSession())
    assert reply["error"] == "Missing 'host' parameter"
    assert reply["status"] == ["error", "no-host", "done"]


@pytest.mark.parametrize("port", [0, -1, 65536, "x", [], {}])
def test_a_port_that_is_none_is_refused(prefix: str, port: Bencode) -> None:
    (reply,) = replies_to({"op": f"{prefix}-connect", "host": "pad", "port": port}, FakeSession())
    assert reply["status"] == ["error", "bad-port", "done"]


def test_a_failed_connect_says_where_and_why(prefix: str) -> None:
    session = FakeSession()
    session.unreachable = ConnectionRefusedError(111, "Connection refused")
    (reply,) = replies_to({"op": f"{prefix}-connect", "host": "pad"}, session)
    assert reply["error"] == "Failed to connect to iOS device at pad:5558"
    assert reply["reason"] == "Connection refused"
    assert reply["status"] == ["error", "connect-failed", "done"]


def test_disconnect_says_what_was_left_and_goes_back_to_local(prefix: str) -> None:
    session = FakeSession()
    session.address = ("pad", 5558)
    (reply,) = replies_to({"op": f"{prefix}-disconnect"}, session)
    assert (reply["device"], reply["ios-host"], reply["ios-connected"]) == ("local", "pad", "false")
    assert session.address is None


def test_status_of_a_session_on_local_names_no_host(prefix: str) -> None:
    (reply,) = replies_to({"op": f"{prefix}-status"}, FakeSession())
    assert reply == {"device": "local", "device-up": "true", "ios-connected": "false", "status": ["done"]}


def test_connect_may_name_a_language(prefix: str) -> None:
    session = FakeSession()
    replies_to({"op": f"{prefix}-connect", "host": "pad", "lang": "python"}, session)
    assert session.lang == "python"
