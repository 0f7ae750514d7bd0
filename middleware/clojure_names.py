"""What may be written at a place in Clojure code, from the mirror and the code around. No device is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Final

from middleware import clojure_interop
from middleware.candidates import Candidate, naming
from middleware.clojure_context import Form, Place, visible_locals
from middleware.matching import matching, matching_any
from middleware.mirror import BUILTINS, CORE, Mirror, Namespace, Symbol
from middleware.python_members import attributes, behind, called
from middleware.sorted_names import SortedNames
from middleware.special_forms import SPECIAL_FORMS

_LITERALS: Final = {name: Symbol(name, "special-form") for name in ("false", "nil", "true")}
_WRITTEN_FORMS: Final = {
    name: form
    for name, form in sorted({**SPECIAL_FORMS, **_LITERALS}.items())
    if not name.endswith("*") and not name.startswith(".")
}
"""Those that people write; the others only macros do."""

_MARKS: Final = re.compile(r"[@'`~#^]*")
_LIBSPECS: Final = frozenset({":require", ":use", "require", "use", "in-ns", "find-ns", "the-ns", "remove-ns"})
_IMPORTS: Final = frozenset({":import", "import"})
_REFERS: Final = (":refer", ":only", ":exclude")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where something is to be completed."""

    mirror: Mirror
    here: Namespace
    """The namespace that the code is in."""
    place: Place
    keywords: SortedNames
    """Those seen so far, in full."""


def groups(around: Surroundings, prefix: str) -> list[Iterable[Candidate]]:
    """What the prefix may become; the group of what is nearest comes first."""
    found = _MARKS.match(prefix)
    marks = found[0] if found else ""
    typed = prefix.removeprefix(marks)
    nearest_first = _found(around, typed, is_var=marks.endswith("#'"))
    return [map(partial(_marked, marks), group) for group in nearest_first] if marks else nearest_first


def namespace_called(mirror: Mirror, here: Namespace, name: str) -> Namespace | None:
    """The Basilisp namespace that an alias or a name means."""
    found = mirror.named(here.aliases.get(name, name))
    return found if found is not None and found.lang != "python" else None


def _found(around: Surroundings, typed: str, *, is_var: bool) -> list[Iterable[Candidate]]:
    scope, slash, name = typed.partition("/")
    if typed.startswith(":"):
        return [_keywords(around, typed)]
    if typed.startswith(".") and typed != "..":
        return [clojure_interop.members(around.mirror, around.here, around.place, typed)]
    if scope and slash:
        return [_qualified(around, scope, name, is_var=is_var)]
    return _in_declaration(around, typed) or [
        _locals(around.place, typed),
        _own(around.here, typed, is_var=True),
        _referred(around, typed, is_core=False),
        chain(_special_forms(typed), _referred(around, typed, is_core=True)),
        _aliases(around, typed),
        _namespaces(around.mirror, typed),
    ]


def _in_declaration(around: Surroundings, typed: str) -> list[Iterable[Candidate]]:
    """Where only a namespace, a module or a name of one can stand."""
    outer, innermost = [Form(""), Form(""), *around.place.enclosing][-2:]
    if innermost.opener == "[" and len(outer.items) > 2 and outer.items[-2] in _REFERS:
        referring = namespace_called(around.mirror, around.here, str(outer.items[0]))
        return [_own(referring, typed, is_var=False)] if referring else []
    is_libspec = innermost.opener == "[" and not innermost.items
    head = outer.head if is_libspec else innermost.head
    if head in _LIBSPECS or (head == "ns" and len(innermost.items) == 1):
        return [_namespaces(around.mirror, typed)]
    return [_modules(around.mirror, typed)] if head in _IMPORTS else []


def _keywords(around: Surroundings, typed: str) -> Iterator[Candidate]:
    here, known = around.here, around.keywords
    alias, slash, name = typed.removeprefix("::").partition("/")
    if not typed.startswith("::"):
        yield from (Candidate(each, "keyword") for each in known.starting_with(typed))
        return
    if slash:
        namespace = namespace_called(around.mirror, here, alias)
        shown, full = f"::{alias}/", f":{namespace.name if namespace else alias}/"
    else:
        shown, full, name = "::", f":{here.name}/", alias
        yield from (Candidate(f"::{each}/", "keyword") for each in sorted(here.aliases) if each.startswith(alias))
    yield from (Candidate(shown + each.removeprefix(full), "keyword") for each in known.starting_with(full + name))


def _locals(place: Place, typed: str) -> Iterator[Candidate]:
    names = visible_locals(place.enclosing)
    return (Candidate(name, "local") for name in matching_any(names, typed, "-"))


def _own(namespace: Namespace, typed: str, *, is_var: bool, scope: str = "") -> Iterator[Candidate]:
    """What a namespace defines; private names only for itself and after `#'`."""
    for name in matching(namespace.names, typed, "-"):
        symbol = namespace.symbols[name]
        if (is_var or not symbol.is_private) and symbol.type != "special-form":
            yield naming(symbol, scope + name, namespace.name)


def _referred(around: Surroundings, typed: str, *, is_core: bool) -> Iterator[Candidate]:
    for name in matching(around.here.referred, typed, "-"):
        ns, _, full = around.here.refers[name].partition("/")
        if (ns == CORE) == is_core:
            namespace = around.mirror.namespaces.get(ns)
            symbol = namespace.symbols.get(full) if namespace else None
            yield naming(symbol, name, ns) if symbol else Candidate(name, "var", ns)


def _special_forms(typed: str) -> Iterator[Candidate]:
    return (naming(_WRITTEN_FORMS[name], name) for name in matching_any(_WRITTEN_FORMS, typed, "-"))


def _aliases(around: Surroundings, typed: str) -> Iterator[Candidate]:
    """What can stand before a slash, and imported classes."""
    here = around.here
    aliases = (alias for alias, name in here.aliases.items() if alias != name)  # Basilisp notes what is required so
    for alias in matching_any(aliases, typed, "-"):
        yield Candidate(f"{alias}/", "namespace", here.aliases[alias])
    for name in matching_any({*here.imports, "python"}, typed, "."):
        full_name = here.imports.get(name, BUILTINS)
        found = called(around.mirror, full_name)
        if isinstance(found, Symbol):
            yield naming(found, name, full_name.rpartition(".")[0])
        else:
            yield Candidate(f"{name}/", "namespace", full_name)


def _namespaces(mirror: Mirror, typed: str) -> Iterator[Candidate]:
    """Those that are there; `clojure.string` too, for `basilisp.string`, once such a name is begun."""
    found = {name: name for name in matching(mirror.names, typed, "." if "." in typed else "/")}
    if len(typed) > 1 and (typed.startswith("clojure.") or "clojure.".startswith(typed)):
        own = f"basilisp.{typed.removeprefix('clojure.')}" if typed.startswith("clojure.") else "basilisp."
        found |= {f"clojure.{name.removeprefix('basilisp.')}": name for name in mirror.names.starting_with(own)}
    for shown, name in found.items():
        if mirror.namespaces[name].lang != "python":
            yield Candidate(shown, "namespace", doc=mirror.namespaces[name].doc)


def _modules(mirror: Mirror, typed: str) -> Iterator[Candidate]:
    for name in matching(mirror.names, typed, "."):
        if mirror.namespaces[name].lang == "python":
            yield Candidate(name, "namespace", doc=mirror.namespaces[name].doc)


def _qualified(around: Surroundings, scope: str, typed: str, *, is_var: bool) -> Iterator[Candidate]:
    here, mirror = around.here, around.mirror
    namespace = namespace_called(mirror, here, scope)
    if namespace is not None:
        return _own(namespace, typed, is_var=is_var or namespace is here, scope=f"{scope}/")
    found = called(mirror, BUILTINS if scope == "python" else here.imports.get(scope, scope.replace("-", "_")))
    if found is None and scope in here.symbols:
        found = behind(mirror, here.symbols[scope])
    return (naming(each.symbol, f"{scope}/{each.symbol.name}", each.ns) for each in attributes(found, typed))


def _marked(marks: str, found: Candidate) -> Candidate:
    return found._replace(candidate=marks + found.candidate)
