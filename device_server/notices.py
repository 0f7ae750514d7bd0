"""What a worker's processes say beside their frames: packets, each whole, some with a socket to answer to.

A copy says that it is parked; an import asks for source. What is done about it is worker_process.py's business.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass, field

from device_server import wire

PACKET_BYTES = 128 * 1024
"""The longest packet."""


@dataclass(slots=True)
class Arrived:
    """What could be read for now."""

    told: list[wire.Message] = field(default_factory=list)
    asked: list[tuple[wire.Message, socket.socket]] = field(default_factory=list)
    """Questions, each with where its answer goes: the receiver's to close."""
    is_last: bool = False
    """Whether nothing will come any more."""


def read(notices: socket.socket) -> Arrived:
    """Whatever has come to a socket that does not block. What is no message is dropped: user code can write to it."""
    arrived = Arrived()
    with contextlib.suppress(OSError):  # nothing more for now
        while not arrived.is_last:
            packet, fds, _, _ = socket.recv_fds(notices, PACKET_BYTES, 1, socket.MSG_CMSG_CLOEXEC)
            _sort(arrived, packet, fds)
    return arrived


def _sort(arrived: Arrived, packet: bytes, fds: list[int]) -> None:
    arrived.is_last = not packet
    found: list[wire.Message | wire.BadLine] = []
    with contextlib.suppress(wire.NotThisProtocolError):
        found = wire.Decoder().feed(packet)
    messages = [item for item in found if isinstance(item, dict)]
    if not fds:
        arrived.told += messages
        return
    asker = socket.socket(fileno=fds[0])
    if messages:
        arrived.asked.append((messages[0], asker))
    else:
        asker.close()
