"""Tells a session's client which namespaces have changed, as cider-nrepl does: CIDER colours and indents by that.

The shape is cider-nrepl's own (its middleware track-state): all values are strings, a namespace is told whole, what
has gone is not told. Told are the namespaces of the program, those that they have aliases for, and Basilisp's core
under the name that CIDER looks for. Nobody else is told but those who have asked once: a client that knows no such
messages takes one for the answer to what it asks next.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final as Constant

from middleware.descriptor import Descriptor, OpSpec, Runs
from middleware.mirror import CORE, Mirror, Namespace, Symbol
from middleware.request import Bencode, Final, Handler, Message, Request

CORE_FOR_CIDER: Constant = "clojure.core"
NAMES: Constant = 2000
"""Of a namespace so many names are told: the first in the alphabet."""
FOLLOWERS: Constant = ("CIDER",)
"""Clients that are told without having asked."""
INHIBIT: Constant = "inhibit-cider-middleware"

_BODIES: Constant = ("body", "forms", "exprs")

GET_STATE: Constant = OpSpec(
    doc="Say which namespaces have changed since the session was told last. From then on, and to CIDER from the "
    "beginning, the same is said unasked after each request that has changed some, in a message with status `state`.",
    optional={"session": "The session."},
    returns={
        "repl-type": "clj.",
        "changed-namespaces": "Name -> aliases: alias -> namespace, and interns: name -> fn, macro, deprecated, "
        f"style/indent, each if it applies. Of each namespace at most {NAMES} names.",
        "status": "state.",
    },
)


def middleware() -> Descriptor:
    """Handles `get-state`, also as cider-nrepl's op, and follows every request that runs in the session's queue."""
    told = {"get-state": GET_STATE, "cider/get-state": GET_STATE}

    def wrap(inner: Handler, ops: Mapping[str, OpSpec]) -> Handler:
        async def track(request: Request) -> Final:
            if request.op in told:
                return _state(request)
            spec = ops.get(request.op)
            if spec and spec.runs is Runs.IN_SESSION and not request.flag(INHIBIT):
                request.after_done.append(partial(_tell, request))
            return await inner(request)

        return track

    return Descriptor("track-state", told, wrap, frozenset({"session"}), frozenset({"eval", "load-file"}))


def _tell(request: Request) -> None:
    session = request.session
    follows = session.client in FOLLOWERS or (session.told_mirror is not None and not session.is_ephemeral)
    if not follows or session.mirror is session.told_mirror or session.language == "python":
        return
    state = _state(request)
    if state["changed-namespaces"]:
        request.send(state)


def _state(request: Request) -> Message:
    session = request.session
    before, session.told_mirror = session.told_mirror or Mirror(), session.mirror
    changed = changed_namespaces(before, session.mirror)
    return {"status": ["state"], "repl-type": "clj", "changed-namespaces": changed}


def changed_namespaces(before: Mirror, after: Mirror) -> dict[str, Bencode]:
    """Name of each namespace that is told now and was not told so before -> what it defines."""
    told_before = {name: before.namespaces[name] for name in _told(before)}
    changed = {name: after.namespaces[name] for name in sorted(_told(after))}
    return {
        CORE_FOR_CIDER if name == CORE else name: _described(namespace, after)
        for name, namespace in changed.items()
        if told_before.get(name) is not namespace
    }


def _told(mirror: Mirror) -> set[str]:
    """The namespaces that a client is told of."""
    found = {CORE}
    for name, each in mirror.namespaces.items():
        if each.lang != "python" and each.hash is None:  # not a library's
            found.update((name, *each.aliases.values()))
    found.discard(CORE_FOR_CIDER)  # Basilisp's own namespace of that name is empty
    known = mirror.namespaces
    return {name for name in found if name in known and known[name].is_described and known[name].lang != "python"}


def _described(namespace: Namespace, mirror: Mirror) -> Bencode:
    aliases: dict[str, Bencode] = {alias: name for alias, name in namespace.aliases.items() if alias != name}
    interns: dict[str, Bencode] = {}
    for name, symbol in _names(namespace, mirror):
        if len(interns) < NAMES and symbol.type != "special-form":
            interns[name] = _meta(symbol, is_indented=namespace.hash is None)
    return {"aliases": aliases, "interns": interns}


def _names(namespace: Namespace, mirror: Mirror) -> Iterator[tuple[str, Symbol]]:
    """What can be written in a namespace without qualification, but for the core's names."""
    yield from ((name, namespace.symbols[name]) for name in namespace.names)
    for name, full_name in namespace.refers.items():
        ns, _, own = full_name.partition("/")
        owner = mirror.namespaces.get(ns)
        if owner is not None and ns != CORE and own in owner.symbols:
            yield name, owner.symbols[own]


def _meta(symbol: Symbol, *, is_indented: bool) -> Bencode:
    meta: dict[str, Bencode] = {}
    if symbol.type == "function":
        meta["fn"] = "true"
    if symbol.type == "macro":
        meta["macro"] = "true"
        indent = _indent(symbol) if is_indented else None
        if indent is not None:
            meta["style/indent"] = str(indent)
    if symbol.deprecated:
        meta["deprecated"] = symbol.deprecated
    return meta


def _indent(macro: Symbol) -> int | None:
    """After how many arguments its body begins, if one of its argument lists ends so."""
    for arglist in macro.arglists:
        *before, ampersand, last = ["", "", *arglist.strip("[]").split()]
        if ampersand == "&" and last in _BODIES and "[" not in arglist[1:] and "{" not in arglist:
            return len(before) - 2
    return None
