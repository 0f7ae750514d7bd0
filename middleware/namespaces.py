"""The ops about namespaces: which there are, what they define, where they come from. Told from the mirror."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final as Constant

from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, as_ciders, provides
from middleware.host_files import ProjectFiles, location, uri
from middleware.lookup import language
from middleware.mirror import Namespace, Symbol
from middleware.regexps import any_of, matches
from middleware.request import Bencode, Final, Message, Refusal, Request

_COMMON: Constant[Keys] = {
    "lang": "The language whose namespaces are meant, instead of the session's: basilisp or python.",
    "session": "The session on whose device they are.",
}
_NS: Constant[Keys] = {"ns": "The name of the namespace."}
_NOT_FOUND: Constant[Keys] = {"ns": "The name that was given, when status has `namespace-not-found`."}
_VAR_QUERY: Constant[Keys] = {
    "var-query": "Which vars: private? takes private ones too; include-meta-key and exclude-meta-key are lists of "
    "private, macro, deprecated, added, doc, arglists."
}

LIST: Constant = OpSpec(
    doc="List the namespaces, sorted.",
    optional={
        "exclude-regexps": "Namespaces that match any of these regular expressions are left out.",
        "filter-regexps": "The same.",
        **_COMMON,
    },
    returns={"ns-list": "Their names."},
)
VARS: Constant = OpSpec(
    doc="List what a namespace defines, sorted.",
    requires=_NS,
    optional={**_VAR_QUERY, **_COMMON},
    returns={"ns-vars": "The names.", **_NOT_FOUND},
)
VARS_WITH_META: Constant = OpSpec(
    doc="Tell what a namespace defines, with what is known of it.",
    requires=_NS,
    optional={**_VAR_QUERY, **_COMMON},
    returns={
        "ns-vars-with-meta": "Name -> arglists, doc, macro, fn, deprecated, as Clojure prints them.",
        **_NOT_FOUND,
    },
)
PATH: Constant = OpSpec(
    doc="Tell in which file a namespace is, be it loaded or only in the project.",
    requires=_NS,
    optional=_COMMON,
    returns={"path": "The file's URI; absent when there is none.", "url": "The same."},
    runs=Runs.BESIDE,
)
BY_NAME: Constant = OpSpec(
    doc="List the vars of a name, whatever their namespace.",
    requires={"name": "The name."},
    optional=_COMMON,
    returns={"var-list": "The vars, as Clojure prints a list of them: (#'a/name #'b/name)."},
)
ALIASES: Constant = OpSpec(
    doc="Tell the aliases that a namespace has for others.",
    requires=_NS,
    optional=_COMMON,
    returns={"ns-aliases": "Alias -> name of the namespace.", **_NOT_FOUND},
)

_SOURCE_ENDINGS: Constant = (".lpy", ".cljc", ".clj", ".py", "/__init__.lpy", "/__init__.py")


def middleware(project: ProjectFiles) -> Descriptor:
    """Handles `ns-list`, `ns-vars`, `ns-vars-with-meta`, `ns-path`, `ns-list-vars-by-name` and `ns-aliases`."""

    async def ns_path(request: Request) -> Final:
        return await _ns_path(request, project)

    ops = {
        "ns-list": (LIST, ns_list),
        "ns-vars": (VARS, ns_vars),
        "ns-vars-with-meta": (VARS_WITH_META, ns_vars_with_meta),
        "ns-path": (PATH, ns_path),
        "ns-list-vars-by-name": (BY_NAME, ns_list_vars_by_name),
        "ns-aliases": (ALIASES, ns_aliases),
    }
    return provides("namespaces", as_ciders(ops), requires=frozenset({"session"}))


async def ns_list(request: Request) -> Final:
    """Serve one `ns-list`."""
    left_out = any_of(request.message.get("exclude-regexps")) + any_of(request.message.get("filter-regexps"))
    names = sorted(each.name for each in of_language(request))
    listed: list[Bencode] = [name for name in names if not any(matches(each, name) for each in left_out)]
    return {"ns-list": listed}


async def ns_vars(request: Request) -> Final:
    """Serve one `ns-vars`."""
    names: list[Bencode] = [symbol.name for symbol in _queried(request)]
    return {"ns-vars": names}


async def ns_vars_with_meta(request: Request) -> Final:
    """Serve one `ns-vars-with-meta`."""
    return {"ns-vars-with-meta": {symbol.name: meta(symbol) for symbol in _queried(request)}}


async def ns_list_vars_by_name(request: Request) -> Final:
    """Serve one `ns-list-vars-by-name`."""
    name = request.text("name") or ""
    holders = sorted(each.name for each in of_language(request) if name in each.symbols)
    listed = " ".join(f"#'{ns}/{name}" for ns in holders)
    return {"var-list": f"({listed})"}


async def ns_aliases(request: Request) -> Final:
    """Serve one `ns-aliases`."""
    return {"ns-aliases": {**_named(request).aliases}}


def of_language(request: Request) -> Iterator[Namespace]:
    """The namespaces of the language that the request is about."""
    wanted = language(request)
    return (each for each in request.session.mirror.namespaces.values() if each.lang == wanted)


def meta(symbol: Symbol) -> Message:
    """A symbol's metadata, each value as Clojure prints it: what cider-nrepl finds relevant."""
    told: Message = {}
    if symbol.arglists:
        told["arglists"] = f"({' '.join(symbol.arglists)})"
    if symbol.type == "macro":
        told["macro"] = "true"
    elif symbol.type == "function":
        told["fn"] = "true"
    told |= {key: quoted(text) for key, text in (("doc", symbol.doc), ("deprecated", symbol.deprecated)) if text}
    return told


def quoted(text: str) -> str:
    """The text as a string literal that both Clojure and Emacs read."""
    return '"{}"'.format(re.sub(r'(["\\])', r"\\\1", text))


async def _ns_path(request: Request, project: ProjectFiles) -> Final:
    name = request.text("ns") or ""
    namespace = request.session.mirror.named(name)
    place = await location(request.session.files, namespace.file) if namespace else None
    place = place or await _unloaded(project, name)
    return {"path": place, "url": place} if place else {}


async def _unloaded(project: ProjectFiles, ns: str) -> str | None:
    """The URI of the project's file for a namespace that nobody may have loaded yet."""
    stem = ns.replace("-", "_").replace(".", "/")
    for ending in _SOURCE_ENDINGS if stem else ():
        path = await project.find(stem + ending)
        if path:
            return uri(path)
    return None


def _named(request: Request) -> Namespace:
    name = request.text("ns") or ""
    namespace = request.session.mirror.named(name)
    if namespace is None:
        raise Refusal(f"No namespace is called {name}; is it loaded?", "namespace-not-found", ns=name)
    return namespace


def _queried(request: Request) -> list[Symbol]:
    """What the namespace defines, so far as the `var-query` asks for it, sorted by name."""
    query = request.message.get("var-query")
    query = query if isinstance(query, dict) else {}
    takes_private = query.get("private?") not in (None, 0, "", [], "false")
    included, excluded = _keys(query.get("include-meta-key")), _keys(query.get("exclude-meta-key"))
    symbols: Iterable[Symbol] = _named(request).symbols.values()
    return sorted(
        (
            each
            for each in symbols
            if (takes_private or not each.is_private)
            and (not included or included & _meta_keys(each))
            and not (excluded and excluded & _meta_keys(each))
        ),
        key=lambda symbol: symbol.name,
    )


def _keys(names: Bencode | None) -> set[str]:
    return {str(name).lstrip(":") for name in names} if isinstance(names, list) else set()


def _meta_keys(symbol: Symbol) -> set[str]:
    has = {
        "private": symbol.is_private,
        "macro": symbol.type == "macro",
        "deprecated": symbol.deprecated,
        "added": symbol.added,
        "doc": symbol.doc,
        "arglists": symbol.arglists,
    }
    return {key for key, value in has.items() if value}
