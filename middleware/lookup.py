"""The ops `lookup`, `info`, `eldoc` and `classify-symbols`: what a name stands for, told from the mirror.

Nothing here asks the device, but for the text of a library that nobody has opened yet: see host_files.py.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final as Constant
from typing import TypeAlias

from middleware import arglists, definitions
from middleware.definitions import Definition
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, as_ciders, provides
from middleware.host_files import location, uri
from middleware.python_names import PythonNames
from middleware.request import Bencode, Final, Message, Refusal, Request

Find: TypeAlias = Callable[[Request, str], Awaitable[list[Definition]]]
"""A request and a name -> what the name stands for where the request is."""

_NAME: Constant[Keys] = {
    "sym": "The name, as it is written in code.",
    "symbol": "Another key for sym.",
    "class": "A class, when sym is a member of it.",
    "member": "A member of the class, instead of sym.",
    "ns": "The namespace in which it is written; the session's own unless told.",
    "lang": "The language it is written in, instead of the session's: basilisp or python.",
    "session": "The session.",
}
_INFO: Constant[Keys] = {
    "name": "The name, without a qualifier.",
    "ns": "The namespace or module that defines it; of a member, its class.",
    "type": "function, macro, variable, special-form, namespace, module, class, method, static-method, field, ...",
    "doc": "Its documentation.",
    "arglists-str": "The ways to call it, one in a line.",
    "forms-str": "Of a special form, the forms it takes, one in a line.",
    "macro": '"true" for a macro.',
    "special-form": '"true" for a special form.',
    "added": "The version it came with.",
    "deprecated": "The version since which it should not be used.",
    "file": "The URI of the file that defines it, or the name of the buffer it was typed in.",
    "line": "The line there, from 1.",
    "column": "The column, from 1.",
}

LOOKUP: Constant = OpSpec(
    doc="Tell what a name stands for.",
    optional=_NAME,
    returns={
        "info": "What is known of it, an empty list when it stands for nothing: name, ns, doc, file, line, column, "
        "arglists, arglists-str, macro, special-form, added, deprecated.",
        "message": "What is wrong, when status has `lookup-error`.",
    },
    runs=Runs.BESIDE,
)
INFO: Constant = OpSpec(
    doc="Tell what a name stands for, with the place of its definition.",
    optional=_NAME,
    returns={
        **_INFO,
        "candidates": "Instead of these, for a method that several classes have: class -> these keys.",
        "status": "`no-info` when the name stands for nothing.",
    },
    runs=Runs.BESIDE,
)
ELDOC: Constant = OpSpec(
    doc="Tell how to call what a name stands for.",
    optional=_NAME,
    returns={
        "name": _INFO["name"],
        "ns": _INFO["ns"],
        "class": "Instead of ns, for a method that several classes have: the classes.",
        "member": "Then, instead of name: the method.",
        "eldoc": "For each way to call it, the list of its parameters. Absent for what cannot be called.",
        "type": "function, macro, special-form or variable.",
        "docstring": "Its documentation.",
        "status": "`no-eldoc` when the name stands for nothing.",
    },
    runs=Runs.BESIDE,
)
CLASSIFY: Constant = OpSpec(
    doc="Tell what kind of operator each of some names is.",
    requires={"symbols": "A list of names."},
    optional={key: _NAME[key] for key in ("ns", "lang", "session")},
    returns={"classification": "Name -> macro, special or function; names that stand for nothing are left out."},
)


def middleware(python: PythonNames) -> Descriptor:
    """Handles `lookup`, `info`, `eldoc`, `classify-symbols`; `python` knows what Python the mirror does not."""
    find = _finding(python)

    async def lookup(request: Request) -> Final:
        return await _lookup(request, find)

    async def info(request: Request) -> Final:
        return await _info(request, find)

    async def eldoc(request: Request) -> Final:
        return await _eldoc(request, find)

    return provides(
        "lookup",
        {
            "lookup": (LOOKUP, lookup),
            **as_ciders({"info": (INFO, info), "eldoc": (ELDOC, eldoc)}),
            "classify-symbols": (CLASSIFY, classify),
            "cider/classify-symbols": (CLASSIFY, classify),
        },
        requires=frozenset({"session"}),
    )


async def classify(request: Request) -> Final:
    """Serve one `classify-symbols`."""
    names = request.message["symbols"]
    if not isinstance(names, list):
        raise Refusal("'symbols' must be a list of names", "bad-symbols")
    kinds: dict[str, Bencode] = {}
    for name in names:
        found = definitions.find(request.session.mirror, language(request), _ns(request), str(name))
        if found and found[0].symbol.type not in ("namespace", "module"):
            kind = found[0].symbol.type
            kinds[str(name)] = {"macro": "macro", "special-form": "special"}.get(kind, "function")
    return {"classification": kinds}


def language(request: Request) -> str:
    """The language in which the names of a request are written."""
    return request.text("lang") or request.session.language


def _finding(python: PythonNames) -> Find:
    async def find(request: Request, name: str) -> list[Definition]:
        session, ns = request.session, _ns(request)
        found = definitions.find(session.mirror, language(request), ns, name)
        if found or not name or language(request) != "python":
            return found
        symbol = await python.lookup(session.python_source, name, session.mirror, ns)
        if symbol is None:
            return []
        return [Definition(symbol, (symbol.target or "").rpartition(".")[0] or ns, is_on_host=True)]

    return find


async def _lookup(request: Request, find: Find) -> Final:
    name = _name(request)
    ns = _ns(request)
    if not name:
        raise Refusal("Missing 'sym' parameter", "lookup-error", message="Missing 'sym' parameter")
    if ns not in request.session.mirror.namespaces and request.text("ns"):
        raise Refusal(f"No namespace: {ns}", "lookup-error", message=f"No namespace: {ns}")
    found = await find(request, name)
    if not found:
        return {"info": []}
    told = await _told(request, found[0])
    told.pop("type")
    told.pop("forms-str", None)
    if lists := found[0].symbol.arglists:
        told["arglists"] = told["arglists-str"] = f"({' '.join(lists)})"
    return {"info": told}


async def _info(request: Request, find: Find) -> Final:
    found = await find(request, _name(request))
    if not found:
        return {"status": ["no-info"]}
    if len(found) == 1:
        return await _told(request, found[0])
    return {"candidates": {each.ns: await _told(request, each) for each in found}}


async def _eldoc(request: Request, find: Find) -> Final:
    found = await find(request, _name(request))
    if not found:
        return {"status": ["no-eldoc"], "type": "variable"}  # without a type CIDER shows ".nil: ()"
    first = found[0].symbol
    reply: Message = {"name": first.name, "ns": found[0].ns}
    if len(found) > 1:
        reply = {"member": first.name, "class": [each.ns for each in found]}
    ways = _ways_to_call(found)
    reply["type"] = "variable"
    if ways:
        reply["eldoc"] = ways
        reply["type"] = first.type if first.type in ("macro", "special-form") else "function"
    if first.doc:
        reply["docstring"] = first.doc
    return reply


def _ways_to_call(found: Sequence[Definition]) -> list[Bencode]:
    ways: list[list[str]] = []
    for each in found:
        ways += [way for way in arglists.parameters(each.symbol) if way not in ways]
    return [[*way] for way in (sorted(ways, key=len) if len(found) > 1 else ways)]


def _name(request: Request) -> str:
    name = request.text("sym") or request.text("symbol") or request.text("member") or ""
    class_ = request.text("class")
    if not class_:
        return name
    return f"{class_.replace('/', '.')}/{name.lstrip('.')}" if name else class_


def _ns(request: Request) -> str:
    return request.text("ns") or request.session.ns


async def _told(request: Request, definition: Definition) -> Message:
    symbol = definition.symbol
    told: Message = {"name": symbol.name, "ns": definition.ns, "type": symbol.type}
    if symbol.type == "special-form":
        told |= {"special-form": "true", "forms-str": "\n".join(symbol.arglists)}
    elif symbol.arglists:
        told["arglists-str"] = "\n".join(symbol.arglists)
    if symbol.type == "macro":
        told["macro"] = "true"
    texts = {"doc": symbol.doc, "added": symbol.added, "deprecated": symbol.deprecated}
    told |= {key: text for key, text in texts.items() if text}
    return told | await _place(request, definition)


async def _place(request: Request, definition: Definition) -> Message:
    symbol = definition.symbol
    on_host = uri(symbol.file) if definition.is_on_host and symbol.file else None
    file = on_host or await location(request.session.files, symbol.file)
    if file is None:
        return {}
    place: Message = {"file": file}
    place |= {key: at for key, at in (("line", symbol.line), ("column", symbol.column)) if at is not None}
    return place
