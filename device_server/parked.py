"""A copy of a worker that waits, as it tells of itself. How it is forked and woken is checkpoints.py's business."""

from __future__ import annotations

import time
from dataclasses import dataclass

from device_server import wire

_NAME_LIMIT = 40


@dataclass(frozen=True, slots=True)
class Parked:
    """A copy of the worker that waits."""

    pid: int
    name: str
    """`<pid of its forker>-<number>`"""
    serial: int
    """The last job whose effects it has; 0 when it has none."""
    evals: int
    """How many evals it has been through."""
    not_restored: list[wire.JSON]
    """What it does not have of the worker it was forked from, in words."""
    taken: float
    """When, by the monotonic clock, in seconds."""

    @property
    def forker(self) -> int:
        """The process that it is a copy of."""
        return int(self.name.partition("-")[0])


def parse(notice: wire.Message) -> Parked | None:
    """What a copy says of itself; None when it is not what a copy says: user code can write to the socket, too."""
    match notice:
        case {
            "pid": int(pid),
            "name": str(name),
            "serial": int(serial),
            "evals": int(evals),
            "not_restored": list(not_restored),
        } if pid > 1 and len(name) < _NAME_LIMIT and name.partition("-")[0].isdecimal():
            return Parked(pid, name, serial, evals, not_restored, time.monotonic())
    return None
