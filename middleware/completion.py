"""The ops that complete a name, answered from the mirror. No device is asked, so none need be there."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from operator import itemgetter
from typing import Final as Constant

from middleware import clojure_names
from middleware.candidates import Candidate
from middleware.clojure_context import PREFIX, place
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, Served, as_ciders, provides
from middleware.keywords import keywords_in
from middleware.mirror import Namespace
from middleware.python_names import PythonNames
from middleware.request import Bencode, Final, Refusal, Request

LIMIT: Constant = 500
"""So many candidates are told."""
EXTRA: Constant = "extra-metadata"
MAX_CODE_CHARS: Constant = 3000
"""Longer Python code before a name is left out of account."""

_COMMON: Constant[Keys] = {
    "session": "The session; its language is the one that is completed.",
    "ns": "The namespace the code is in; when it is unknown or absent, the session's own.",
}
_RETURNS: Constant[Keys] = {
    "completions": f"At most {LIMIT} candidates, as dicts: `candidate`, which takes the place of the whole prefix; "
    "`type`, such as function, macro, var, namespace, keyword, local; `ns` if one defines it; `arglists` and `doc` if "
    "asked for.",
}
_EXTRA_DOC: Constant = "A list of what else to tell of each: arglists, doc."

COMPLETE: Constant = OpSpec(
    doc="Say what a name that is being typed may become. What begins so comes first, the nearest definition first; "
    "then what goes by its parts, as `me-fi` goes with `merge-file`.",
    optional={
        **_COMMON,
        "prefix": "What has been typed; nothing unless told.",
        "symbol": "Another name for prefix.",
        "context": "The form or the Python code around it, with `__prefix__` in its place: for locals and methods.",
        "sort-order": "by-name for the order of the alphabet; otherwise the shortest comes first.",
        EXTRA: _EXTRA_DOC,
    },
    returns=_RETURNS,
    runs=Runs.BESIDE,
)
COMPLETIONS: Constant = OpSpec(
    doc="As complete, in the words of nREPL's own op.",
    optional={
        **_COMMON,
        "prefix": "What has been typed; nothing unless told.",
        "options": f"A dict: `{EXTRA}`, {_EXTRA_DOC[0].lower()}{_EXTRA_DOC[1:]}",
    },
    returns=_RETURNS,
    runs=Runs.BESIDE,
)
COMPLETE_DOC: Constant = OpSpec(
    doc="Document a candidate.",
    optional={**_COMMON, "sym": "The candidate.", "symbol": "Another name for sym."},
    returns={"completion-doc": "Its full name, how to call it, and its docstring; empty when it is not known."},
    runs=Runs.BESIDE,
)
FLUSH: Constant = OpSpec(
    doc="Ask the device anew for all that it defines; candidates stay as they are until it answers.",
    optional={"session": "The session whose device is asked."},
)


def middleware(python: PythonNames) -> Descriptor:
    """Handles `completions`; `complete`, `complete-doc`, `complete-flush-caches`, also as cider-nrepl's ops."""
    ciders: dict[str, Served] = {
        "complete": (COMPLETE, partial(complete, python)),
        "complete-doc": (COMPLETE_DOC, partial(complete_doc, python)),
        "complete-flush-caches": (FLUSH, flush_caches),
    }
    ops: dict[str, Served] = {
        **as_ciders(ciders),
        "completions": (COMPLETIONS, partial(completions, python)),
    }
    return provides("completion", ops, requires=frozenset({"session"}))


async def complete(python: PythonNames, request: Request) -> Final:
    """Serve one `complete`."""
    prefix = request.text("prefix") or request.text("symbol") or ""
    extra = _texts(request.message.get(EXTRA))
    found = await _candidates(python, request, prefix, is_documented=bool(extra))
    return {"completions": [_told(each, extra) for each in found]}


async def completions(python: PythonNames, request: Request) -> Final:
    """Serve one `completions`."""
    options = request.message.get("options")
    extra = _texts(options.get(EXTRA)) if isinstance(options, dict) else []
    found = await _candidates(python, request, request.text("prefix") or "", is_documented=bool(extra))
    return {"completions": [_told(each, extra) for each in found]}


async def complete_doc(python: PythonNames, request: Request) -> Final:
    """Serve one `complete-doc`: what completes to itself."""
    symbol = request.text("sym") or request.text("symbol") or ""
    found = await _candidates(python, request, symbol, is_documented=True)
    return {"completion-doc": next((_documentation(each) for each in found if each.candidate == symbol), "")}


async def flush_caches(request: Request) -> Final:
    """Serve one `complete-flush-caches`."""
    request.session.refresh_mirror()
    return {}


async def _candidates(python: PythonNames, request: Request, prefix: str, *, is_documented: bool) -> list[Candidate]:
    session = request.session
    ns = request.text("ns")
    if ns is None or ns not in session.mirror.namespaces:
        ns = session.ns
    if session.language == "python":
        before = _code_before(request)
        code = before + prefix
        found = await python.complete(session.python_source, code, session.mirror, ns, documented=is_documented)
        return [each._replace(candidate=each.candidate.removeprefix(before)) for each in found[:LIMIT]]
    around = _surroundings(request, ns)
    return nearest(clojure_names.groups(around, prefix), prefix, by_name=request.text("sort-order") == "by-name")


def _code_before(request: Request) -> str:
    """What stands before the name in the context; nothing if that is long, or there is none."""
    before, found, _ = (request.text("context") or "").partition(PREFIX)
    return before if found and len(before) <= MAX_CODE_CHARS else ""


def _surroundings(request: Request, ns: str) -> clojure_names.Surroundings:
    session = request.session
    here = session.mirror.namespaces.get(ns) or Namespace(ns)
    context = request.text("context") or ""
    keywords = session.keywords.changed(keywords_in(context, ns, here.aliases), [])
    return clojure_names.Surroundings(session.mirror, here, place(context), keywords)


def nearest(groups: Iterable[Iterable[Candidate]], prefix: str, *, by_name: bool) -> list[Candidate]:
    """The first of the candidates, each once: what begins with the prefix before the rest, then group by group."""
    ranked: dict[str, tuple[tuple[bool, int, int, str], Candidate]] = {}
    for closeness, group in enumerate(groups):
        for each in group:
            text = each.candidate
            rank = (not text.startswith(prefix), closeness, 0 if by_name else len(text), text)
            ranked.setdefault(text, (rank, each))
    return [each for _, each in sorted(ranked.values(), key=itemgetter(0))[:LIMIT]]


def _told(found: Candidate, extra: list[str]) -> dict[str, Bencode]:
    told: dict[str, Bencode] = {"candidate": found.candidate, "type": found.type}
    if found.ns:
        told["ns"] = found.ns
    if found.arglists and "arglists" in extra:
        told["arglists"] = [*found.arglists]
    if found.doc and "doc" in extra:
        told["doc"] = found.doc
    return told


def _documentation(found: Candidate) -> str:
    """As `doc` would print it."""
    name = found.candidate.rpartition("/")[2] or found.candidate
    parts = [f"{found.ns}/{name}" if found.ns else name, " ".join(found.arglists), found.doc or ""]
    return "\n".join(part for part in parts if part)


def _texts(told: Bencode | None) -> list[str]:
    if told in (None, 0, ""):
        return []
    if not isinstance(told, list):
        raise Refusal(f"'{EXTRA}' must be a list", f"bad-{EXTRA}")
    return [each for each in told if isinstance(each, str)]
