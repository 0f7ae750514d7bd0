"""Which definition a name in code stands for, found in the mirror alone. Not how it is told: see lookup.py.

Clojure's names are looked for where its compiler looks: the namespace's own, referred, core's, imports, builtins. A
qualifier is an alias, a namespace (`clojure.x` means `basilisp.x`), an import or a class. Python's follow the dots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from middleware.mirror import BUILTINS, CORE, Mirror, Namespace, Symbol
from middleware.special_forms import SPECIAL_FORMS

MAX_NAME_CHARS: Final = 512
"""Nothing longer is looked up."""
MAX_CANDIDATES: Final = 40
"""Classes with the method, when it is not known whose it is."""
MAX_HOPS: Final = 16
"""So many names that only stand for another name are followed."""

_READER_MARKS: Final = "'`~@#^"
_MODULE_TYPES: Final = ("namespace", "module")


@dataclass(frozen=True, slots=True)
class Definition:
    """What a name stands for."""

    symbol: Symbol
    ns: str
    """What holds it: a namespace or module; of a member, its class as `module.Class`."""
    is_on_host: bool = False
    """Whether its file is a path on the host already, not one of the device."""


def find(mirror: Mirror, language: str, ns: str, name: str) -> list[Definition]:
    """What `name`, as it is written in namespace `ns`, may stand for; the empty list when nobody knows.

    There are several only for a `.method`, which any class that has it may be asked for.
    """
    if not 0 < len(name) <= MAX_NAME_CHARS:
        return []
    if language == "python":
        found = _Finder(mirror).in_python(ns, name)
        return [found] if found else []
    name = name.lstrip(_READER_MARKS)
    if name in SPECIAL_FORMS:
        return [Definition(SPECIAL_FORMS[name], CORE)]
    finder = _Finder(mirror)
    here = mirror.namespaces.get(ns) or Namespace(ns)
    if name.startswith(".") and name != "..":
        return finder.methods(here, name.lstrip(".-"))
    qualifier, _, rest = name.partition("/")
    found = finder.qualified(here, qualifier, rest) if qualifier and rest else finder.bare(here, name)
    return [found] if found else []


def of_namespace(namespace: Namespace) -> Definition:
    """A namespace or module as something that is defined itself."""
    kind = "module" if namespace.lang == "python" else "namespace"
    line = 1 if namespace.file else None
    symbol = Symbol(namespace.name, kind, doc=namespace.doc, file=namespace.file, line=line)
    return Definition(symbol, namespace.name)


class _Finder:
    """One search. It counts the names it has followed, since they may lead in a circle."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._namespaces = mirror.namespaces
        self._hops = MAX_HOPS

    def bare(self, here: Namespace, name: str) -> Definition | None:
        """A Clojure name without qualifier."""
        return (
            self._own(here, name)
            or self._core(name)
            or self._imported(here, name)
            or (self.bare(here, name[:-1]) if name.endswith(".") and len(name) > 1 else None)
            or self._dotted(f"{BUILTINS}.{name}")
            or self._namespace(here.aliases.get(name, name))
            or self._dotted(_munged(name))
        )

    def qualified(self, here: Namespace, qualifier: str, name: str) -> Definition | None:
        """A Clojure name of the form `qualifier/name`."""
        qualifier = here.aliases.get(qualifier, qualifier)
        if qualifier == here.name:
            return self._own(here, name)
        if name.startswith(".") and name != "..":
            name = name.lstrip(".-")
        return (
            self._var(qualifier, name)
            or self._dotted(f"{_python_name(here, qualifier)}.{_munged(name)}")
            or self._member(self._own(here, qualifier), _munged(name))
        )

    def methods(self, here: Namespace, name: str) -> list[Definition]:
        """The methods or fields of that name of the classes that code in `here` is likely to meet."""
        imported = map(self._dotted, here.imports.values())
        classes = [
            *_classes(here),
            *(each for each in imported if each is not None),
            *_classes(self._namespaces.get(BUILTINS) or Namespace(BUILTINS)),
        ]
        found: dict[str, Definition] = {}
        for each in classes:
            member = self._member(each, _munged(name))
            if member is not None:
                found.setdefault(member.ns, member)
        return [found[owner] for owner in sorted(found)[:MAX_CANDIDATES]]

    def in_python(self, ns: str, name: str) -> Definition | None:
        """A dotted Python name."""
        first, *rest = name.strip().rstrip("( ").replace("/", ".").split(".")
        here = self._mirror.module(ns)
        start = self._attribute(of_namespace(here), first) or self._dotted(f"{BUILTINS}.{first}")
        return (self._walked(start, rest) if start else None) or self._dotted(".".join([first, *rest]))

    def _own(self, here: Namespace, name: str) -> Definition | None:
        """A name that the namespace defines or refers to."""
        symbol = here.symbols.get(name)
        if symbol is not None:
            return self._followed(Definition(symbol, here.name))
        ns, _, referred = here.refers.get(name, "").partition("/")
        return self._var(ns, referred) if referred else None

    def _var(self, ns: str, name: str) -> Definition | None:
        """A name of another Basilisp namespace, a private one too: people want to read what they may not call."""
        namespace = self._mirror.named(ns)
        if namespace is None or namespace.lang == "python" or self._hops == 0:
            return None
        self._hops -= 1
        return self._own(namespace, name)

    def _core(self, name: str) -> Definition | None:
        found = self._var(CORE, name)
        return None if found and found.symbol.is_private else found

    def _imported(self, here: Namespace, name: str) -> Definition | None:
        full_name = here.imports.get(name) or here.imports.get(_munged(name))
        return self._dotted(full_name) if full_name else None

    def _namespace(self, name: str) -> Definition | None:
        namespace = self._mirror.named(name)
        return of_namespace(namespace) if namespace else None

    def _dotted(self, full_name: str) -> Definition | None:
        """A Python name that begins with a module."""
        parts = full_name.split(".")
        for size in range(len(parts), 0, -1):
            module = self._namespaces.get(".".join(parts[:size]))
            found = self._walked(of_namespace(module), parts[size:]) if module else None
            if found:
                return found
        return None

    def _walked(self, start: Definition, names: list[str]) -> Definition | None:
        at: Definition | None = start
        for name in names:
            at = self._attribute(at, name) if at else None
        return at

    def _attribute(self, of: Definition, name: str) -> Definition | None:
        if of.symbol.type not in _MODULE_TYPES:
            return self._member(of, name)
        module = self._namespaces.get(of.symbol.target or of.symbol.name)
        if module is None:
            return None
        symbol = module.symbols.get(name) or module.symbols.get(_munged(name))
        if symbol is not None:
            return self._followed(Definition(symbol, module.name))
        return self._imported(module, name) or self._submodule(module, name)

    def _submodule(self, module: Namespace, name: str) -> Definition | None:
        below = self._namespaces.get(f"{module.name}.{name}")
        return of_namespace(below) if below else None

    def _member(self, of: Definition | None, name: str) -> Definition | None:
        """A member of a class, or of the class that a value is an instance of."""
        if of is not None and not of.symbol.members and of.symbol.class_name and self._hops > 0:
            self._hops -= 1
            of = self._dotted(of.symbol.class_name)
        if of is None:
            return None
        for member in of.symbol.members:
            if member.name == name:
                return self._followed(Definition(member, f"{of.ns}.{of.symbol.name}"))
        return None

    def _followed(self, found: Definition) -> Definition:
        """What it is another name for, as far as that is known."""
        target = found.symbol.target
        if target is None or self._hops == 0:
            return found
        self._hops -= 1
        ns, slash, name = target.partition("/")
        return (self._var(ns, name) if slash else self._dotted(target)) or found


def _classes(namespace: Namespace) -> Iterator[Definition]:
    return (Definition(namespace.symbols[name], namespace.name) for name in namespace.classes)


def _python_name(here: Namespace, qualifier: str) -> str:
    """The module or class that a qualifier names, in full; it may go on with dots after an import's name."""
    if qualifier in here.imports:
        return here.imports[qualifier]
    head, dot, tail = qualifier.partition(".")
    return _munged(f"{BUILTINS if head == 'python' else here.imports.get(head, head)}{dot}{tail}")


def _munged(name: str) -> str:
    """As Basilisp writes a name in Python, as far as Python's own names go."""
    return name.replace("-", "_")
