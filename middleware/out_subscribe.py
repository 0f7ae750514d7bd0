"""The ops `out-subscribe`, `out-unsubscribe` and `forward-system-output`: hearing what others' code writes."""

from __future__ import annotations

from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Descriptor, OpSpec, provides
from middleware.request import Final, Message, Request

_HEARD: Constant = {
    "out": "Later, again and again: what others wrote to standard output.",
    "err": "Likewise, to standard error.",
}
_SESSION: Constant = {"session": "The session; what its own requests write goes to them as ever."}
_MEANING: Constant = (
    "From now on send this session what others write on its device: the evals of other sessions and hosts, their "
    "threads, and what belongs to no request. Whoever reads slowly misses some of it, and is told so."
)

SUBSCRIBE: Constant = OpSpec(
    doc=_MEANING, optional=_SESSION, returns={"out-subscribe": "The session that is subscribed.", **_HEARD}
)
UNSUBSCRIBE: Constant = OpSpec(
    doc="Send this session nothing any more that others write.",
    optional=_SESSION,
    returns={"out-unsubscribe": "The session that is not subscribed any more."},
)
FORWARD: Constant = OpSpec(
    doc=f"{_MEANING} As nREPL has it: each message says that its source is the system.",
    optional=_SESSION,
    returns={"source": "`system`, beside out or err.", **_HEARD},
)


def middleware() -> Descriptor:
    """Handles these ops, those of cider-nrepl under both names."""
    ops = {
        "out-subscribe": (SUBSCRIBE, subscribe),
        "cider/out-subscribe": (SUBSCRIBE, subscribe),
        "out-unsubscribe": (UNSUBSCRIBE, unsubscribe),
        "cider/out-unsubscribe": (UNSUBSCRIBE, unsubscribe),
        "forward-system-output": (FORWARD, forward),
    }
    return provides("out-subscribe", ops, requires=frozenset({"session"}))


async def subscribe(request: Request) -> Final:
    """Serve one `out-subscribe`."""
    request.session.listen(request)
    return {"out-subscribe": request.session.id}


async def unsubscribe(request: Request) -> Final:
    """Serve one `out-unsubscribe`; harmless for a session that is not subscribed."""
    request.session.listen(None)
    return {"out-unsubscribe": request.session.id}


async def forward(request: Request) -> Final:
    """Serve one `forward-system-output`."""
    request.session.listen(request)
    return {}


def overheard(frame: wire.Message, op: str) -> Message:
    """Output of others, for a session that has subscribed by `op`."""
    source: Message = {"source": "system"} if op == "forward-system-output" else {}
    return {**frames.output(frame), **source}
