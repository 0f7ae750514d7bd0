"""What exceptions have to say, whatever the language. Not their transport: worker.py sends them."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from types import TracebackType

from device_server.wire import JSON

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAX_FRAMES = 200
"""Frames told of one error: of a deeper stack the outermost and innermost halves."""


def text_of(error: BaseException) -> str:
    """`ClassName: message`; survives exceptions that cannot be printed."""
    try:
        message = str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as fault:  # a broken __str__ is the user's
        message = f"<its message could not be made: {type(fault).__name__}>"
    return f"{class_name(error)}: {message}" if message else class_name(error)


def class_name(error: BaseException) -> str:
    """The short name of an exception's class."""
    return type(error).__name__


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """The exception and what has led to it, the root last."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)


def root_of(error: BaseException) -> BaseException:
    """The exception at the beginning of the chain of causes."""
    *_, root = causes_of(error)
    return root


def frames_of(trace: TracebackType | None, machinery: tuple[str, ...] = ()) -> list[JSON]:
    """The calls of a traceback, outermost first, without those in Tether's or the `machinery`'s folders."""
    hidden = (_PACKAGE + os.sep, *machinery)
    summary = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    frames: list[JSON] = [_frame(frame) for frame in summary if not frame.filename.startswith(hidden)]
    if len(frames) > MAX_FRAMES:
        half = MAX_FRAMES // 2
        return frames[:half] + frames[-half:]
    return frames


def _frame(frame: traceback.FrameSummary) -> JSON:
    return {"file": frame.filename, "line": frame.lineno or 0, "name": frame.name}
