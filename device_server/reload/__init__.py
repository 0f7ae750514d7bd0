"""Edits of loaded files reach the running program: the words that all parts of this share.

An edit is planned (pure: nothing live is touched) and then applied, all or nothing, by the language of its file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Generic, Protocol, TypeVar


class Tier(IntEnum):
    """How deep an edit goes; that of several is the deepest. On the wire, the name in lower case."""

    NONE = 0
    """Nothing that runs has changed: the same bytes, or only comments and white space."""
    LITERAL = 1
    """Only literals have changed."""
    BODY = 2
    """Bodies of functions, new functions, docstrings."""
    STRUCTURAL = 3
    """Anything else: statements run again, and what depends on them."""


class State(IntEnum):
    """What became of the program's state; that of several edits is the worst. On the wire, in lower case."""

    KEPT = 0
    MIGRATED = 1
    """Live instances were moved to a class that was made anew."""
    RESET = 2
    """Some of it was made anew; the reason says what."""


@dataclass(frozen=True, slots=True)
class Change:
    """A loaded file, as it was loaded and as it is to be."""

    module: str
    path: str
    old: str
    new: str
    is_forced: bool = False
    """Whether everything in it runs again, whatever has changed: `always-reload`, `refresh-all`."""


class Plan(Protocol):
    """What is to be done for one change. Each language has its own, with what its `apply` needs."""

    @property
    def change(self) -> Change: ...

    @property
    def tier(self) -> Tier: ...

    @property
    def reason(self) -> str:
        """Why it is that tier, in a few words for a person: `class Item has another base`. Empty for NONE."""

    @property
    def runs_code(self) -> bool:
        """Whether to apply it may run code of the program, which may kill the worker."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done for all changes of one language."""

    reloaded: tuple[str, ...]
    """Modules some code of which is new or has run again, dependents included, in the order in which it happened."""
    state: State
    reason: str = ""
    """Why the state is not simply kept, what could not be moved, what was run again; empty when that says it all."""
    stale: tuple[str, ...] = ()
    """What still runs old code, for a person: `generator items() of shop.py:12, suspended`."""


P = TypeVar("P", bound=Plan)


class Reloads(Protocol, Generic[P]):
    """How a language changes its own running program. Called on the worker's main thread only."""

    def plan(self, change: Change) -> P:
        """What the change is. Pure: it compiles the new text, and runs none of it.

        Raises: what compiling or reading the new text raises; `Language.report` makes an error of it.
        """

    def apply(self, plans: Sequence[P], undo: ExitStack) -> Outcome:
        """Do it. Each step first puts at `undo` what takes it back, so that the caller can unwind at any point.

        Raises: whatever the program's code raises; then the caller unwinds and nothing has changed.
        """


class Mark(StrEnum):
    """What a module can say of itself."""

    NO_RELOAD = "no-reload"
    """Edits of it are not applied."""
    ALWAYS_RELOAD = "always-reload"
    """With each edit, of whatever file, all of it runs again."""


class When(StrEnum):
    """Which functions of the program are called around an edit."""

    BEFORE = "before-reload"
    AFTER = "after-reload"


@dataclass(frozen=True, slots=True)
class Hook:
    """A function of the program that is called around edits."""

    name: str
    """In full, for a person."""
    call: Callable[[], object]


class Hooks(Protocol):
    """What modules of a language want to be done around edits. Called on the worker's main thread only."""

    def is_marked(self, module: str, mark: Mark) -> bool:
        """Whether the module, as it is loaded now, has that mark."""

    def functions(self, module: str, when: When) -> Iterator[Hook]:
        """The module's functions to be called then, as they are now, in the order in which it defines them."""


@dataclass(frozen=True, slots=True)
class Reloading:
    """What a language has for it."""

    reloads: Reloads[Any]
    """Its plans are its own: nobody else looks into them."""
    hooks: Hooks
    on_applied: Callable[[Change], None]
    """Hears of each module that has new code, when all has gone well; of a dependent one the texts are the same."""
