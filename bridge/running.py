"""The request that a session serves now: what interrupts, input and acknowledgements need to know of it."""

from __future__ import annotations

from functools import partial
from typing import Final

import trio

from bridge.device_link import DeviceLink, Pending
from device_server import wire
from middleware.request import Request

ACKNOWLEDGED_CHARS: Final = 128 * 1024
"""Output is acknowledged in pieces of this size; the device lets a request be eight of them ahead."""


class Running:
    """One request that is being served."""

    def __init__(self, request: Request) -> None:
        self.request: Final = request
        self.scope: Final = trio.CancelScope()
        self.ended: Final = trio.Event()
        """Set when the request has had its `done`."""
        self.link: DeviceLink | None = None
        self.pending: Pending | None = None
        """What it waits for on `link`."""
        self.wants_input = False
        self._unacknowledged = 0
        """Characters of output that the device has not been told to have gone on."""

    def waits_on(self, link: DeviceLink) -> bool:
        """Whether its end is still to come from there."""
        return self.link is link and self.pending is not None and not self.pending.last

    def count_output(self, chars: int) -> None:
        """So much has been sent to the client; once that has taken it the device is told, so that it can wait."""
        self._unacknowledged += chars
        if self._unacknowledged >= ACKNOWLEDGED_CHARS and self.link is not None and self.pending is not None:
            ack: wire.Message = {"op": "ack", "id": self.pending.id, "chars": self._unacknowledged}
            self._unacknowledged = 0
            self.request.when_sent(partial(self.link.tell, ack))
