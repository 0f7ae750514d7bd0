"""Jobs: output on its way, and the one terminal message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device_server import wire
from device_server.jobs import Job
from device_server.wire import ErrorType, Message


class Asking:
    """A client that keeps what it is sent."""

    def __init__(self, *caps: str) -> None:
        self.caps = frozenset(caps)
        self.is_congested = False
        self.sent: list[Message] = []
        self.ended: list[Job] = []

    def when_relieved(self, call: Callable[[], None]) -> None:
        raise AssertionError("no job waits by itself")

    def send(self, message: Message) -> None:
        self.sent.append(message)

    def on_job_end(self, job: Job) -> None:
        self.ended.append(job)


def job_of(client: Asking) -> Job:
    return Job(client, {"op": "eval", "code": "1"}, job_id="a", serial=7)


def test_the_answer_has_the_clients_id_not_the_workers() -> None:
    client = Asking()
    job_of(client).end({"op": "result", "id": 7, "value": "1"})
    assert client.sent == [{"op": "result", "id": "a", "value": "1"}]


def test_output_is_folded_into_the_answer() -> None:
    client = Asking()
    job = job_of(client)
    for stream, text in (("out", "a"), ("err", "b"), ("out", "c")):
        job.output(stream, text)
    assert client.sent == []
    job.end({"op": "result", "id": 7})
    assert client.sent == [{"op": "result", "id": "a", "out": "ac", "err": "b"}]


def test_output_is_passed_on_at_once_to_those_who_take_it() -> None:
    client = Asking(wire.CAP_OUT)
    job = job_of(client)
    job.output("err", "b")
    assert client.sent == [{"op": "out", "id": "a", "stream": "err", "text": "b"}]
    job.end({"op": "result", "id": 7})
    assert client.sent[1:] == [{"op": "result", "id": "a"}]


def test_output_after_the_end_still_reaches_those_who_take_it() -> None:
    client = Asking(wire.CAP_OUT)
    job = job_of(client)
    job.end({"op": "result", "id": 7})
    job.output("out", "from a thread")
    assert client.sent[-1] == {"op": "out", "id": "a", "stream": "out", "text": "from a thread"}


def test_output_after_the_end_is_dropped_for_others() -> None:
    client = Asking()
    job = job_of(client)
    job.end({"op": "result", "id": 7})
    job.output("out", "from a thread")
    assert len(client.sent) == 1


def test_of_much_output_the_beginning_is_folded_and_the_answer_says_so() -> None:
    client = Asking()
    job = job_of(client)
    for _ in range(40):
        job.output("out", "x" * 50_000)
    job.output("err", "e")
    job.end({"op": "result", "id": 7})
    (answer,) = client.sent
    assert answer["truncated"] is True
    assert 1_000_000 < len(str(answer["out"])) < 1_100_000
    assert answer["err"] == "e"


def test_a_frame_that_ends_nothing_is_passed_on_under_the_clients_id() -> None:
    client = Asking()
    job = job_of(client)
    job.send({"op": "need-input", "id": 7})
    assert client.sent == [{"op": "need-input", "id": "a"}]
    assert not job.is_ended


@pytest.mark.parametrize("frame_type", [ErrorType.INTERRUPTED, ErrorType.CRASH])
@pytest.mark.parametrize("reason", [ErrorType.INTERRUPTED, ErrorType.TIMEOUT])
def test_a_stopped_job_says_why(frame_type: ErrorType, reason: ErrorType) -> None:
    client = Asking()
    job = job_of(client)
    job.stop_reason = reason
    job.end({"op": "error", "id": 7, "type": frame_type})
    assert client.sent[0]["type"] == reason
    assert job.was_stopped


@pytest.mark.parametrize("frame", [{"op": "result", "id": 7}, {"op": "error", "id": 7, "type": ErrorType.RUNTIME}])
def test_a_job_that_ends_by_itself_before_it_is_stopped_keeps_its_answer(frame: Message) -> None:
    client = Asking()
    job = job_of(client)
    job.stop_reason = ErrorType.INTERRUPTED
    job.end(frame)
    assert client.sent == [{**frame, "id": "a"}]
    assert not job.was_stopped


def test_a_crash_that_nobody_asked_for_stays_a_crash() -> None:
    client = Asking()
    job_of(client).end({"op": "error", "id": 7, "type": ErrorType.CRASH})
    assert client.sent[0]["type"] == ErrorType.CRASH


def test_who_waits_for_the_end_hears_of_it_after_the_answer() -> None:
    client = Asking()
    job = job_of(client)
    heard: list[int] = []
    job.when_ended(lambda ended: heard.append(len(client.sent)))
    job.end({"op": "result", "id": 7})
    assert heard == [1]
    assert client.ended == [job]


def test_time_runs_from_the_start_on_the_worker() -> None:
    job = job_of(Asking())
    assert job.elapsed_ms == 0
    job.started = 0.0
    assert job.elapsed_ms > 0
