"""The one place that ends a request: it checks what an op requires, names what went wrong, sends `done`.

It does not know any op. Errors of user code are made on the device and are no concern of this file.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from middleware.request import Bencode, Final, Refusal, Request
from middleware.stack import Stack

log = logging.getLogger(__name__)

Answer: TypeAlias = Callable[[Request], Awaitable[None]]
"""Serves a request and sends its `done`. Raises nothing; cancelled, it has sent no `done`."""

INTERRUPTED: Final = {"status": ["interrupted"]}
"""The last message of a request that was interrupted."""


def answering(stack: Stack) -> Answer:
    """The stack as the bridge uses it."""

    async def answer(request: Request) -> None:
        finish(request, await _outcome(stack, request))

    return answer


def finish(request: Request, final: Final) -> None:
    """Send the last message of a request, and let those follow who wait for that."""
    request.send({**final, "status": _status(final.get("status", []))})
    for follow in request.after_done:
        try:
            follow()
        except Exception:  # the request itself has been served
            log.exception("what follows op %s failed", request.op)


def refuse(request: Request, refusal: Refusal) -> None:
    """Send the last message of a request that cannot be served."""
    finish(request, _refused(refusal))


async def _outcome(stack: Stack, request: Request) -> Final:
    try:
        _check_required(stack, request)
        return await stack.handler(request)
    except Refusal as refusal:
        return _refused(refusal)
    except Exception as error:  # whatever it is, a client is waiting for `done`
        log.exception("op %s failed", request.op)
        return _refused(Refusal(f"{type(error).__name__}: {error}", f"{request.op}-error"))


def _check_required(stack: Stack, request: Request) -> None:
    spec = stack.ops.get(request.op)
    for key in spec.requires if spec else ():
        if key not in request.message:
            raise Refusal(f"Missing '{key}' parameter", f"no-{key}")


def _refused(refusal: Refusal) -> Final:
    # editors show `err`, programs read `error`
    text = {"error": refusal.text, "err": refusal.text + "\n"}
    return {**text, **refusal.keys, "status": ["error", *refusal.statuses]}


def _status(said: Bencode) -> Bencode:
    """`done` last after what went wrong, first before a remark: nrepl.cmdline compares ["done", "session-idle"]."""
    if not isinstance(said, list):
        raise TypeError("status must be a list")
    return [*said, "done"] if said[:1] in (["error"], ["interrupted"]) else ["done", *said]
