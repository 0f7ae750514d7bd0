"""The op `interrupt`: stops what a session runs. How that is done is the device's affair."""

from __future__ import annotations

from typing import Final as Constant

from middleware.descriptor import Descriptor, OpSpec, Runs, provides
from middleware.request import Final, Interruption, Refusal, Request

SPEC: Constant = OpSpec(
    doc="Interrupt what the session runs. The interrupted request ends with status interrupted.",
    optional={
        "session": "The session; a request without one cannot be interrupted.",
        "interrupt-id": "The id of the request to interrupt, running or queued; otherwise the one that runs.",
    },
    returns={"status": "`session-idle`, `interrupt-id-mismatch` or `session-ephemeral` when nothing was interrupted."},
    runs=Runs.BESIDE,
)


def middleware() -> Descriptor:
    """Handles `interrupt`."""
    return provides("interrupt", {"interrupt": (SPEC, interrupt)}, requires=frozenset({"session"}))


async def interrupt(request: Request) -> Final:
    """Serve one `interrupt`; the interrupted request has had its `done` before this one has."""
    if request.session.is_ephemeral:
        raise Refusal("Without a session there is nothing to interrupt", "session-ephemeral")
    target = request.message.get("interrupt-id")
    match await request.session.interrupt(target):
        case Interruption.IDLE:
            return {"status": ["session-idle"]}
        case Interruption.MISMATCH:
            raise Refusal("The session does not run a request with that id", "interrupt-id-mismatch")
        case Interruption.DONE:
            return {}
