"""State: values that outlive one evaluation of a view, and the store that keeps them by the place of the view.

The place is told in views, not in containers: the view inside which a `State` is made, how that view is reached from
the outermost one, and which of its states of that type this is. So an edit that adds a text, a stack or a modifier
around a view, or that changes an initial value, leaves its state alone.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Generic, Self, TypeAlias, TypeVar
from weakref import WeakSet

from device_server.views.traits import Traits

T = TypeVar("T")
Path: TypeAlias = tuple[Hashable, ...]


class _Cell(Generic[T]):
    """Where a value is, and the stores that have shown it."""

    __slots__ = ("stores", "value")

    def __init__(self, value: T) -> None:
        self.value = value
        self.stores = WeakSet[Store]()


class State(Generic[T]):
    """A value that actions change. Made inside a view it is kept for that view's place, else it is everybody's.

    For Basilisp it is an atom: `@count`, `(swap! count inc)`, `(reset! count 0)`.
    """

    __slots__ = ("_cell",)

    def __init__(self, initial: T, name: str | None = None) -> None:
        """`name` tells it from others of the view, where their order may change."""
        scope = _scope.get()
        self._cell: _Cell[T] = _Cell(initial) if scope is None else scope.cell(initial, name)

    @property
    def value(self) -> T:
        scope = _scope.get()
        if scope is not None:
            self._cell.stores.add(scope.store)
        return self._cell.value

    @value.setter
    def value(self, value: T) -> None:
        if _scope.get() is not None:
            raise RuntimeError("A state was changed while a view was evaluated. Change it in an action, as on_tap")
        self._cell.value = value
        for store in list(self._cell.stores):
            store.change()

    def update(self, change: Callable[[T], T]) -> T:
        """Change the value by a function of it; the new value."""
        self.value = change(self.value)
        return self.value

    def deref(self) -> T:
        """The value, for Basilisp's `@`."""
        return self.value

    def compare_and_set(self, old: T, new: T) -> bool:
        """Change the value if it is still this one; whether it was. For Basilisp's `swap!` and `reset!`."""
        if self._cell.value is not old:
            return False
        self.value = new
        return True

    def __repr__(self) -> str:
        return f"State({self._cell.value!r})"


@dataclass(slots=True, eq=False, weakref_slot=True)
class Store:
    """The states of one shown view."""

    on_change: Callable[[], object] | None = None
    """Called after a state has changed that the view has read, by whoever changed it, on their thread."""
    _cells: dict[Path, _Cell[object]] = field(default_factory=dict, init=False)
    _changes: int = field(default=0, init=False)
    _shown: int = field(default=-1, init=False)
    """How many changes there had been when the view was evaluated."""

    @property
    def is_stale(self) -> bool:
        """Whether the view has not been evaluated since a state has changed."""
        return self._changes != self._shown

    def change(self) -> None:
        """Note that what is shown is no longer what is."""
        self._changes += 1
        if self.on_change is not None:
            self.on_change()

    @contextmanager
    def evaluating(self, traits: Traits) -> Iterator[Scope]:
        """Inside, states belong to this store. Those that no view has asked for are gone after it, unless it raised."""
        scope = Scope(self, traits, (), {}, Counter())
        changes = self._changes
        with scope:
            yield scope
        self._cells, self._shown = scope.seen, changes

    def known(self, path: Path) -> _Cell[object] | None:
        """What is kept for a place."""
        return self._cells.get(path)


@dataclass(slots=True)
class Scope:
    """A view that is being evaluated: its place, and what it has made so far. As a context, the current one."""

    store: Store
    traits: Traits
    path: Path
    seen: dict[Path, _Cell[object]]
    """All cells of this evaluation, of all views."""
    counts: Counter[Hashable]
    _tokens: list[object] = field(default_factory=list)

    def cell(self, initial: T, name: str | None = None) -> _Cell[T]:
        """The cell of a state, which is made anew if there was none here.

        Raises: ValueError when two have the same name.
        """
        path = (*self.path, self._place(type(initial).__qualname__) if name is None else ("name", name))
        if path in self.seen:
            raise ValueError(f"Two states of a view have the name {name!r}; give each its own")
        found = self.store.known(path) or _Cell[object](initial)
        self.seen[path] = found
        return found  # type: ignore[return-value]  # the path says the type of the initial value

    def inner(self, kind: Hashable, key: Hashable = None) -> Scope:
        """The place of a view inside this one: the next of its kind, or of those with this key."""
        place = self._place(kind if key is None else (kind, key))
        return Scope(self.store, self.traits, (*self.path, place), self.seen, Counter())

    def _place(self, kind: Hashable) -> tuple[Hashable, int]:
        self.counts[kind] += 1
        return kind, self.counts[kind]

    def __enter__(self) -> Self:
        self._tokens.append(_scope.set(self))
        return self

    def __exit__(self, *_: object) -> None:
        _scope.reset(self._tokens.pop())  # type: ignore[arg-type]


def current_traits() -> Traits:
    """The traits that the view is evaluated for.

    Raises: RuntimeError outside of a view.
    """
    scope = _scope.get()
    if scope is None:
        raise RuntimeError("No view is being evaluated: there are no traits. Ask inside a view")
    return scope.traits


_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)

# Basilisp's `@` asks for this class. The languages of a device are imported before any view is.
_basilisp = sys.modules.get("basilisp.lang.interfaces")
if _basilisp is not None:
    _basilisp.IDeref.register(State)
