"""What a worker answers when something failed, and how an answer is made to fit in a line. Not when it is sent."""

from __future__ import annotations

from device_server import wire
from device_server.languages import Language, NamespaceNotFoundError, Phase, Report
from device_server.reload.reloader import Applied, Declined, Failed

_LINE_BYTES = wire.LIMIT_BYTES - 4096
"""The longest answer, without what the supervisor adds to it."""
_OTHER_KEYS_BYTES = 4096
"""Room for what an answer has beside its text."""


def failure(error: BaseException, language: Language, session: str) -> wire.Message:
    """What a form, or anything else that a language did, has failed with."""
    if isinstance(error, KeyboardInterrupt):
        return interrupted()
    if isinstance(error, NamespaceNotFoundError):
        text = f"There is no namespace {error}; load the file that defines it first"
        return {"op": "error", "type": wire.ErrorType.NAMESPACE, "error": text}
    report = _report(error, language, session)
    return {
        "op": "error",
        "type": _error_type(error, report),
        "error": report.text,
        "ex": report.names[0],
        "root_ex": report.names[1],
        "frames": report.frames,
        "location": report.location,
        "phase": report.phase,
        "lang": language.name,
    }


def _report(error: BaseException, language: Language, session: str) -> Report:
    """What the language has to say; should even that raise, only the error's class."""
    try:
        language.remember_error(error, session)
        return language.report(error)
    except BaseException as fault:  # of the exception's own code, or of what user code has changed
        name = type(error).__name__
        return Report(f"{name}: <no more can be told: {type(fault).__name__}>", Phase.EXECUTE, (name, name), [], None)


def _error_type(error: BaseException, report: Report) -> wire.ErrorType:
    if isinstance(error, MemoryError):
        return wire.ErrorType.MEMORY
    return wire.ErrorType.RUNTIME if report.phase is Phase.EXECUTE else wire.ErrorType.COMPILE


def interrupted() -> wire.Message:
    """A job was interrupted."""
    return {"op": "error", "type": wire.ErrorType.INTERRUPTED, "error": "Interrupted"}


def applied(made: Applied) -> wire.Message:
    """An edit of loaded files is in the running program."""
    return {
        "op": "result",
        "tier": made.tier.name.lower(),
        "state": made.outcome.state.name.lower(),
        "reason": made.outcome.reason,
        "stale": [*made.outcome.stale],
        "reloaded": [*made.outcome.reloaded],
        "phases": {**made.phases},
    }


def declined(made: Declined) -> wire.Message:
    """An edit asks for a new generation."""
    tier = made.tier.name.lower()
    return {"op": "result", "declined": True, "tier": tier, "reason": made.reason, "phases": {**made.phases}}


def not_applied(made: Failed, language: Language, session: str) -> wire.Message:
    """An edit has failed: the error as for a form, and how far it came."""
    answer = failure(made.error, language, session)
    if made.notes:
        answer["error"] = f"{answer['error']} ({'; '.join(made.notes)})"
    if made.tier is not None:
        answer["tier"] = made.tier.name.lower()
    return {**answer, "phases": {**made.phases}}


def fitting_line(frame: wire.Message) -> bytes:
    """The frame as a line that hosts take; what is too long is cut, and the frame says so."""
    line = wire.encode(frame)
    if len(line) <= _LINE_BYTES:
        return line
    kept = {key: value for key, value in frame.items() if key in ("op", "id", "type", "ns", "ms", "images")}
    for key in ("value", "error"):
        text = frame.get(key)
        if isinstance(text, str):
            kept[key] = _cut(text)
    return wire.encode({**kept, "truncated": True})


def _cut(text: str) -> str:
    """As much of a text as fits, with its escapes, whatever it consists of."""
    while len(wire.encode({"": text})) > _LINE_BYTES - _OTHER_KEYS_BYTES:
        text = text[: len(text) // 2]
    return text
