"""The ops `undef` and `undef-all`: names are taken out of a namespace. The namespaces are the device's."""

from __future__ import annotations

from typing import Final as Constant

from device_server import wire
from middleware.descriptor import Descriptor, OpSpec, Runs, as_ciders, provides
from middleware.macroexpand import refusal
from middleware.request import Final, Refusal, Request

_OPTIONAL: Constant = {
    "session": "The session in whose language it is.",
    "ns": "The namespace or module, instead of the session's own.",
    "lang": "The language, instead of the session's: basilisp or python.",
}
UNDEF: Constant = OpSpec(
    doc="Take a name out of a namespace: a var, an alias and a referred name; in Python a name of a module.",
    optional={
        **_OPTIONAL,
        "sym": "The name; `other/name`, or in Python `module.name`, is one of another namespace.",
        "symbol": "The same, from older clients.",
    },
    returns={"undef": "The name that is gone.", "ns": "The namespace that there is none of."},
    runs=Runs.IN_SESSION,
)
UNDEF_ALL: Constant = OpSpec(
    doc="Take everything out of a namespace that its file has put there.",
    optional=_OPTIONAL,
    returns={"undef-all": "The namespace.", "ns": "The namespace that there is none of."},
    runs=Runs.IN_SESSION,
)


def middleware() -> Descriptor:
    """Handles `undef` and `undef-all`."""
    ops = {"undef": (UNDEF, undef), "undef-all": (UNDEF_ALL, undef_all)}
    return provides("undef", as_ciders(ops), requires=frozenset({"session"}))


async def undef(request: Request) -> Final:
    """Serve one `undef`."""
    name = request.text("sym") or request.text("symbol")
    if not name:
        raise Refusal("Missing 'sym' parameter", "no-sym", "undef-error")
    last = await _remove(request, name)
    if not last.get("removed"):
        raise Refusal(f"There is no {name} in {_namespace(request)}", "undef-error")
    return {"undef": name}


async def undef_all(request: Request) -> Final:
    """Serve one `undef-all`."""
    await _remove(request, None)
    return {"undef-all": _namespace(request)}


async def _remove(request: Request, name: str | None) -> wire.Message:
    frame: wire.Message = {"op": "undef", "ns": _namespace(request), "session": request.session.id}
    if name is not None:
        frame["name"] = name
    if lang := request.text("lang") or request.session.lang:
        frame["lang"] = lang
    last = await request.session.ask(frame, _ignore)
    if last.get("op") == "error":
        raise refusal(request, last, "undef-error")
    return last


def _namespace(request: Request) -> str:
    return request.text("ns") or request.session.ns


def _ignore(_frame: wire.Message) -> None:
    """Taking names away sends nothing but its end."""
