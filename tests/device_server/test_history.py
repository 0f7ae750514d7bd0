"""What a rewind undoes and a death costs."""

from __future__ import annotations

import time

import pytest

from device_server import wire
from device_server.history import History
from device_server.hosting.errand import Errand
from device_server.jobs import Job
from device_server.parked import Parked


def job(serial: int) -> Job:
    return Job(Errand(None, lambda answer: None), {"op": "eval", "session": "s", "code": str(serial)}, serial, serial)


def copy(serial: int) -> Parked:
    return Parked(100 + serial, f"1-{serial}", serial, serial, [], time.monotonic())


@pytest.fixture
def history() -> History:
    history = History()
    for serial in (1, 2, 3):
        history.note(job(serial))
    return history


def test_what_a_restored_state_does_not_have_is_forgotten_oldest_first(history: History) -> None:
    assert [each.serial for each in history.forget_after(1)] == [2, 3]
    assert history.latest is not None
    assert history.latest.serial == 1


@pytest.mark.parametrize(("steps", "serial"), [(1, 2), (2, 1), (3, 0)])
def test_the_newest_copy_without_the_last_jobs_is_found(history: History, steps: int, serial: int) -> None:
    found = history.copy_before(steps, [copy(0), copy(1), copy(2), copy(3)])
    assert found is not None
    assert found.serial == serial


@pytest.mark.parametrize("steps", [0, -1, 4, wire.LIMIT_BYTES])
def test_further_back_than_it_remembers_there_is_none(history: History, steps: int) -> None:
    assert history.copy_before(steps, [copy(0), copy(3)]) is None


def test_the_jobs_after_the_oldest_copy_can_be_undone(history: History) -> None:
    assert history.count_undoable([copy(1), copy(3)]) == 2
    assert history.count_undoable([]) == 0


def test_a_fresh_state_has_no_history(history: History) -> None:
    history.clear()
    assert history.latest is None
