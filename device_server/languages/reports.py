"""What exceptions have to say, whatever the language. Not their transport: worker.py sends them."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, TracebackType
from typing import Final, TypeAlias, TypeVar

from device_server.wire import JSON

T = TypeVar("T")
Name: TypeAlias = Callable[[FrameType], str]
"""What a call's function is called in its source."""

PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
_IMPORT_SYSTEM = "<frozen importlib."
_PACKAGE_FOLDERS = frozenset({"site-packages", "dist-packages"})
MAX_FRAMES = 200
"""Frames told of one error: of a deeper stack the outermost and innermost halves."""


def text_of(error: BaseException) -> str:
    """`ClassName: message`; survives exceptions that cannot be printed."""
    message = message_of(error)
    return f"{class_name(error)}: {message}" if message else class_name(error)


def message_of(error: BaseException) -> str:
    """What the exception says; survives those that cannot be printed."""
    try:
        return str(error)
    except KeyboardInterrupt:
        raise
    except BaseException as fault:  # a broken __str__ is the user's
        return f"<its message could not be made: {type(fault).__name__}>"


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


def _code_name(frame: FrameType) -> str:
    return frame.f_code.co_name


def frames_of(trace: TracebackType | None, machinery: tuple[str, ...] = (), name: Name = _code_name) -> list[JSON]:
    """The calls of a traceback, outermost first, without those of Tether, the import system and the `machinery`."""
    hidden = (PACKAGE, _IMPORT_SYSTEM, *machinery)
    calls = [call for call in traceback.walk_tb(trace) if not call[0].f_code.co_filename.startswith(hidden)]
    return [{"file": frame.f_code.co_filename, "line": line or 0, "name": name(frame)} for frame, line in ends(calls)]


def ends(calls: Sequence[T]) -> Sequence[T]:
    """Of more than MAX_FRAMES calls the halves at both ends."""
    half = MAX_FRAMES // 2
    return [*calls[:half], *calls[-half:]] if len(calls) > MAX_FRAMES else calls


def place_of(frames: list[JSON]) -> JSON:
    """The innermost call in a file that is no library's: where a person would look first. None for typed code."""
    for frame in reversed(frames):
        if isinstance(frame, dict) and not is_typed(file := str(frame["file"])) and not _is_library(file):
            return frame
    return None


def is_typed(file: str) -> bool:
    """Whether code comes from no file but from a prompt, a buffer such as `*cider-repl*`, or the interpreter itself."""
    return file.lstrip().startswith(("<", "*"))


def _is_library(file: str) -> bool:
    return file.startswith(_STANDARD_LIBRARY) or not _PACKAGE_FOLDERS.isdisjoint(file.split(os.sep))
