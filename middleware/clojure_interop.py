"""Which methods and fields may be written at a place in Clojure code: `(.upper "abc")`, `(-> x .-name)`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from middleware.candidates import Candidate, naming
from middleware.clojure_context import Form, Locals, Node, Place, visible_locals
from middleware.mirror import BUILTINS, Mirror, Namespace, Symbol
from middleware.python_members import attributes, behind, called, class_called

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
_USUAL_CLASSES: Final = ("str", "list", "dict", "set", "tuple", "int", "float", "bytes")
_THREADING: Final = ("->", "some->", "doto", "..")
_HOPS: Final = 8
"""So often a local that is bound to a local is followed."""


def members(mirror: Mirror, here: Namespace, place: Place, typed: str) -> Iterator[Candidate]:
    """`.method` and `.-field`: of the receiver, if its class can be seen, else of all classes in sight."""
    mark = ".-" if typed.startswith(".-") else "."
    receiver = _receiver(place)
    cls = _Reader(mirror, here, visible_locals(place.enclosing)).class_of(receiver) if receiver else None
    seen: set[str] = set()
    for each in [cls] if cls else _classes_in_sight(mirror, here):
        for member, _ in attributes(each, typed.removeprefix(mark)):
            shown = f"{'.' if _is_callable(member) else '.-'}{member.name}"
            if shown.startswith(mark) and shown not in seen:
                seen.add(shown)
                yield naming(member, shown, each.name)


def _is_callable(member: Symbol) -> bool:
    return "method" in member.type or member.type in ("function", "class")


def _receiver(place: Place) -> Node | None:
    """What the method is called on: what follows it, or what is threaded through."""
    form = place.innermost
    if form.head in _THREADING and len(form.items) == 2:
        return form.items[1]
    if form.opener != "(" or form.items:
        return None
    outer = place.enclosing[-2] if len(place.enclosing) > 1 else Form("")
    if outer.head in _THREADING and len(outer.items) == 3:
        return outer.items[1]
    return place.following


class _Reader:
    """Sees what class a piece of code makes an instance of, in the simple cases."""

    def __init__(self, mirror: Mirror, here: Namespace, bound: Locals) -> None:
        self._mirror = mirror
        self._here = here
        self._bound = bound

    def class_of(self, node: Node, hops: int = _HOPS) -> Symbol | None:
        if isinstance(node, Form):
            full_name = _LITERALS.get(node.opener)
            return self._class(full_name) if full_name else self._constructed(node)
        if node in self._bound:
            value = self._bound[node]
            return self.class_of(value, hops - 1) if value is not None and hops else None
        symbol = self._here.symbols.get(node)
        return self._class(symbol.class_name if symbol else _literal(node))

    def _constructed(self, call: Form) -> Symbol | None:
        """The class that a list calls, as in `(Thing 1)`, `(->Thing 1)`, `(datetime/date 2020 1 1)`."""
        name = call.items[0] if call.items else None
        if not isinstance(name, str):
            return None
        scope, slash, own = name.removesuffix(".").rpartition("/")
        symbol = None if slash else self._here.symbols.get(own.removeprefix("->"))
        module = BUILTINS if scope == "python" else self._here.imports.get(scope, scope)
        full_name = f"{module}.{own}" if slash else self._here.imports.get(own, own)
        found = behind(self._mirror, symbol) if symbol else called(self._mirror, full_name)
        return found if isinstance(found, Symbol) and found.members else None

    def _class(self, full_name: str | None) -> Symbol | None:
        return class_called(self._mirror, full_name) if full_name else None


def _literal(atom: str) -> str | None:
    """The class of a literal that is no collection."""
    if number := _NUMBER.fullmatch(atom):
        return "builtins.float" if number[1] else "builtins.int"
    return _LITERALS.get(atom[:1]) or _LITERALS.get(atom[:2])


def _classes_in_sight(mirror: Mirror, here: Namespace) -> Iterator[Symbol]:
    """The classes of the namespace, Python's usual ones, and those it imports."""
    yield from (here.symbols[name] for name in here.classes)
    yield from (cls for name in _USUAL_CLASSES if (cls := class_called(mirror, f"{BUILTINS}.{name}")))
    for full_name in here.imports.values():
        found = called(mirror, full_name)
        if isinstance(found, Symbol):
            yield found
        elif found is not None:
            yield from (found.symbols[name] for name in found.classes)
