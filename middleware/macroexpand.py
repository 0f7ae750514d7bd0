"""The op `macroexpand`. The macros are the program's: the device expands and prints."""

from __future__ import annotations

from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Descriptor, OpSpec, Runs, as_ciders, provides
from middleware.request import Final, Refusal, Request

EXPANDERS: Constant = ("macroexpand", "macroexpand-1", "macroexpand-step", "macroexpand-all")
DISPLAYS: Constant = ("qualified", "tidy", "none")
_WIDTH: Constant = 80

SPEC: Constant = OpSpec(
    doc="Expand the macros of a form, without evaluating it.",
    requires={"code": "The form, as text."},
    optional={
        "session": "The session in whose language and namespace it is.",
        "ns": "The namespace, instead of the session's own.",
        "expander": "macroexpand, which is the default, -1, -step (the first that is found inside) or -all.",
        "display-namespaces": "How names are shown: qualified, which is the default, tidy or none.",
        "print-meta": "Anything but nil: metadata is shown.",
        "lang": "The language, instead of the session's; Python has no macros.",
        "timeout-ms": "After so many milliseconds the macros are interrupted.",
    },
    returns={"expansion": "The expanded form, laid out as code.", "ns": "The namespace that there is none of."},
    runs=Runs.IN_SESSION,
)


def middleware() -> Descriptor:
    """Handles `macroexpand`."""
    return provides("macroexpand", as_ciders({"macroexpand": (SPEC, macroexpand)}), requires=frozenset({"session"}))


async def macroexpand(request: Request) -> Final:
    """Serve one `macroexpand`."""
    last = await request.session.ask(_frame(request), _ignore)
    if last.get("op") == "error":
        raise refusal(request, last, "macroexpand-error")
    return {"expansion": frames.text(last, "expansion")}


def refusal(request: Request, last: wire.Message, status: str) -> Refusal:
    """What to answer when a tool of the device has failed."""
    text = frames.text(last, "error")
    if last.get("type") == wire.ErrorType.NAMESPACE:
        return Refusal(text, "namespace-not-found", status, ns=request.text("ns") or "")
    if last.get("type") == wire.ErrorType.INTERRUPTED:
        return Refusal(text, "interrupted", status)
    return Refusal(text, status)


def _frame(request: Request) -> wire.Message:
    code = request.text("code")
    if not code or not code.strip():
        raise Refusal("'code' must be a form", "macroexpand-error")
    frame: wire.Message = {
        "op": "macroexpand",
        "code": code,
        "session": request.session.id,
        "expander": _choice(request, "expander", EXPANDERS),
        "display": _choice(request, "display-namespaces", DISPLAYS),
        "print": {"width": _WIDTH, "meta": request.flag("print-meta")},
    }
    optional = {
        "lang": request.text("lang") or request.session.lang,
        "ns": request.text("ns"),
        "timeout_ms": request.number("timeout-ms"),
    }
    return {**frame, **{key: value for key, value in optional.items() if value}}


def _choice(request: Request, key: str, choices: tuple[str, ...]) -> str:
    chosen = request.text(key) or choices[0]
    if chosen not in choices:
        raise Refusal(f"'{key}' must be one of {', '.join(choices)}", "macroexpand-error")
    return chosen


def _ignore(_frame: wire.Message) -> None:
    """What a macro prints belongs to no eval."""
