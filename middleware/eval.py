"""The op `eval`: code goes to the session's device, its frames become replies. The code itself runs there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final as Constant

from device_server import wire
from middleware import caught, content, frames, printing
from middleware.descriptor import Descriptor, OpSpec, Runs, provides
from middleware.inspector_settings import SETTINGS, settings
from middleware.printing import Printing
from middleware.replies import INTERRUPTED
from middleware.request import Final, Message, OnFrame, Refusal, Request

SPEC: Constant = OpSpec(
    doc="Evaluate code, form by form; each top-level form answers with a value of its own.",
    requires={"code": "The code, as text."},
    optional={
        "session": "The session to evaluate in; requests of one session are served in order.",
        "ns": "The namespace to evaluate in, for this request only; otherwise the session's own.",
        "lang": "The language of the code, instead of the session's: basilisp or python.",
        "file": "Where the code comes from, for error messages.",
        "line": "The line in that file where the code begins, from 1.",
        "column": "The column where it begins, from 1.",
        "timeout-ms": "After so many milliseconds the code is interrupted.",
        **printing.OPTIONAL,
        **caught.OPTIONAL,
        **content.OPTIONAL,
        "inspect": "Whether to inspect the value: `value` is then the inspector's page, see `inspect-push`.",
        **SETTINGS,
    },
    returns={
        "value": "The printed value of a form.",
        "ns": "The namespace after evaluating it.",
        "out": "What the code wrote to standard output.",
        "err": "What it wrote to standard error, or what went wrong.",
        **printing.RETURNS,
        **caught.RETURNS,
        **content.RETURNS,
        "path": "Of an inspected value; empty, since nothing has been gone into yet.",
        "status": "`need-input` when the code reads a line that nobody has sent yet.",
    },
    runs=Runs.IN_SESSION,
)


def middleware() -> Descriptor:
    """Handles `eval`."""
    return provides("eval", {"eval": (SPEC, evaluate)}, requires=frozenset({"session"}))


async def evaluate(request: Request) -> Final:
    """Serve one `eval`."""
    code = request.message["code"]
    if not isinstance(code, str):
        raise Refusal("'code' must be a string", "unknown-code-type")
    if not code:
        return {}  # REPLy counts on a bare `done`
    ns = request.text("ns")
    moves_ns = ns is None and request.text("lang") in (None, "", request.session.language)
    last = await request.session.ask(_frame(request, code, ns), showing(request, moves_ns=moves_ns))
    if moves_ns:
        _follow_ns(request, last)
    return conclude(request, last, ns, with_ns=True)


def place(request: Request) -> wire.Message:
    """The keys of a device request that say whose code it is and where in a file it begins."""
    keys: wire.Message = {"session": request.session.id}
    lang = request.text("lang") or request.session.lang
    if lang:
        keys["lang"] = lang
    for key in ("line", "column"):
        number = request.number(key)
        if number is not None and number > 0:
            keys[key] = number
    if told := Printing.of(request).told:
        keys["print"] = told
    if told := caught.wanted(request):
        keys["caught"] = told
    timeout_ms = request.number("timeout-ms")
    if timeout_ms is not None and timeout_ms > 0:
        keys["timeout_ms"] = timeout_ms
    return keys


def showing(request: Request, *, moves_ns: bool) -> OnFrame:
    """What to do with each frame before the last."""
    wanted = Printing.of(request)

    def show(frame: wire.Message) -> None:
        match frame.get("op"):
            case "out":
                request.send(frames.output(frame))
            case "value":
                send_all(request, content.value(request, wanted, frame, with_ns=True))
            case "fault":
                request.session.last_failure = frame
                send_all(request, caught.failure(frame, wanted, with_ns=True))
            case "unresolved":
                request.send(printing.unresolved(frame))
            case "need-input":
                if not request.session.serve_input():
                    request.send({"status": ["need-input"]})  # alone: Calva compares the whole list
        if moves_ns:
            _follow_ns(request, frame)

    return show


def conclude(request: Request, last: wire.Message, ns: str | None, *, with_ns: bool) -> Final:
    """The last message for the frame that ended the work; a failure of the code is sent before it.

    Raises: Refusal, when the namespace `ns` that the client asked for does not exist.
    """
    wanted = Printing.of(request)
    if last.get("op") != "error":
        send_all(request, content.value(request, wanted, last, with_ns=with_ns))
        return {}  # REPLy looks at nothing in the message that has `done`
    match last.get("type"):
        case wire.ErrorType.INTERRUPTED:
            if "restored" in last:  # it did not listen: say what that has cost
                request.send({"err": frames.text(last, "error") + "\n"})
            return INTERRUPTED
        case wire.ErrorType.NAMESPACE:
            raise Refusal(frames.text(last, "error"), "namespace-not-found", ns=ns or "")
    request.session.last_failure = last
    send_all(request, caught.failure(last, wanted, with_ns=with_ns))
    return {}


def send_all(request: Request, messages: Iterable[Message]) -> None:
    """Send messages that are not the last."""
    for message in messages:
        request.send(message)


def _frame(request: Request, code: str, ns: str | None) -> wire.Message:
    frame: wire.Message = {"op": "eval", "code": code, **place(request)}
    if ns:
        frame["ns"] = ns
    file = request.text("file")
    if file:
        frame["file"] = file
    if request.flag("inspect"):
        frame["inspect"] = settings(request)
    return frame


def _follow_ns(request: Request, frame: wire.Message) -> None:
    ns = frames.text(frame, "ns")
    if ns:
        request.session.ns = ns
