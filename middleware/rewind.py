"""The op `device-rewind`: back to the state before the last evals. The device keeps the states."""

from __future__ import annotations

from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Descriptor, OpSpec, Runs, provides
from middleware.request import Bencode, Final, Refusal, Request

SPEC: Constant = OpSpec(
    doc="Undo the last evals on the session's device: everything in its memory is as it was before them.",
    optional={"steps": "How many evals, of whichever session; 1 unless told.", "session": "The session."},
    returns={
        "undone": "The code of each eval that was undone, shortened, oldest first.",
        "not-restored": "What could not be brought back, such as threads, in words.",
    },
    runs=Runs.IN_SESSION,
)


def middleware() -> Descriptor:
    """Handles `device-rewind`."""
    return provides("rewind", {"device-rewind": (SPEC, rewind)}, requires=frozenset({"session"}))


async def rewind(request: Request) -> Final:
    """Serve one `device-rewind`."""
    steps = request.number("steps") if "steps" in request.message else 1
    if steps is None or steps < 1:
        raise Refusal("'steps' must be an integer from 1 on", "bad-steps")
    last = await request.session.ask({"op": "rewind", "steps": steps}, _ignore)
    if last.get("op") == "error":
        raise Refusal(frames.text(last, "error"), "rewind-failed")
    undone = last.get("undone")
    codes: list[Bencode] = (
        [frames.text(each, "code") for each in undone if isinstance(each, dict)] if isinstance(undone, list) else []
    )
    return {"undone": codes, "not-restored": _texts(last.get("not_restored"))}


def _texts(values: wire.JSON) -> list[Bencode]:
    return [str(value) for value in values] if isinstance(values, list) else []


def _ignore(_frame: wire.Message) -> None:
    """A rewind sends nothing but its end."""
