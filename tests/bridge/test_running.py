"""What a session knows of the request that it serves."""

from __future__ import annotations

from bridge.device_link import DeviceLink, Pending
from bridge.running import ACKNOWLEDGED_CHARS, Running
from device_server import wire
from middleware.request import Message
from tests.bridge.fakes import FakeDialer
from tests.middleware.fakes import FakeSession, request_for


class Told(DeviceLink):
    """A link that notes what the device would be told."""

    def __init__(self) -> None:
        super().__init__(FakeDialer())
        self.told: list[wire.Message] = []

    def tell(self, frame: wire.Message) -> None:
        self.told.append(frame)


def running_on(link: DeviceLink) -> Running:
    sent: list[Message] = []
    running = Running(request_for({"op": "eval"}, FakeSession(), sent))
    running.link, running.pending = link, Pending(5, {"op": "eval"}, lambda frame: None, lambda last: None)
    return running


async def test_output_is_acknowledged_in_large_pieces() -> None:
    link = Told()
    running = running_on(link)
    running.count_output(ACKNOWLEDGED_CHARS - 1)
    assert link.told == []
    running.count_output(2)
    assert link.told == [{"op": "ack", "id": 5, "chars": ACKNOWLEDGED_CHARS + 1}]


async def test_it_waits_on_its_device_until_that_has_ended_it() -> None:
    link = Told()
    running = running_on(link)
    assert running.waits_on(link)
    assert not running.waits_on(Told())
    assert running.pending is not None
    running.pending.end({"op": "result"})
    assert not running.waits_on(link)
