"""What may be written at a place in Clojure code, from the mirror and the code around. No device is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from middleware.candidates import Candidate
from middleware.clojure_context import Form, Locals, Node, Place, visible_locals
from middleware.matching import LIMIT, matching, matching_any
from middleware.mirror import Mirror, Namespace, Symbol
from middleware.sorted_names import SortedNames

CORE: Final = "basilisp.core"
BUILTINS: Final = "builtins"

SPECIAL_FORMS: Final = (
    "await", "catch", "def", "do", "false", "finally", "if", "nil", "quote", "recur", "set!", "throw", "true", "try",
    "var", "yield",
)  # fmt: skip
"""No namespace defines them."""

_MARKS: Final = re.compile(r"[@'`~#^]*")
_LIBSPECS: Final = frozenset({":require", ":use", "require", "use", "in-ns", "find-ns", "the-ns", "remove-ns", "ns"})
_IMPORTS: Final = frozenset({":import", "import"})
_LITERALS: Final = {
    '"': "builtins.str",
    '#"': "re.Pattern",
    ":": "basilisp.lang.keyword.Keyword",
    "[": "basilisp.lang.vector.PersistentVector",
    "{": "basilisp.lang.map.PersistentMap",
    "#{": "basilisp.lang.set.PersistentSet",
}
"""How a literal begins -> its class."""
_NUMBER: Final = re.compile(r"-?\d+(\.\d*)?")
_TYPES: Final = {"variable": "var", "module": "namespace", "multimethod": "function"}
_USUAL_CLASSES: Final = ("str", "list", "dict", "set", "tuple", "int", "float", "bytes")
_HOPS: Final = 8
"""So often a local that is bound to a local is followed."""


@dataclass(frozen=True, slots=True)
class Question:
    """Where something is to be completed."""

    mirror: Mirror
    here: Namespace
    """The namespace that the code is in."""
    place: Place
    keywords: SortedNames
    """Those seen so far, in full."""


def complete(question: Question, prefix: str) -> list[list[Candidate]]:
    """What the prefix may become, in groups: what is nearest comes first."""
    marks = _MARKS.match(prefix)
    assert marks is not None  # it matches nothing too
    typed = prefix[marks.end() :]
    groups = _found(question, typed, is_var=marks[0].endswith("#'"))
    return [[_marked(marks[0], each) for each in islice(group, LIMIT)] for group in groups]


def namespace_called(mirror: Mirror, here: Namespace, name: str) -> Namespace | None:
    """The Basilisp namespace that an alias or a name means; `clojure.string` means `basilisp.string`."""
    name = here.aliases.get(name, name)
    found = mirror.namespaces.get(name)
    if found is None and name.startswith("clojure."):
        found = mirror.namespaces.get(f"basilisp.{name.removeprefix('clojure.')}")
    return found if found is not None and found.lang != "python" else None


def _found(question: Question, typed: str, *, is_var: bool) -> Iterable[Iterable[Candidate]]:
    innermost, outer = question.place.innermost, question.place.enclosing[-2:-1]
    head = innermost.head or next((form.head for form in outer), "")
    referring = _referring_to(question)
    scope, slash, name = typed.partition("/")
    if typed.startswith(":"):
        return [_keywords(question, typed)]
    if typed.startswith(".") and typed != "..":
        return [_members_of_receiver(question, typed)]
    if referring is not None:
        return [_own(referring, typed, is_var=False)]
    if scope and slash:
        return [_qualified(question, scope, name, is_var=is_var)]
    if head in _LIBSPECS and (innermost.head != "ns" or len(innermost.items) == 1):
        return [_namespaces(question, typed)]
    if head in _IMPORTS:
        return [_modules(question, typed)]
    here = question.here
    return [
        _locals(question, typed),
        _own(here, typed, is_var=True),
        _referred(question, typed, from_core=False),
        chain(_special_forms(question, typed), _referred(question, typed, from_core=True)),
        _aliases(question, typed),
        _namespaces(question, typed),
    ]


def _referring_to(question: Question) -> Namespace | None:
    """In `[some.namespace :refer [`: that namespace."""
    *_, libspec, names = [Form(""), Form(""), *question.place.enclosing]
    if names.opener != "[" or len(libspec.items) < 3 or libspec.items[-2] not in (":refer", ":only", ":exclude"):
        return None
    name = libspec.items[0]
    return namespace_called(question.mirror, question.here, name) if isinstance(name, str) else None


def _keywords(question: Question, typed: str) -> Iterator[Candidate]:
    here, names = question.here, question.keywords
    alias, slash, rest = typed.removeprefix("::").partition("/")
    if not typed.startswith("::"):
        shown, full = typed, typed
    elif slash:
        namespace = namespace_called(question.mirror, here, alias)
        shown, full = f"::{alias}/", f":{namespace.name if namespace else alias}/"
    else:
        yield from (Candidate(f"::{each}/", "keyword") for each in sorted(here.aliases) if each.startswith(alias))
        shown, full, rest = "::", f":{here.name}/", alias
    if shown == full:
        yield from (Candidate(each, "keyword") for each in names.starting_with(typed))
    else:
        found = names.starting_with(full + rest)
        yield from (Candidate(shown + each.removeprefix(full), "keyword") for each in found)


def _locals(question: Question, typed: str) -> Iterator[Candidate]:
    names = sorted(visible_locals(question.place.enclosing))
    return (Candidate(name, "local") for name in matching_any(names, typed, "-"))


def _own(namespace: Namespace, typed: str, *, is_var: bool, scope: str = "") -> Iterator[Candidate]:
    """What a namespace defines; private names only for itself and for `#'`."""
    for name in matching(namespace.names, typed, "-"):
        symbol = namespace.symbols[name]
        if (is_var or not symbol.is_private) and symbol.type != "special-form":
            yield candidate(scope + name, symbol, namespace.name)


def _referred(question: Question, typed: str, *, from_core: bool) -> Iterator[Candidate]:
    namespaces = question.mirror.namespaces
    for name in matching(question.here.referred, typed, "-"):
        ns, _, full = question.here.refers[name].partition("/")
        namespace = namespaces.get(ns)
        symbol = namespace.symbols.get(full) if namespace else None
        if (ns == CORE) == from_core:
            yield candidate(name, symbol, ns) if symbol else Candidate(name, "var", ns)


def _special_forms(question: Question, typed: str) -> Iterator[Candidate]:
    core = question.mirror.namespaces.get(CORE) or Namespace(CORE)
    for name in matching_any(SPECIAL_FORMS, typed, "-"):
        symbol = core.symbols.get(name)
        yield candidate(name, symbol) if symbol else Candidate(name, "special-form")


def _aliases(question: Question, typed: str) -> Iterator[Candidate]:
    """What can stand before a slash, and imported classes."""
    here = question.here
    for alias in matching_any(sorted(here.aliases), typed, "-"):
        yield Candidate(f"{alias}/", "namespace", here.aliases[alias])
    for name in matching_any(sorted({*here.imports, "python"}), typed, "."):
        full_name = here.imports.get(name, BUILTINS)
        found = python_called(question.mirror, full_name)
        if isinstance(found, Symbol):
            yield candidate(name, found, full_name.rpartition(".")[0])
        else:
            yield Candidate(f"{name}/", "namespace", full_name)


def _namespaces(question: Question, typed: str) -> Iterator[Candidate]:
    """Basilisp's own answer to `clojure.` names too, once such a one is begun."""
    namespaces = question.mirror.namespaces
    is_clojure = len(typed) > 1 and (typed.startswith("clojure.") or "clojure.".startswith(typed))
    own = f"basilisp.{typed.removeprefix('clojure.')}" if typed.startswith("clojure.") else "basilisp."
    separator = "." if "." in typed else "/"
    found = chain(
        ((name, name) for name in matching(question.mirror.names, typed, separator)),
        ((f"clojure.{name.removeprefix('basilisp.')}", name) for name in question.mirror.names.starting_with(own))
        if is_clojure
        else (),
    )
    for shown, name in found:
        if namespaces[name].lang != "python":
            yield Candidate(shown, "namespace", doc=namespaces[name].doc)


def _modules(question: Question, typed: str) -> Iterator[Candidate]:
    for name in matching(question.mirror.names, typed, "."):
        namespace = question.mirror.namespaces[name]
        if namespace.lang == "python":
            yield Candidate(name, "namespace", doc=namespace.doc)


def _qualified(question: Question, scope: str, typed: str, *, is_var: bool) -> Iterator[Candidate]:
    here, mirror = question.here, question.mirror
    namespace = namespace_called(mirror, here, scope)
    if namespace is not None:
        return _own(namespace, typed, is_var=is_var or namespace is here, scope=f"{scope}/")
    found = python_called(mirror, BUILTINS if scope == "python" else here.imports.get(scope, scope.replace("-", "_")))
    if found is None and scope in here.symbols:
        found = class_called(mirror, here.symbols[scope])
    return (candidate(f"{scope}/{name}", symbol, ns) for name, symbol, ns in _attributes(found, typed))


def _attributes(of: Namespace | Symbol | None, typed: str) -> Iterator[tuple[str, Symbol, str | None]]:
    """Those of a Python module or class; names that begin with an underscore only when that is typed."""
    if isinstance(of, Namespace):
        found = ((name, of.symbols[name], of.name) for name in matching(of.names, typed, "_"))
    elif of is not None:
        members = {member.name: member for member in of.members}
        found = ((name, members[name], None) for name in matching_any(sorted(members), typed, "_"))
    else:
        return iter(())
    return (each for each in found if typed.startswith("_") or not each[0].startswith("_"))


def python_called(mirror: Mirror, full_name: str) -> Namespace | Symbol | None:
    """The Python module or class of that full name."""
    module = mirror.namespaces.get(full_name)
    if module is not None:
        return module
    outer, dot, name = full_name.rpartition(".")
    found = python_called(mirror, outer) if dot else None
    if isinstance(found, Namespace):
        symbol = found.symbols.get(name)
        if symbol is not None and symbol.type == "module" and symbol.target:
            return mirror.namespaces.get(symbol.target)
        return class_called(mirror, symbol) if symbol else None
    return next((each for each in found.members if each.name == name), None) if found else None


def class_called(mirror: Mirror, symbol: Symbol) -> Symbol | None:
    """The class that a symbol is, or is another name for."""
    if symbol.members or not symbol.target:
        return symbol
    found = _direct(mirror, symbol.target)
    return found or symbol


def _direct(mirror: Mirror, full_name: str) -> Symbol | None:
    module, _, name = full_name.rpartition(".")
    namespace = mirror.namespaces.get(module)
    return namespace.symbols.get(name) if namespace else None


def _members_of_receiver(question: Question, typed: str) -> Iterator[Candidate]:
    """`.method` and `.-field`: those of the receiver, if its class is known, else those of all classes in sight."""
    mark = ".-" if typed.startswith(".-") else "."
    typed = typed.removeprefix(mark)
    receiver = _receiver(question.place)
    known = _class_of(question, receiver, visible_locals(question.place.enclosing)) if receiver else None
    seen: set[str] = set()
    for each in [known] if known else _classes_in_sight(question):
        for name, member, _ in _attributes(each, typed):
            is_field = "method" not in member.type and member.type != "function"
            shown = f"{'.-' if is_field else '.'}{name}"
            if shown.startswith(mark) and shown not in seen:
                seen.add(shown)
                yield candidate(shown, member, each.name)


def _receiver(place: Place) -> Node | None:
    """What the method is called on: what follows it, or what is threaded through."""
    form = place.innermost
    if form.opener == "(" and not form.items:
        threading = place.enclosing[-2] if len(place.enclosing) > 1 else Form("")
        if place.following is None and threading.head in ("->", "some->", "doto") and len(threading.items) == 3:
            return threading.items[1]
        return place.following
    if form.head in ("->", "some->", "doto", "..") and len(form.items) == 2:
        return form.items[1]
    return None


def _class_of(question: Question, node: Node, bound: Locals, hops: int = _HOPS) -> Symbol | None:
    """The class of what a piece of code makes, if that can be seen."""
    mirror, here = question.mirror, question.here
    if isinstance(node, Form):
        full_name = _LITERALS.get(node.opener)
        if full_name is None and node.head:
            return _constructed(question, node)
    elif number := _NUMBER.fullmatch(node):
        full_name = "builtins.float" if number[1] else "builtins.int"
    else:
        full_name = _LITERALS.get(node[:1]) or _LITERALS.get(node[:2])
    if full_name is not None:
        return _direct(mirror, full_name)
    assert isinstance(node, str)
    if node in bound:
        value = bound[node]
        return _class_of(question, value, bound, hops - 1) if value is not None and hops else None
    symbol = here.symbols.get(node)
    return _direct(mirror, symbol.class_name) if symbol and symbol.class_name else None


def _constructed(question: Question, call: Form) -> Symbol | None:
    """The class that a list calls, as in `(Thing 1)` or `(threading/Thread)`."""
    called = str(call.items[0]).removesuffix(".")
    scope, slash, name = called.partition("/")
    here, mirror = question.here, question.mirror
    if slash:
        module = BUILTINS if scope == "python" else here.imports.get(scope, scope)
        found = python_called(mirror, f"{module}.{name}")
    else:
        symbol = here.symbols.get(called.removeprefix("->"))
        found = class_called(mirror, symbol) if symbol else python_called(mirror, here.imports.get(called, called))
    return found if isinstance(found, Symbol) and found.members else None


def _classes_in_sight(question: Question) -> Iterator[Symbol]:
    """The classes of the namespace, those it imports, and Python's usual ones."""
    here, mirror = question.here, question.mirror
    yield from (here.symbols[name] for name in here.classes)
    for full_name in here.imports.values():
        found = python_called(mirror, full_name)
        if isinstance(found, Symbol):
            yield found
        elif found is not None:
            yield from (found.symbols[name] for name in found.classes)
    yield from (found for name in _USUAL_CLASSES if (found := _direct(mirror, f"{BUILTINS}.{name}")))


def candidate(text: str, symbol: Symbol, ns: str | None = None) -> Candidate:
    """A symbol as something to offer."""
    return Candidate(text, _TYPES.get(symbol.type, symbol.type), ns, symbol.arglists, symbol.doc)


def _marked(marks: str, found: Candidate) -> Candidate:
    if not marks:
        return found
    return Candidate(marks + found.candidate, found.type, found.ns, found.arglists, found.doc)
