"""The ops that load again what has changed: CIDER's `refresh` and clj-reload's `reload`, which are the same here.

A namespace counts as changed when its file has another text than the one that was loaded from here, or, if none was,
has become what it is since this server runs. Only what is loaded is looked at. Loading happens on the device, state
that a namespace keeps (`defonce`) stays, and those that use a changed namespace are left as they are.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Final as Constant

from device_server import wire
from middleware import eval as evaluating
from middleware import frames, stacktrace
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, Served, provides
from middleware.load_order import in_order
from middleware.project_sources import ProjectSources, SourceFile
from middleware.replies import INTERRUPTED
from middleware.request import Bencode, Final, Message, Refusal, Request

CLJ_RELOAD: Constant = "cider.clj-reload/"
_HOOKS_SESSION: Constant = "refresh"
"""The device's session of the functions before and after: a user's `*1` is not theirs to change."""
_FUNCTION: Constant = re.compile(r"[^\s\"'`~@()\[\]{};,\\^]+")

_OPTIONAL: Constant[Keys] = {
    "session": "The session; its requests are served in order.",
    "before": "The full name of a function without arguments, called first; if it raises, nothing is loaded.",
    "after": "The same, called when everything is loaded.",
}
_RETURNS: Constant[Keys] = {
    "reloading": "The namespaces that are loaded now, in this order; those used come before those that use them.",
    "progress": "The same in words, for the names with cider.clj-reload/.",
    "status": "`ok` or `error`; `invoking-before`, `invoked-before`, `invoking-after`, `invoked-after`, "
    "`invoked-not-resolved`.",
    "before": "The function, with the statuses about it.",
    "after": "The same.",
    "error": "What went wrong: a list of causes, each as `stacktrace` tells it.",
    "error-ns": "The namespace that could not be loaded; those after it have not been.",
    "out": "What was written to standard output.",
    "err": "What was written to standard error, or what went wrong.",
}
REFRESH: Constant = OpSpec(
    "Load the project's loaded namespaces and modules again whose files have changed.",
    optional=_OPTIONAL,
    returns=_RETURNS,
    runs=Runs.IN_SESSION,
)
REFRESH_ALL: Constant = OpSpec(
    "Load all of the project's loaded namespaces and modules again.",
    optional=_OPTIONAL,
    returns=_RETURNS,
    runs=Runs.IN_SESSION,
)
REFRESH_CLEAR: Constant = OpSpec(
    "Forget what has been loaded: the next refresh takes everything for changed.",
    optional={"session": "The session."},
    returns={"status": "`ok`, for the name with cider.clj-reload/."},
    runs=Runs.IN_SESSION,
)


@dataclass(slots=True)
class Tracker:
    """What is known to be loaded on a device."""

    since_ns: int
    """Files that have not changed since then count as loaded."""
    loaded: dict[str, str] = field(default_factory=dict)
    """Path -> the text that was loaded."""
    failed: set[str] = field(default_factory=set)
    """Paths of what could not be loaded, and of what was to be loaded after it."""

    def is_changed(self, file: SourceFile) -> bool:
        """Whether a refresh should load it."""
        if file.path in self.failed:
            return True
        known = self.loaded.get(file.path)
        return file.changed_ns > self.since_ns if known is None else known != file.text

    def clear(self) -> None:
        """Forget everything."""
        self.since_ns = 0
        self.loaded.clear()
        self.failed.clear()


def middleware(sources: ProjectSources, project: PurePath, clock: Callable[[], int] = time.time_ns) -> Descriptor:
    """Handles `refresh`, `refresh-all` and `refresh-clear`, under three names each; `project` is the user's root."""
    started_ns = clock()
    trackers: dict[str, Tracker] = {}

    def tracker(request: Request) -> Tracker:
        return trackers.setdefault(request.session.target().name, Tracker(started_ns))

    async def refresh(request: Request) -> Final:
        return await _Refresh(request, sources, project, tracker(request)).run(loads_all=False)

    async def refresh_all(request: Request) -> Final:
        return await _Refresh(request, sources, project, tracker(request)).run(loads_all=True)

    async def refresh_clear(request: Request) -> Final:
        tracker(request).clear()
        return {"status": ["ok"]} if request.op.startswith(CLJ_RELOAD) else {}

    served: dict[str, Served] = {
        "": (REFRESH, refresh),
        "-all": (REFRESH_ALL, refresh_all),
        "-clear": (REFRESH_CLEAR, refresh_clear),
    }
    names = ("refresh", "cider/refresh", f"{CLJ_RELOAD}reload")
    return provides(
        "refresh",
        {f"{name}{suffix}": each for name in names for suffix, each in served.items()},
        requires=frozenset({"session"}),
    )


class _FailedError(Exception):
    """Code on the device has failed, and the client has been told."""


class _Refresh:
    """Serves one request."""

    def __init__(self, request: Request, sources: ProjectSources, project: PurePath, tracker: Tracker) -> None:
        self._request = request
        self._sources = sources
        self._project = project
        self._tracker = tracker
        self._show = evaluating.showing(request, moves_ns=False)

    async def run(self, *, loads_all: bool) -> Final:
        """Load what is due, between the functions that the client names. Raises: Refusal."""
        hooks = {when: _function(self._request, when) for when in ("before", "after")}
        try:
            await self._call("before", hooks["before"])
            await self._load(await self._due(loads_all=loads_all), is_forced=loads_all)
            self._request.send({"status": ["ok"]})
            await self._call("after", hooks["after"])
        except _InterruptedError:
            return INTERRUPTED
        except _FailedError:
            pass
        return {}

    async def _due(self, *, loads_all: bool) -> list[tuple[str, SourceFile]]:
        """Names and files, in the order in which they are loaded."""
        known = self._request.session.mirror.namespaces
        paths = {name: each.file for name, each in known.items() if each.file is not None}
        read = await self._sources.read({*paths.values()})
        files = {name: read[path] for name, path in paths.items() if path in read}
        is_elsewhere = self._request.session.target().host is not None  # its files have other paths
        files |= await self._sources.find(
            [name for name, each in known.items() if name not in files and (is_elsewhere or not each.is_described)]
        )
        due = {
            name: file
            for name, file in files.items()
            if file.lang == known[name].lang  # a Basilisp namespace is known as a Python module, too
            if loads_all or self._tracker.is_changed(file)
        }
        return [(name, due[name]) for name in in_order(due, known)]

    async def _load(self, due: list[tuple[str, SourceFile]], *, is_forced: bool) -> None:
        names: list[Bencode] = [name for name, _ in due]
        started = time.perf_counter()
        self._request.send({"reloading": names})
        self._progress(f"Reloading {len(due)} namespaces...\n")
        self._tracker.failed |= {file.path for _, file in due}
        for name, file in due:
            self._progress(f"Loading {name}\n")
            frame: wire.Message = {
                "op": "reload",
                "files": [{**file.frame(), "name": name, "force": is_forced}],
                "session": self._request.session.id,
            }
            await self._ask({**frame, "lang": file.lang}, error_ns=name)
            self._tracker.loaded[file.path] = file.text
            self._tracker.failed.discard(file.path)
        self._progress(f"Reloaded {len(due)} namespaces in {round((time.perf_counter() - started) * 1000)} ms\n")

    def _progress(self, text: str) -> None:
        if self._request.op.startswith(CLJ_RELOAD):
            self._request.send({"progress": text})

    async def _call(self, when: str, function: str | None) -> None:
        """Call a function before or after, and tell so."""
        if function is None:
            return
        self._request.send({"status": [f"invoking-{when}"], when: function})
        lang = self._request.session.language
        code = _python_call(function) if lang == "python" else _basilisp_call(function)
        frame: wire.Message = {"op": "eval", "code": code, "lang": lang, "session": _HOOKS_SESSION}
        last = await self._ask(frame)
        is_resolved = frames.text(last, "value") in ("true", "True")
        self._request.send({"status": [f"invoked-{when}" if is_resolved else "invoked-not-resolved"], when: function})

    async def _ask(self, frame: wire.Message, error_ns: str | None = None) -> wire.Message:
        """Raises: _FailedError and _InterruptedError, when the client has been told."""

        def show(early: wire.Message) -> None:
            if early.get("op") != "value":  # of the call's own form
                self._show(early)

        last = await self._request.session.ask(frame, show)
        if last.get("op") != "error":
            return last
        if last.get("type") == wire.ErrorType.INTERRUPTED:
            raise _InterruptedError
        err, _ = frames.failure(last, with_ns=False)
        causes: list[Bencode] = [*await self._causes(frame, last)]
        error: Message = {"status": ["error"], "error": causes}
        if error_ns is not None:
            error["error-ns"] = error_ns
        self._request.send(error)
        self._request.send(err)
        raise _FailedError

    async def _causes(self, frame: wire.Message, last: wire.Message) -> list[Message]:
        """What a request has failed with, as stack traces are told."""
        session, found = self._request.session, list[Message]()
        if last.get("type") in stacktrace.TOLD_BY_DEVICE:
            question: wire.Message = {"op": "stacktrace", "session": frame["session"], "lang": frame["lang"]}
            analysis = await session.ask(question, lambda _: None)
            found = await stacktrace.shaped(analysis, session.files, self._project)
        return found or [stacktrace.bare(last)]


class _InterruptedError(Exception):
    """The request was interrupted."""


def _function(request: Request, key: str) -> str | None:
    """The name of a function. Raises: Refusal, when it is not a name."""
    name = request.text(key)
    if name and not _FUNCTION.fullmatch(name):
        raise Refusal(f"'{key}' must be the full name of a function, such as user/start", f"bad-{key}")
    return name or None


def _basilisp_call(function: str) -> str:
    """Whose value says whether there is such a function."""
    return f"(if-let [function (resolve '{function})] (do (function) true) false)"


def _python_call(function: str) -> str:
    """The same; `module.function` and `module/function` are one."""
    module, _, name = function.replace("/", ".").rpartition(".")
    found = f"getattr(__import__('sys').modules.get({module!r}), {name!r}, None)"
    return f"(lambda function: callable(function) and (function(), True)[1])({found})"
