"""The inspector's ops, under two names each. The values stay on the device; it draws the pages that are passed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final as Constant

from device_server import wire
from middleware import eval as evaluating
from middleware import frames, printing
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, Served, as_ciders, provides
from middleware.inspector_settings import SETTINGS, settings
from middleware.printing import Printing
from middleware.replies import INTERRUPTED
from middleware.request import Final, Handler, Refusal, Request

RETURNS: Constant[Keys] = {
    "value": "The page, as Emacs reads it: texts, `(:newline)`, and `(:value text idx)` for what can be gone into.",
    "out": "What was written to standard output while values were printed.",
    "path": "How code would reach the value from the one inspected first; empty when none would.",
}
_SESSION: Constant[Keys] = {"session": "The session that has inspected a value; each has an inspector of its own."}
_IDX: Constant[Keys] = {"idx": "The number of the value on the page."}

PRINT: Constant = OpSpec(
    doc="Print the value that is inspected.",
    optional={**_SESSION, **printing.OPTIONAL},
    returns={"value": "The printed value.", "out": RETURNS["out"], **printing.RETURNS},
    runs=Runs.IN_SESSION,
)


def _spec(doc: str, requires: Keys | None = None, optional: Keys | None = None) -> OpSpec:
    return OpSpec(doc, requires or {}, {**_SESSION, **(optional or {})}, RETURNS, Runs.IN_SESSION)


def _setting(key: str) -> OpSpec:
    return _spec("Change one setting and draw the page again.", {key: SETTINGS[key]})


def middleware() -> Descriptor:
    """Handles the `inspect-` ops; a value gets there by `eval` with `inspect`."""
    ops: dict[str, Served] = {
        "inspect-push": (_spec("Go into a value of the page.", _IDX), push),
        "inspect-refresh": (_spec("Draw the page again, with other settings.", None, SETTINGS), refresh),
        "inspect-def-current-value": (_spec("Give the inspected value a name.", _DEFINED), define),
        "inspect-last-exception": (_spec("Inspect the session's last error.", None, _CAUSE), last_exception),
        "inspect-print-current-value": (PRINT, print_current_value),
        **{f"inspect-{name}": (_spec(doc), _acting(action)) for name, (action, doc) in _SIMPLE.items()},
        **{f"inspect-set-{key}": (_setting(key), refresh) for key in _SET_BY_OPS},
    }
    return provides("inspector", as_ciders(ops), requires=frozenset({"session"}))


_DEFINED: Constant[Keys] = {"ns": "The namespace or module.", "var-name": "The name it gets there."}
_CAUSE: Constant[Keys] = {
    "index": "0 for the error itself, 1 for its cause, and so on.",
    "ex-data": "Whether to inspect the data that it carries instead.",
    **SETTINGS,
}
_SET_BY_OPS: Constant = ("page-size", "max-atom-length", "max-coll-size", "max-nested-depth")
_SIMPLE: Constant[Mapping[str, tuple[str, str]]] = {
    "pop": ("pop", "Back to the value from which this one was gone into."),
    "next-page": ("next-page", "The next page of the value's items."),
    "prev-page": ("previous-page", "The page of items before this one."),
    "next-sibling": ("next-sibling", "The item after this one in the sequence from which it was gone into."),
    "previous-sibling": ("previous-sibling", "The item before this one."),
    "clear": ("clear", "Let go of the inspected values."),
    "toggle-pretty-print": ("toggle-pretty-print", "Print values in several lines, or again on one."),
    "toggle-view-mode": ("toggle-view-mode", "Show the value's attributes, or again what it is."),
}
"""End of an op's name -> the device's action and what it does."""


async def push(request: Request) -> Final:
    """Serve one `inspect-push`."""
    idx = request.message["idx"]
    if not isinstance(idx, int):
        raise Refusal("'idx' must be an integer", "bad-idx")
    return await _act(request, {"action": "push", "index": idx})


async def refresh(request: Request) -> Final:
    """Serve one `inspect-refresh`, or one that changes a single setting."""
    return await _act(request, {"action": "refresh", "options": settings(request)})


async def define(request: Request) -> Final:
    """Serve one `inspect-def-current-value`."""
    ns, name = request.text("ns") or "", request.text("var-name") or ""
    return await _act(request, {"action": "define", "ns": ns, "name": name})


async def last_exception(request: Request) -> Final:
    """Serve one `inspect-last-exception`."""
    options = {**settings(request), "data": request.flag("ex-data")}
    return await _act(request, {"action": "last-exception", "index": request.number("index") or 0, "options": options})


async def print_current_value(request: Request) -> Final:
    """Serve one `inspect-print-current-value`."""
    wanted = Printing.of(request)
    last = await _ask(request, {"action": "print", "print": wanted.told})
    if last.get("op") == "error":
        return INTERRUPTED
    evaluating.send_all(request, wanted.value(last, with_ns=False))
    return {}


def _acting(action: str) -> Handler:
    async def act(request: Request) -> Final:
        return await _act(request, {"action": action})

    return act


async def _act(request: Request, keys: wire.Message) -> Final:
    last = await _ask(request, keys)
    if last.get("op") == "error":
        return INTERRUPTED
    return {"value": frames.text(last, "value"), "path": frames.text(last, "path")}


async def _ask(request: Request, keys: wire.Message) -> wire.Message:
    """The device's answer: a result, or that it was interrupted. Raises: Refusal."""
    frame: wire.Message = {"op": "inspect", "session": request.session.id, "lang": request.session.language, **keys}
    last = await request.session.ask(frame, evaluating.showing(request, moves_ns=False))
    refused = frames.text(last, "refused")
    if last.get("op") == "error" and last.get("type") != wire.ErrorType.INTERRUPTED:
        refused = frames.text(last, "error")
    if refused:
        raise Refusal(refused, "inspect-refused", "clojure-only")  # the second makes CIDER show the text
    return last
