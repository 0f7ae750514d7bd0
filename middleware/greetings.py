"""What editors for Clojure evaluate by themselves when they connect, answered in sessions of another language.

Only these very texts are meant: whatever a person could have typed goes to the device.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final as Constant

from middleware.descriptor import Descriptor, OpSpec
from middleware.request import Final, Handler, Request

CURRENT_NS: Constant = "*ns*"
"""Calva's first message; it takes the `ns` of the answer for where it is."""
REQUIRES: Constant = (
    "(when-let [requires (resolve 'clojure.main/repl-requires)] (clojure.core/apply clojure.core/require @requires))"
)
"""What CIDER and Calva begin a session with; how it is broken into lines differs."""


def middleware() -> Descriptor:
    """Sees each `eval` before the device does."""

    def wrap(inner: Handler, _ops: Mapping[str, OpSpec]) -> Handler:
        async def greet(request: Request) -> Final:
            answer = greeted(request) if request.op == "eval" else None
            return answer if answer is not None else await inner(request)

        return greet

    return Descriptor("greetings", {}, wrap, requires=frozenset({"session"}), expects=frozenset({"eval"}))


def greeted(request: Request) -> Final | None:
    """The answer to a greeting; None for anything else, and in Clojure's own syntax, where it means something."""
    code, session = request.message.get("code"), request.session
    if not isinstance(code, str) or (request.text("lang") or session.language) == "basilisp":
        return None
    match " ".join(code.split()):
        case text if text == CURRENT_NS:
            return {"value": session.ns, "ns": session.ns}
        case text if text == REQUIRES:
            return {"value": "None", "ns": session.ns}
    return None
