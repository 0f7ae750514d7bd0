"""Errands of the supervisor."""

from __future__ import annotations

from device_server import wire
from device_server.hosting.errand import Errand
from device_server.jobs import Job


class Client:
    """Takes what it is sent."""

    caps = frozenset({wire.CAP_OUT, wire.CAP_ACK})
    is_congested = True

    def __init__(self) -> None:
        self.sent: list[wire.Message] = []

    def when_relieved(self, call: object) -> None:
        """Never."""

    def send(self, message: wire.Message) -> None:
        """Keep it."""
        self.sent.append(message)

    def on_job_end(self, job: Job) -> None:
        """It has ended."""


def test_output_goes_to_the_client_and_the_answer_does_not() -> None:
    client, answers = Client(), list[wire.Message]()
    job = Job(Errand(client, answers.append), {"op": "view-render", "session": "v1"}, 7, 1)
    job.output("out", "drawn")
    job.end({"op": "result"})
    assert client.sent == [{"op": "out", "id": 7, "stream": "out", "text": "drawn"}]
    assert answers == [{"op": "result", "id": 7}]


def test_what_nobody_has_asked_for_writes_to_nobody() -> None:
    answers = list[wire.Message]()
    errand = Errand(None, answers.append)
    job = Job(errand, {"op": "view-render", "session": "v1"}, 0, 1)
    job.output("out", "drawn")
    job.end({"op": "result"})
    assert answers == [{"op": "result", "id": 0}]
    assert not errand.is_congested


def test_a_client_that_is_behind_is_waited_for_but_need_not_acknowledge() -> None:
    errand = Errand(Client(), lambda answer: None)
    assert errand.is_congested
    assert errand.caps == {wire.CAP_OUT}
