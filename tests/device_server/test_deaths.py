"""What is told of a death."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from device_server import wire
from device_server.deaths import Restored, cause, crash, died, rewound
from device_server.jobs import Job
from device_server.parked import Parked

END = "SIGSEGV (Segmentation fault)"


class Nobody:
    """An asker who has gone."""

    caps: frozenset[str] = frozenset()
    is_congested = False

    def when_relieved(self, call: Callable[[], None]) -> None: ...

    def send(self, message: wire.Message) -> None: ...

    def on_job_end(self, job: Job) -> None: ...


def job_of(session: str, code: str) -> Job:
    return Job(Nobody(), {"op": "eval", "code": code, "session": session}, code, 1)


def restored(*undone: Job) -> Restored:
    return Restored(Parked(9, "5-1", 1, 1, ["the thread ticker"], time.monotonic() - 2), list(undone), None)


def test_a_crash_says_why_what_is_back_and_what_is_not() -> None:
    answer = crash(job_of("a", "(boom)"), END, restored(job_of("b", "(def x 1)")))
    assert answer["error"] == (
        f"The worker died: {END}. The state from before this eval and the one before it is restored, "
        "but for: the thread ticker"
    )
    told = answer["restored"]
    assert isinstance(told, dict)
    assert told["lost"] == ["(def x 1)"]


def test_a_crash_without_a_copy_says_that_all_is_lost() -> None:
    answer = crash(job_of("a", "(boom)"), END, None)
    assert (answer["type"], answer["restored"]) == (wire.ErrorType.CRASH, None)
    assert "what was defined is lost" in str(answer["error"])


@pytest.mark.parametrize(
    ("reason", "words"), [(None, END), (wire.ErrorType.MEMORY, "memory"), (wire.ErrorType.TIMEOUT, "timeout")]
)
def test_the_cause_is_why_the_job_was_stopped_if_it_was(reason: wire.ErrorType | None, words: str) -> None:
    job = job_of("a", "(boom)")
    job.stop_reason = reason
    assert words in cause(job, END)


def test_watchers_hear_whose_evals_a_death_has_cost() -> None:
    told = died(cause(None, END), "a", restored(job_of("b", "(def x 1)")))
    assert (told["op"], told["session"], told["error"]) == ("died", "a", f"The worker died: {END}.")
    assert told["lost"] == [{"session": "b", "code": "(def x 1)"}]
    back = told["restored"]
    assert isinstance(back, dict)
    assert isinstance(back["checkpoint_ms"], int)
    assert back["checkpoint_ms"] >= 2000
    assert back["not_restored"] == ["the thread ticker"]


def test_watchers_hear_that_nothing_is_back() -> None:
    assert died("why", None, None) == {"op": "died", "error": "why", "session": None, "restored": None, "lost": []}


def test_a_rewind_names_what_it_has_undone() -> None:
    answer = rewound(restored(job_of("b", "(def x 1)")))
    assert answer["undone"] == [{"id": "(def x 1)", "code": "(def x 1)"}]


def test_an_edit_that_the_worker_died_with_was_not_applied() -> None:
    job = Job(Nobody(), {"op": "reload", "files": [], "session": "a"}, 1, 1)
    answer = crash(job, END, restored(job_of("b", "(def x 1)")))
    assert answer["error"] == (
        f"The worker died: {END}. The edit was not applied; the code from before it and the one before it runs on, "
        "but for: the thread ticker"
    )
