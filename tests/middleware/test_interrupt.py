"""What an `interrupt` answers."""

from __future__ import annotations

import pytest

from middleware.request import Bencode, Interruption
from tests.middleware.fakes import FakeSession, replies_to


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (Interruption.DONE, ["done"]),
        (Interruption.IDLE, ["done", "session-idle"]),
        (Interruption.MISMATCH, ["error", "interrupt-id-mismatch", "done"]),
    ],
)
def test_each_outcome_has_its_status(outcome: Interruption, status: list[Bencode]) -> None:
    session = FakeSession()
    session.interruption = outcome
    (reply,) = replies_to({"op": "interrupt", "interrupt-id": "3"}, session)
    assert reply["status"] == status
    assert session.interrupted == ["3"]


def test_without_an_id_whatever_runs_is_meant() -> None:
    session = FakeSession()
    replies_to({"op": "interrupt"}, session)
    assert session.interrupted == [None]


def test_without_a_session_there_is_nothing_to_interrupt() -> None:
    session = FakeSession()
    session.is_ephemeral = True
    (reply,) = replies_to({"op": "interrupt"}, session)
    assert reply["status"] == ["error", "session-ephemeral", "done"]
