"""The op `device-restart`: a fresh generation of what the session's device runs. The device prepares it."""

from __future__ import annotations

from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Descriptor, OpSpec, Runs, provides
from middleware.request import Bencode, Final, Refusal, Request

SPEC: Constant = OpSpec(
    doc="Begin anew on the session's device: a fresh process, with the project's modules imported again, takes the "
    "place of the one that serves as soon as it is ready. What runs is interrupted; this cannot be undone.",
    optional={"worker": "The name of the worker, `main` unless told.", "session": "The session."},
    returns={
        "generation": "Its number.",
        "ms": "Milliseconds that it took.",
        "failed": "The modules that could not be imported, each with the reason.",
    },
    runs=Runs.BESIDE,
)


def middleware() -> Descriptor:
    """Handles `device-restart`."""
    return provides("restart", {"device-restart": (SPEC, restart)}, requires=frozenset({"session"}))


async def restart(request: Request) -> Final:
    """Serve one `device-restart`."""
    worker = request.text("worker")
    frame: wire.Message = {"op": "restart", "session": request.session.id, **({"worker": worker} if worker else {})}
    last = await request.session.ask(frame, _ignore)
    if last.get("op") == "error":
        raise Refusal(frames.text(last, "error"), "restart-failed")
    failed = last.get("failed")
    texts: list[Bencode] = (
        [f"{frames.text(each, 'module')}: {frames.text(each, 'error')}" for each in failed if isinstance(each, dict)]
        if isinstance(failed, list)
        else []
    )
    return {"generation": _number(last, "generation"), "ms": _number(last, "ms"), "failed": texts}


def _number(last: wire.Message, key: str) -> int:
    value = last.get(key)
    return round(value) if isinstance(value, int | float) else 0


def _ignore(_frame: wire.Message) -> None:
    """A restart sends nothing but its end."""
