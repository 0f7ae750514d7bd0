"""The op `apropos`: which names, or whose documentation, match a regular expression. Told from the mirror."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from time import perf_counter
from typing import Final as Constant
from typing import TypeAlias

from middleware.descriptor import Descriptor, OpSpec, Runs, as_ciders, provides
from middleware.lookup import language
from middleware.mirror import CORE, Symbol
from middleware.namespaces import of_language
from middleware.regexps import BadRegexp, any_of, compiled, matches
from middleware.request import Bencode, Final, Refusal, Request
from middleware.special_forms import SPECIAL_FORMS

Pause: TypeAlias = Callable[[], Awaitable[None]]
"""Lets everything else go on that has been waiting."""

MAX_MATCHES: Constant = 1000
LIMIT_S: Constant = 2.0
"""A search that takes longer is given up."""
_SYMBOLS_AT_ONCE: Constant = 200
_NO_DOC: Constant = "(not documented)"

SPEC: Constant = OpSpec(
    doc="Find names that match a regular expression; those of the namespace first, then the core's, then all others. "
    f"At most {MAX_MATCHES} are told.",
    optional={
        "query": "The regular expression; needed.",
        "ns": "The namespace whose names come first; the session's unless told.",
        "search-ns": "Search in this namespace only.",
        "docs?": "Anything but nil: search the documentation instead of the names, and tell all of it.",
        "privates?": "Anything but nil: private names too.",
        "case-sensitive?": "Anything but nil: tell capitals from small letters.",
        "exclude-regexps": "Namespaces that match any of these regular expressions are left out.",
        "filter-regexps": "The same.",
        "lang": "The language whose names are meant, instead of the session's: basilisp or python.",
        "session": "The session on whose device they are.",
    },
    returns={
        "apropos-matches": "A list of name, type, doc; doc is the first sentence, but with docs? all.",
        "error-msg": "What is wrong with the regular expression, when status has `apropos-regexp-error`.",
    },
    runs=Runs.BESIDE,
)


def middleware(pause: Pause) -> Descriptor:
    """Handles `apropos`; `pause` is awaited again and again, as a search may take a tenth of a second."""

    async def apropos(request: Request) -> Final:
        try:
            return await _apropos(request, pause)
        except BadRegexp as error:
            raise Refusal(error.text, "apropos-regexp-error", **{"error-msg": error.text}) from error

    return provides("apropos", as_ciders({"apropos": (SPEC, apropos)}), requires=frozenset({"session"}))


async def _apropos(request: Request, pause: Pause) -> Final:
    text = request.text("query")
    if not text:
        raise Refusal("Missing 'query' parameter", "no-query")
    query = compiled(text, ignore_case=not request.flag("case-sensitive?"))
    in_docs, started = request.flag("docs?"), perf_counter()
    found: list[tuple[str, Symbol]] = []
    async for ns, symbol in _searched(request, pause):
        searched = symbol.doc or "" if in_docs else f"{ns}/{symbol.name}" if ns else symbol.name
        if matches(query, searched):
            found.append((ns, symbol))
        if perf_counter() - started > LIMIT_S:
            raise Refusal(f"The search took longer than {LIMIT_S:g} s; use a simpler regular expression", "too-slow")
    first = request.text("ns") or request.session.ns
    found.sort(key=lambda each: (each[0] != first, each[0] not in (CORE, ""), each[0], each[1].name))
    told: list[Bencode] = [_told(ns, symbol, is_whole=in_docs) for ns, symbol in found[:MAX_MATCHES]]
    return {"apropos-matches": told}


async def _searched(request: Request, pause: Pause) -> AsyncIterator[tuple[str, Symbol]]:
    """Namespace and symbol, of all that is to be searched; special forms are in no namespace."""
    only, takes_private = request.text("search-ns"), request.flag("privates?")
    left_out = any_of(request.message.get("exclude-regexps")) + any_of(request.message.get("filter-regexps"))
    count = 0
    for namespace in of_language(request):
        if only not in (None, namespace.name) or any(matches(each, namespace.name) for each in left_out):
            continue
        for symbol in namespace.symbols.values():
            count += 1
            if count % _SYMBOLS_AT_ONCE == 0:
                await pause()
            if takes_private or not symbol.is_private:
                yield namespace.name, symbol
    if language(request) != "python" and only in (None, CORE):
        for form in SPECIAL_FORMS.values():
            yield "", form


def _told(ns: str, symbol: Symbol, *, is_whole: bool) -> dict[str, Bencode]:
    doc = symbol.doc or _NO_DOC
    name = f"{ns}/{symbol.name}" if ns else symbol.name
    return {"name": name, "type": symbol.type, "doc": doc if is_whole else _first_sentence(doc)}


def _first_sentence(doc: str) -> str:
    return re.split(r"(?<=\.) ", " ".join(doc.split()), maxsplit=1)[0]
