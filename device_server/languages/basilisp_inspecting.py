"""What the inspector's page says of Clojure's values; Python's are drawn as in Python. Imported with Basilisp only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from basilisp.lang import interfaces, keyword, runtime
from basilisp.lang import symbol as sym

from device_server.languages import NamespaceNotFoundError, python_inspecting
from device_server.languages.inspecting import Page
from device_server.languages.python_inspecting import Draw, contents

_Named: TypeAlias = Mapping[sym.Symbol, object]


class BasilispInspecting:
    """See the Inspecting protocol."""

    def draw(self, page: Page, value: object) -> None:
        """See Inspecting."""
        (_drawer_of(value) or python_inspecting.draw_object)(page, value)
        _draw_meta(page, value)

    def draw_object(self, page: Page, value: object) -> None:
        """See Inspecting."""
        python_inspecting.draw_object(page, value)

    def is_object(self, value: object) -> bool:
        """See Inspecting."""
        return _drawer_of(value) is None

    def nth(self, position: int) -> str:
        """`(nth 3)`."""
        return f"(nth {position})"

    def key(self, key: object, text: str) -> str:
        """`:name`, or `(get "name")`."""
        return text if type(key) is keyword.Keyword else f"(get {text})"

    def attribute(self, name: str) -> str:
        """`.-name`."""
        return f".-{name}"

    def path(self, steps: Sequence[str]) -> str:
        """`:name (nth 3)`."""
        return " ".join(steps)

    def define(self, namespace: str, name: str, value: object) -> None:
        """A var of the namespace."""
        if runtime.Namespace.get(sym.symbol(namespace)) is None:
            raise NamespaceNotFoundError(namespace)
        if not name or any(character in name for character in " \t\n/()[]{}\";@^`~,'"):
            raise ValueError(f"{name!r} cannot be the name of a var")
        runtime.Var.intern(sym.symbol(namespace), sym.symbol(name), value)


def _drawer_of(value: object) -> Draw | None:
    kind = type(value)
    clojure = next((draw for base, draw in _DRAWERS if issubclass(kind, base)), None)
    return clojure or python_inspecting.drawer_of(value)


def _draw_seq(page: Page, value: object) -> None:
    """Maybe endless: it is realized no further than it is shown."""
    assert isinstance(value, Iterable)
    with contents(page, value) as count:
        page.items(_lazily(value), count)


def _lazily(value: Iterable[object]) -> Iterator[object]:
    """From a generator, so that what realizing it raises is raised where items are taken."""
    yield from value


def _draw_var(page: Page, value: object) -> None:
    assert isinstance(value, runtime.Var)
    page.class_of(value)
    page.line(f"Name: {value}")
    page.labelled("Value", value.value)


def _draw_reference(page: Page, value: object) -> None:
    """An atom, or what else holds a value; one that is not there yet is not waited for."""
    assert isinstance(value, interfaces.IDeref)
    page.class_of(value)
    if isinstance(value, interfaces.IPending) and not value.is_realized:
        page.line("Deref: not there yet")
    elif isinstance(value, interfaces.IBlockingDeref):
        page.labelled("Deref", value.deref(0, "not there yet"))
    else:
        page.labelled("Deref", value.deref())


def _draw_namespace(page: Page, value: object) -> None:
    assert isinstance(value, runtime.Namespace)
    page.class_of(value)
    page.line(f"Name: {value.name}")
    for title, names in (("Refers", value.refers), ("Imports", value.imports), ("Aliases", value.aliases)):
        if names:
            page.labelled(title, names)
    with page.section("Interns"):
        page.attributes(_by_name(value.interns))
    page.information()


def _by_name(names: _Named) -> list[tuple[str, object]]:
    return sorted(((name.name, each) for name, each in names.items()), key=lambda item: item[0])


def _draw_name(page: Page, value: object) -> None:
    """A keyword or symbol."""
    assert isinstance(value, interfaces.INamed)
    python_inspecting.draw_atom(page, value)
    if value.ns is not None:
        page.line(f"Namespace: {value.ns}")
    page.line(f"Name: {value.name}")


def _draw_meta(page: Page, value: object) -> None:
    meta = value.meta if issubclass(type(value), interfaces.IMeta) else None  # type: ignore[attr-defined]
    if meta:
        with page.section("Meta Information"):
            for key, each in meta.items():
                page.value(key)
                page.text(" = ")
                page.value(each)
                page.newline()


_DRAWERS: tuple[tuple[type | tuple[type, ...], Draw], ...] = (
    (runtime.Var, _draw_var),
    (runtime.Namespace, _draw_namespace),
    ((keyword.Keyword, sym.Symbol), _draw_name),
    (interfaces.IDeref, _draw_reference),
    (interfaces.IRecord, python_inspecting.draw_mapping),
    (interfaces.IPersistentMap, python_inspecting.draw_mapping),
    (interfaces.IPersistentSet, python_inspecting.draw_set),
    ((interfaces.ISeq, interfaces.ISequential), _draw_seq),
)
