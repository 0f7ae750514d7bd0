"""The op `analyze-last-stacktrace`: the session's last error, cause by cause, which the device tells.

Replies are shaped as CIDER's stack trace buffer and Calva's stack trace want them.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Descriptor, OpSpec, Runs, as_ciders, provides
from middleware.host_files import HostFiles, uri
from middleware.request import Bencode, Final, Message, Refusal, Request

SPEC: Constant = OpSpec(
    doc="Tell the session's last error: a message for each cause, the outermost first. Calva reads the first of them.",
    optional={"session": "The session whose last error it is."},
    returns={
        "class": "The full name of the exception's class.",
        "message": "What the exception says.",
        "phase": "Of the outermost cause: read-source, macroexpansion, compile-syntax-check or execution.",
        "data": "The data of an ex-info, printed.",
        "stacktrace": "The calls, innermost first: name, file, file-url if the host has the file, line, flags, and "
        "either ns, fn and var or class and method. Flags are clj or python, project, tooling, repl and dup.",
        "location": "Where it cannot be read or compiled: clojure.error/source, /line, /column, /phase and /symbol.",
        "file": "The file of that place, as the device names it.",
        "file-url": "The same file on the host, if it is there.",
        "path": "The same file, below the project if it is in there.",
        "line": "The line of that place, from 1.",
        "column": "Its column, from 1.",
        "status": "`no-error` when there has been none.",
    },
    runs=Runs.IN_SESSION,
)

TOLD_BY_DEVICE: Constant = (wire.ErrorType.COMPILE, wire.ErrorType.RUNTIME, wire.ErrorType.MEMORY)
"""Errors that are exceptions in the worker; of any other only its text is known."""


def middleware(project: PurePath) -> Descriptor:
    """Handles `analyze-last-stacktrace` and its older name `stacktrace`; `project` is the root of the user's files."""

    async def analyze(request: Request) -> Final:
        failure = request.session.last_failure
        if failure is not None and failure.get("type") not in TOLD_BY_DEVICE:
            request.send({**bare(failure), "phase": "execution"})
            return {}
        return await tell(request, _frame(request, failure or {}), project, "stacktrace-error")

    ops = dict.fromkeys(("analyze-last-stacktrace", "stacktrace"), (SPEC, analyze))
    return provides("stacktrace", as_ciders(ops), requires=frozenset({"session"}))


async def tell(request: Request, frame: wire.Message, project: PurePath, status: str) -> Final:
    """Ask the device for an error and tell its causes. Raises: Refusal, with that status."""
    analysis = await request.session.ask(frame, _ignore)
    if analysis.get("op") == "error":
        raise Refusal(frames.text(analysis, "error"), status)
    causes = await shaped(analysis, request.session.files, project)
    for cause in causes:
        request.send(cause)
    return {} if causes else {"status": ["no-error"]}


def bare(failure: wire.Message) -> Message:
    """The cause that a failure itself tells: no more is known when the error is no exception in the worker."""
    kind = frames.text(failure, "ex") or frames.text(failure, "type")
    return {"class": kind, "message": frames.text(failure, "error"), "stacktrace": []}


async def shaped(analysis: wire.Message, files: HostFiles, project: PurePath) -> list[Message]:
    """The causes that a device's answer to `stacktrace` tells, the outermost first; none in any other answer."""
    known, phase = _Files(files, project), frames.text(analysis, "phase")
    causes = [await _cause(each, phase, known) for each in _objects(analysis.get("causes"))]
    # CIDER takes the last phase that it reads for that of the whole error
    return [{**cause, "phase": phase} if number == 0 else cause for number, cause in enumerate(causes)]


class _Files:
    """The files that one error names, each asked for once."""

    def __init__(self, files: HostFiles, project: PurePath) -> None:
        self._files = files
        self._project = project
        self._paths: dict[str, str | None] = {}

    async def path(self, file: str) -> PurePath | None:
        """Where it is on the host; None for typed code and for what the host does not have."""
        if file not in self._paths:
            self._paths[file] = None if file.lstrip().startswith(("<", "*")) else await self._files.path(file)
        path = self._paths[file]
        return None if path is None else PurePath(path)

    def shown(self, path: PurePath) -> str:
        """Short enough for a line of a stack trace: below the project, or else only the file's name."""
        return str(path.relative_to(self._project)) if path.is_relative_to(self._project) else path.name

    def is_users(self, path: PurePath) -> bool:
        """Whether it is the project's own and no library that is installed in there."""
        return path.is_relative_to(self._project) and "site-packages" not in path.parts


async def _cause(told: wire.Message, phase: str, files: _Files) -> Message:
    calls: list[Bencode] = [await _call(each, files) for each in _objects(told.get("frames"))]
    cause: Message = {"class": frames.text(told, "class"), "message": frames.text(told, "message"), "stacktrace": calls}
    if data := frames.text(told, "data"):
        cause["data"] = data
    if isinstance(place := told.get("location"), dict):
        cause |= await _location(place, phase, files)
    return cause


async def _location(place: wire.Message, phase: str, files: _Files) -> Message:
    file, line, column = frames.text(place, "file"), _number(place, "line"), _number(place, "column")
    location: Message = {
        "clojure.error/source": file,
        "clojure.error/line": line,
        "clojure.error/column": column,
        "clojure.error/phase": phase,
    }
    if name := frames.text(place, "name"):
        location["clojure.error/symbol"] = name
    path = await files.path(file)
    on_host: Message = {} if path is None else {"file-url": uri(str(path)), "path": files.shown(path)}
    return {"location": location, "file": file, "line": line, "column": column, **on_host}


async def _call(told: wire.Message, files: _Files) -> Message:
    file = frames.text(told, "file")
    flags: list[Bencode] = [str(flag) for flag in _list(told.get("flags"))]
    call: Message = {"file": file, "line": _number(told, "line"), "flags": flags}
    call |= {key: frames.text(told, key) for key in ("name", "var", "ns", "class") if key in told}
    call |= {key: _rendered(frames.text(told, key)) for key in ("fn", "method") if key in told}
    path = await files.path(file)
    if path is not None:
        call |= {"file": files.shown(path), "file-url": uri(str(path))}
        if files.is_users(path) and "tooling" not in flags:
            flags.append("project")
    return call


def _rendered(name: str) -> str:
    """CIDER's buffer breaks off at a function whose name has nothing but slashes, such as that of division."""
    return name if re.search(r"[^/$]", name) else "divide" * name.count("/") or "?"


def _frame(request: Request, failure: wire.Message) -> wire.Message:
    frame: wire.Message = {"op": "stacktrace", "session": request.session.id}
    lang = frames.text(failure, "lang") or request.session.lang
    return {**frame, "lang": lang} if lang else frame


def _objects(told: wire.JSON) -> list[wire.Message]:
    return [each for each in _list(told) if isinstance(each, dict)]


def _list(told: wire.JSON) -> list[wire.JSON]:
    return told if isinstance(told, list) else []


def _number(told: wire.Message, key: str) -> int:
    number = told.get(key)
    return number if isinstance(number, int) else 1


def _ignore(_frame: wire.Message) -> None:
    """An analysis sends nothing but its end."""
