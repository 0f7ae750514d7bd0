"""The ops that push edits of the project's files to a device, and tell what became of them. Reading is the bridge's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final as Constant
from typing import Protocol

from device_server import wire
from middleware import acks
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, Served, provides
from middleware.request import Bencode, Final, Refusal, Request

DEFAULT_MS: Constant = 10_000
LONGEST_MS: Constant = 600_000
"""Nobody waits longer for an edit."""
_SESSION: Constant[Keys] = {"session": "The session, whose device it is about."}


class Edits(Protocol):
    """The edits of the project's files, as the bridge pushes them."""

    async def push(self, device: str, paths: Sequence[str] | None, *, is_forced: bool) -> list[wire.Message]:
        """Push these files as they are now, or what differs from what the device has loaded; what became of it.

        `is_forced`: all of them runs again, whatever has changed. Raises: Refusal.
        """

    async def news_of(self, device: str, path: str, sha256: str, limit_s: float) -> wire.Message | None:
        """What became of the file with this content, as soon as the device was sent that.

        None when it was not sent in time. Raises: Refusal.
        """


RELOAD: Constant = OpSpec(
    doc="Push edits of the project's files to the session's device: those that differ from what it has loaded, or "
    "those that are named. All are applied or none. What became of it is told in a message before the last.",
    optional={
        "paths": "The files, absolute or below the project; otherwise whatever has changed.",
        "force": "Let all that is in them run again, whatever has changed; without paths, in all that is loaded.",
        **_SESSION,
    },
    returns={**acks.RETURNS, "status": "`reloaded`, or `reload-failed` in the last message too."},
    runs=Runs.BESIDE,
)
AWAIT: Constant = OpSpec(
    doc="Say what became of a file with a certain content, as soon as the session's device has been sent it.",
    requires={"path": "The file, absolute or below the project.", "sha256": "The hash of its bytes, in hexadecimal."},
    optional={"timeout-ms": f"How long to wait for it, {DEFAULT_MS} unless told.", **_SESSION},
    returns={**acks.RETURNS, "status": "`reloaded` or `reload-failed`; `timeout`, when it was not sent in time."},
    runs=Runs.BESIDE,
)
SUBSCRIBE: Constant = OpSpec(
    doc="From now on tell this session what becomes of every edit, on whichever device, by which host ever.",
    optional={"session": "The session."},
    returns={"reload-subscribe": "The session that is subscribed.", **acks.RETURNS},
)
UNSUBSCRIBE: Constant = OpSpec(
    doc="Tell this session nothing any more of edits.",
    optional={"session": "The session."},
    returns={"reload-unsubscribe": "The session that is not subscribed any more."},
)


def middleware(edits: Edits) -> Descriptor:
    """Handles `device-reload`, `reload-await`, `reload-subscribe` and `reload-unsubscribe`."""
    ops: dict[str, Served] = {
        "device-reload": (RELOAD, partial(reload, edits)),
        "reload-await": (AWAIT, partial(wait, edits)),
        "reload-subscribe": (SUBSCRIBE, subscribe),
        "reload-unsubscribe": (UNSUBSCRIBE, unsubscribe),
    }
    return provides("reload", ops, requires=frozenset({"session"}))


async def reload(edits: Edits, request: Request) -> Final:
    """Serve one `device-reload`."""
    device, paths = request.session.target().name, _paths(request)
    told = await edits.push(device, paths, is_forced=request.flag("force"))
    for news in told:
        request.send(acks.message(news, device))
    return {"status": ["error", "reload-failed"]} if any(map(acks.has_failed, told)) else {}


async def wait(edits: Edits, request: Request) -> Final:
    """Serve one `reload-await`."""
    device, path, sha256 = request.session.target().name, request.text("path"), request.text("sha256")
    if not path or not sha256:
        raise Refusal("'path' and 'sha256' must be strings that are not empty", "bad-path" if sha256 else "bad-sha256")
    limit_ms = request.number("timeout-ms")
    if limit_ms is None:
        limit_ms = DEFAULT_MS
    if not 0 <= limit_ms <= LONGEST_MS:
        raise Refusal(f"'timeout-ms' must be an integer from 0 to {LONGEST_MS}", "bad-timeout-ms")
    news = await edits.news_of(device, path, sha256.lower(), limit_ms / 1000)
    if news is None:
        raise Refusal(f"The device {device} was not sent {path} with that content within {limit_ms} ms", "timeout")
    told = acks.message(news, device)
    return {**told, "status": ["error", "reload-failed"]} if acks.has_failed(news) else told


async def subscribe(request: Request) -> Final:
    """Serve one `reload-subscribe`."""
    request.session.follow_edits(request)
    return {"reload-subscribe": request.session.id}


async def unsubscribe(request: Request) -> Final:
    """Serve one `reload-unsubscribe`; harmless for a session that is not subscribed."""
    request.session.follow_edits(None)
    return {"reload-unsubscribe": request.session.id}


def _paths(request: Request) -> list[str] | None:
    """The key `paths`. Raises: Refusal."""
    paths: Bencode | None = request.message.get("paths")
    if paths in (None, 0, "", []):
        return None
    texts = [path for path in paths if isinstance(path, str) and path] if isinstance(paths, list) else []
    if not isinstance(paths, list) or len(texts) < len(paths):
        raise Refusal("'paths' must be a list of strings, the paths of files", "bad-paths")
    return texts
