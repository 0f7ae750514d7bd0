"""How errors of user code reach a client: the caught keys of a request, and the messages of a failure.

A function that the request names is called with the exception on the device, where the exception is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Keys
from middleware.printing import Printing
from middleware.request import Message, Request

PREFIX: Constant = "nrepl.middleware.caught/"

OPTIONAL: Constant[Keys] = {
    f"{PREFIX}caught": "`namespace/name` of a function on the device that is called with the exception, to print "
    "what it likes; without it, `err` tells the error.",
    f"{PREFIX}print?": "Whether the exception comes printed, too, as values are.",
}
"""What ops that evaluate take."""

RETURNS: Constant[Keys] = {
    "ex": "The type of the exception, when status has eval-error.",
    "root-ex": "The type of its root cause.",
    f"{PREFIX}throwable": "The printed exception, if asked for.",
    f"{PREFIX}error": "Why the function that was named is not called.",
}
"""What they say of a failure, besides `err`."""


def wanted(request: Request) -> wire.Message:
    """The `caught` key of the device request; empty when nothing is wanted. Raises: Refusal."""
    told: wire.Message = {}
    function = request.text(f"{PREFIX}caught")
    if function:
        told["function"] = function
    if request.flag(f"{PREFIX}print?"):
        told["print"] = True
    return told


def failure(frame: wire.Message, printing: Printing, *, with_ns: bool) -> Iterator[Message]:
    """A `fault` or `error` frame: the text for a person, unless a function has told it, then what programs look at."""
    text, error = frames.failure(frame, with_ns=with_ns)
    if frame.get("caught") is not True:
        yield text
    if "throwable" in frame:
        yield from printing.text(f"{PREFIX}throwable", frame, error, frame_key="throwable")
    else:
        yield error
