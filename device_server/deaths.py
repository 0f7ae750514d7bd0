"""What is said when a worker has died, to those who asked something of it and to those who watch. Not when."""

from __future__ import annotations

import time
from dataclasses import dataclass

from device_server import wire
from device_server.jobs import NAMES, Job
from device_server.parked import Parked


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back when a parked copy took over."""

    parked: Parked
    undone: list[Job]
    """Jobs that had changed the state after the copy was parked, oldest first."""
    latest: Job | None
    """The last job whose effects are there."""


def rewound(restored: Restored) -> wire.Message:
    """The answer to a rewind."""
    return {
        "op": "result",
        "undone": [{"id": job.id, "code": job.excerpt} for job in restored.undone],
        "to": restored.latest.id if restored.latest else None,
        "not_restored": restored.parked.not_restored,
    }


def crash(job: Job, end: str, restored: Restored | None) -> wire.Message:
    """The answer to the job that a worker died with."""
    name = NAMES.get(job.stop_reason, "Crash") if job.stop_reason else "Crash"
    answer: wire.Message = {"op": "error", "type": wire.ErrorType.CRASH, "ex": name, "root_ex": end}
    if restored is None:
        return {**answer, "error": f"{cause(job, end)} {_LOST}", "restored": None}
    told: wire.Message = {
        "to": restored.latest.id if restored.latest else None,
        "checkpoint_ms": _age_ms(restored),
        "lost": [each.id for each in restored.undone],
        "not_restored": restored.parked.not_restored,
    }
    return {**answer, "error": f"{cause(job, end)} {_what_is_back(job, restored)}", "restored": told}


def restarted() -> wire.Message:
    """The answer to the job that ran when its worker was restarted."""
    kind = wire.ErrorType.INTERRUPTED
    text = "Interrupted: the worker was restarted; what was defined is gone"
    return {"op": "error", "type": kind, "ex": NAMES[kind], "root_ex": NAMES[kind], "error": text, "restored": None}


def died(why: str, session: str | None, restored: Restored | None) -> wire.Message:
    """What watchers hear: why, with whose job, what is back and whose evals it has cost; null when all is lost."""
    message: wire.Message = {"op": "died", "error": why, "session": session, "restored": None, "lost": []}
    if restored is None:
        return message
    back: wire.JSON = {"checkpoint_ms": _age_ms(restored), "not_restored": restored.parked.not_restored}
    lost: wire.JSON = [{"session": job.message["session"], "code": job.excerpt} for job in restored.undone]
    return {**message, "restored": back, "lost": lost}


def _age_ms(restored: Restored) -> int:
    return round((time.monotonic() - restored.parked.taken) * 1000)


_LOST = "A new one has taken its place; what was defined is lost"


def cause(job: Job | None, end: str) -> str:
    """Why a worker died, in a sentence: in itself, or because its job had to be stopped."""
    match job.stop_reason if job else None:
        case None:
            return f"The worker died: {end}."
        case wire.ErrorType.MEMORY:
            return "The worker was ended: it used more memory than it may."
        case reason:
            return f"Stopped ({reason}). The code did not listen, so its process was replaced."


def _what_is_back(job: Job, restored: Restored) -> str:
    undone = len(restored.undone)
    earlier = "" if not undone else " and the one before it" if undone == 1 else f" and the {undone} before it"
    if job.message["op"] == "reload":
        return f"The edit was not applied; the code from before it{earlier} runs on{_missing(restored)}"
    return f"The state from before this eval{earlier} is restored{_missing(restored)}"


def _missing(restored: Restored) -> str:
    missing = restored.parked.not_restored
    return f", but for: {', '.join(map(str, missing))}" if missing else ""
