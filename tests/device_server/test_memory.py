"""The memory of processes."""

from __future__ import annotations

import os

from device_server.memory import MeasuredMemory


def test_a_process_has_some() -> None:
    measured = MeasuredMemory().of([os.getpid(), None])
    assert [*measured] == [os.getpid()]
    assert (measured[os.getpid()] or 0) > 1_000_000


def test_it_is_not_measured_again_at_once() -> None:
    memory = MeasuredMemory()
    first = memory.of([os.getpid()])
    assert memory.of([os.getpid(), os.getppid()]) is first
