"""The ops that reload what has changed: CIDER's `refresh` and clj-reload's `reload`, which are the same here.

A namespace counts as changed when its file has another text than the device has loaded. All that have changed go to the
device as one edit: all are reloaded or none, and what can keep its state does. Only what is loaded is looked at.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
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
    "reloading": "The namespaces that are reloaded now, in this order; those used come before those that use them.",
    "progress": "The same in words, for the names with cider.clj-reload/.",
    "status": "`ok` or `error`; `invoking-before`, `invoked-before`, `invoking-after`, `invoked-after`, "
    "`invoked-not-resolved`.",
    "before": "The function, with the statuses about it.",
    "after": "The same.",
    "error": "What went wrong: a list of causes, each as `stacktrace` tells it.",
    "error-ns": "The namespace that could not be reloaded, as far as that is known; none has been.",
    "out": "What was written to standard output.",
    "err": "What was written to standard error, or what went wrong.",
}
REFRESH: Constant = OpSpec(
    "Reload the loaded namespaces and modules of the project whose files have changed: all or, when one fails, none.",
    optional=_OPTIONAL,
    returns=_RETURNS,
    runs=Runs.IN_SESSION,
)
REFRESH_ALL: Constant = OpSpec(
    "Let all of the project's loaded namespaces and modules run again.",
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


def middleware(sources: ProjectSources, project: PurePath) -> Descriptor:
    """Handles `refresh`, `refresh-all` and `refresh-clear`, under three names each; `project` is the user's root."""
    cleared: set[str] = set()

    async def refresh(request: Request) -> Final:
        device = request.session.target().name
        serving = _Refresh(request, sources, project)
        final = await serving.run(loads_all=device in cleared)
        if serving.has_loaded:
            cleared.discard(device)
        return final

    async def refresh_all(request: Request) -> Final:
        return await _Refresh(request, sources, project).run(loads_all=True)

    async def refresh_clear(request: Request) -> Final:
        cleared.add(request.session.target().name)
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

    def __init__(self, request: Request, sources: ProjectSources, project: PurePath) -> None:
        self.has_loaded = False
        """Whether everything was reloaded that was due."""
        self._request = request
        self._sources = sources
        self._project = project
        self._show = evaluating.showing(request, moves_ns=False)

    async def run(self, *, loads_all: bool) -> Final:
        """Reload what is due, between the functions that the client names. Raises: Refusal."""
        hooks = {when: _function(self._request, when) for when in ("before", "after")}
        try:
            await self._call("before", hooks["before"])
            await self._load(await self._due(loads_all=loads_all), is_forced=loads_all)
            self.has_loaded = True
            self._request.send({"status": ["ok"]})
            await self._call("after", hooks["after"])
        except _InterruptedError:
            return INTERRUPTED
        except _FailedError:
            pass
        return {}

    async def _due(self, *, loads_all: bool) -> dict[str, SourceFile]:
        """By the names of namespaces, those used before those that use them."""
        told = (await self._ask({"op": "loaded"})).get("files")
        loaded = {path: str(sha256) for path, sha256 in told.items()} if isinstance(told, dict) else {}
        known = self._request.session.mirror.namespaces
        names = {each.file: name for name, each in known.items() if each.lang == "basilisp" and each.file}
        files = await self._sources.read(loaded)
        due = {
            names.get(path, file.module): file
            for path, file in files.items()
            if loads_all or file.text_sha256 != loaded[path]
        }
        return {name: due[name] for name in in_order(due, known)}

    async def _load(self, due: Mapping[str, SourceFile], *, is_forced: bool) -> None:
        names: list[Bencode] = [*due]
        started = time.perf_counter()
        self._request.send({"reloading": names})
        self._progress(f"Reloading {len(due)} namespaces...\n")
        for name in due:
            self._progress(f"Loading {name}\n")
        force: wire.Message = {"force": True} if is_forced else {}
        files: list[wire.JSON] = [{**file.frame(), **force} for file in due.values()]
        if files:
            session, lang = self._request.session.id, self._request.session.language
            await self._ask({"op": "reload", "files": files, "session": session, "lang": lang}, due)
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

    async def _ask(self, frame: wire.Message, due: Mapping[str, SourceFile] | None = None) -> wire.Message:
        """Of these namespaces one is to blame. Raises: _FailedError and _InterruptedError, when the client was told."""

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
        if (culprit := _culprit(due or {}, last)) is not None:
            error["error-ns"] = culprit
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


def _culprit(due: Mapping[str, SourceFile], failure: wire.Message) -> str | None:
    """The namespace where it has failed: the one that is named as the place, or else is the innermost in the calls."""
    calls = failure.get("frames")
    places = [failure.get("location"), *(calls if isinstance(calls, list) else [])]
    files = [frames.text(place, "file") for place in places if isinstance(place, dict)]
    by_path = {file.path: name for name, file in due.items()}
    found = [by_path[path] for path in files if path in by_path]
    return found[0] if found else next(iter(due), None)


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
