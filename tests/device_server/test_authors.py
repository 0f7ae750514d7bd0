"""To which job output belongs."""

from __future__ import annotations

from device_server.authors import REMEMBERED, Authors
from device_server.jobs import Job
from tests.device_server.test_deaths import Nobody


def job_of(op: str, session: str) -> Job:
    return Job(Nobody(), {"op": op, "session": session}, 1, 1)


def test_a_threads_output_belongs_to_the_latest_job_of_its_session() -> None:
    authors, first, second, other = Authors(), job_of("eval", "a"), job_of("test", "a"), job_of("eval", "b")
    for job in (first, second, other):
        authors.note(job)
    assert authors.of("a", other) is second
    assert authors.of("c", other) is None


def test_other_output_belongs_to_what_runs_or_ran_last() -> None:
    authors, job, running = Authors(), job_of("eval", "a"), job_of("eval", "b")
    assert authors.of(None, None) is None
    authors.note(job)
    assert authors.of(None, running) is running
    assert authors.of(None, None) is job


def test_nothing_belongs_to_a_request_that_runs_nothing() -> None:
    authors, job = Authors(), job_of("eval", "a")
    authors.note(job)
    silent = job_of("symbols", "b")
    authors.note(silent)
    assert authors.of(None, silent) is job
    assert authors.of("b", silent) is None


def test_a_closed_session_has_no_job() -> None:
    authors = Authors()
    authors.note(job_of("eval", "a"))
    authors.note(job_of("close", "a"))
    assert authors.of("a", None) is None


def test_the_jobs_of_so_many_sessions_are_known_and_no_more() -> None:
    authors = Authors()
    for number in range(REMEMBERED + 1):
        authors.note(job_of("eval", str(number)))
    assert authors.of("0", None) is None
    assert authors.of("1", None) is not None
