"""What Python's exceptions mean to someone at a prompt. Not how they are told: reports.py and stacktraces.py."""

from __future__ import annotations

from device_server.languages import Phase, Report, reports, stacktraces
from device_server.wire import JSON, Message


def report(error: BaseException) -> Report:
    """A SyntaxError without frames of user code is a compile error with a place."""
    frames = reports.frames_of(error.__traceback__)
    names = (reports.class_name(error), reports.class_name(reports.root_of(error)))
    phase = phase_of(error)
    if isinstance(error, SyntaxError) and phase is not Phase.EXECUTE:
        return Report(f"{names[0]}: {error.msg}", phase, names, frames, location_of(error))
    return Report(reports.text_of(error), phase, names, frames, reports.place_of(frames))


def analysis(error: BaseException | None) -> Message:
    """The causes of an error and their calls, see stacktraces.py, and the `phase` in which it was raised."""
    found = stacktraces.analysis(error, _describe, stacktraces.python_call, ())
    return found if error is None else {**found, "phase": phase_of(error)}


def phase_of(error: BaseException) -> Phase:
    """When a request failed. A SyntaxError of a module that the request imports is one of its execution."""
    if not isinstance(error, SyntaxError) or reports.frames_of(error.__traceback__):
        return Phase.EXECUTE
    return Phase.COMPILE if error.text is None else Phase.READ  # only the parser's errors have the text


def location_of(error: SyntaxError) -> JSON:
    """`{file, line, column}`, from 1."""
    return {"file": error.filename or "", "line": error.lineno or 1, "column": error.offset or 1}


def _describe(cause: BaseException) -> Message:
    if isinstance(cause, SyntaxError) and phase_of(cause) is not Phase.EXECUTE:
        return {"message": cause.msg, "location": location_of(cause)}
    return {"message": _message(cause)}


def _message(error: BaseException) -> str:
    """With the notes that were added to it."""
    notes = getattr(error, "__notes__", ())
    return "\n".join((reports.message_of(error), *(str(note) for note in notes if isinstance(note, str))))
