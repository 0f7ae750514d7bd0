"""Generations of views on their way."""

from __future__ import annotations

from tests.device_server.device import Host

HANGING = "__import__('time').sleep(60)"


def test_a_view_that_is_being_started_can_be_interrupted(host: Host) -> None:
    number = host.request("view-start", lang="python", expression=HANGING, timeout_ms=15_000)
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.answer(number)["type"] == "interrupted"
    assert [worker["name"] for worker in host.ask("status")["workers"]] == ["main"]
