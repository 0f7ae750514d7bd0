"""The gate: SIGINT raises in user code, is ignored in the worker's own, and waits while a frame is written."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator

import pytest

from device_server.interrupts import InterruptGate


@pytest.fixture
def gate() -> Iterator[InterruptGate]:
    before = signal.getsignal(signal.SIGINT)
    gate = InterruptGate()
    gate.install()
    yield gate
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def write_held(gate: InterruptGate, interrupts: int, write: Callable[[], None]) -> None:
    """Write while the gate is held, with SIGINTs just before."""
    with gate.hold():
        for _ in range(interrupts):
            interrupt()
        write()


def fail() -> None:
    raise ValueError("broken")


def test_a_new_gate_is_closed(gate: InterruptGate) -> None:
    interrupt()


def test_open_it_raises(gate: InterruptGate) -> None:
    gate.open()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_open_it_raises_every_time(gate: InterruptGate) -> None:
    gate.open()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            interrupt()


def test_closed_it_ignores(gate: InterruptGate) -> None:
    gate.open()
    gate.close()
    interrupt()


def test_what_came_while_it_was_closed_is_forgotten(gate: InterruptGate) -> None:
    interrupt()
    gate.open()
    with gate.hold():
        pass


def test_armed_it_raises_when_it_is_opened(gate: InterruptGate) -> None:
    gate.arm()
    interrupt()
    with pytest.raises(KeyboardInterrupt):
        gate.open()
    gate.close()
    gate.open()


def test_armed_it_owes_nothing_to_what_came_before(gate: InterruptGate) -> None:
    gate.arm()
    interrupt()
    gate.close()
    gate.arm()
    gate.open()


def test_armed_it_listens_whatever_user_code_did_to_the_signal(gate: InterruptGate) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gate.arm()
    gate.open()
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_held_it_raises_when_let_go(gate: InterruptGate) -> None:
    gate.open()
    written: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        write_held(gate, 1, lambda: written.append("the whole frame"))
    assert written


def test_several_while_held_are_one(gate: InterruptGate) -> None:
    gate.open()
    with pytest.raises(KeyboardInterrupt):
        write_held(gate, 2, lambda: None)
    with gate.hold():
        pass


def test_held_and_closed_it_ignores(gate: InterruptGate) -> None:
    with gate.hold():
        interrupt()


def test_what_fails_while_it_is_held_is_what_is_raised(gate: InterruptGate) -> None:
    gate.open()
    with pytest.raises(ValueError, match="broken"):
        write_held(gate, 1, fail)


def test_opened_again_it_owes_nothing(gate: InterruptGate) -> None:
    gate.open()
    with pytest.raises(ValueError, match="broken"):
        write_held(gate, 1, fail)
    gate.close()
    gate.open()
    with gate.hold():
        pass
