"""Refused requests."""

from __future__ import annotations

from tests.device_server.device import Host


def test_what_was_refused_is_told_as_the_request_was_wrong(host: Host) -> None:
    answer = host.ask("view-snapshot", view="v999")
    assert answer["type"] == "protocol"
    assert answer["error"].startswith("There is no view 'v999'")
