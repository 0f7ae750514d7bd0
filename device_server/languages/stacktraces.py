"""An exception as its causes and their calls, for someone who looks through them. What a REPL says is in reports.py."""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import traceback
from collections.abc import Callable
from types import FrameType
from typing import Final, TypeAlias

from device_server.languages import reports
from device_server.wire import JSON, Message

Describe: TypeAlias = Callable[[BaseException], Message]
"""Keys of a cause: message, and where they are known data and location."""
NameCall: TypeAlias = Callable[[FrameType], Message]
"""Keys that name a call: name and lang, and either ns, fn and var, or class and method."""

MAX_CAUSES: Final = 50

_MACHINERY: Final = (
    reports.PACKAGE,
    "<frozen importlib",
    os.path.dirname(importlib.__file__) + os.sep,
    os.path.join(os.path.dirname(functools.__file__), "asyncio") + os.sep,
    functools.__file__,
)


def analysis(error: BaseException | None, describe: Describe, name: NameCall, machinery: tuple[str, ...]) -> Message:
    """`{causes}`, the outermost first, without any when there is no error.

    A cause is `{class, ...what describe says, frames}`; a frame, of which the innermost is first, is
    `{file, line, ...what name says, flags}`. Calls in files that begin like `machinery` are flagged as tooling.
    """
    hidden = (*_MACHINERY, *machinery)
    causes = itertools.islice(reports.causes_of(error), MAX_CAUSES) if error is not None else ()
    return {"causes": [{"class": _class(e), **describe(e), "frames": _calls(e, name, hidden)} for e in causes]}


def python_call(frame: FrameType) -> Message:
    """A call of a Python function: a module is the class of its functions."""
    *outer, method = frame.f_code.co_qualname.replace(".<locals>", "").split(".")
    owner = ".".join((str(frame.f_globals.get("__name__", "?")), *outer))
    return {"name": f"{owner}/{method}", "class": owner, "method": method, "lang": "python"}


def _class(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _calls(error: BaseException, name: NameCall, machinery: tuple[str, ...]) -> list[JSON]:
    trace = list(traceback.walk_tb(error.__traceback__))
    calls = [_call(frame, line or 0, name, machinery) for frame, line in reversed(reports.ends(trace))]
    for call, caller in itertools.pairwise(calls):
        if _is_same(call, caller) and isinstance(flags := caller["flags"], list):
            flags.append("dup")
    return [*calls]


def _call(frame: FrameType, line: int, name: NameCall, machinery: tuple[str, ...]) -> Message:
    file = frame.f_code.co_filename
    named = name(frame)
    flags: list[JSON] = [named.pop("lang")]
    if file.startswith(machinery):
        flags.append("tooling")
    elif reports.is_typed(file):
        flags.append("repl")
    return {"file": file, "line": line, **named, "flags": flags}


def _is_same(call: Message, caller: Message) -> bool:
    """Whether they are the same place for a reader: one function, or one line."""
    is_same_place = (call["file"], call["line"]) == (caller["file"], caller["line"])
    return is_same_place or call["name"] == caller["name"]
