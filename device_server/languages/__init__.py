"""The languages a worker evaluates, behind one protocol. Not the worker's loop: that is worker.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeAlias

from device_server.languages.shown import Shown, Style
from device_server.loaded import LoadedSources
from device_server.reload import Reloading
from device_server.wire import JSON, Message

if TYPE_CHECKING:
    from device_server.languages.importing import Importing
    from device_server.languages.inspecting import Inspecting
    from device_server.languages.python_symbols import Modules

Form: TypeAlias = Callable[[], object]
"""One top-level form, read and ready: a call evaluates it and returns its value or raises what it raised."""

Tell: TypeAlias = Callable[[Message], None]
"""Sends a frame before the last one of a request."""
Tool: TypeAlias = Callable[[Message, Tell], Message]
"""Serves a request of wire.TOOLS: the request as it came -> keys of its `result`. May raise what user code raises."""


@dataclass(frozen=True, slots=True)
class Source:
    """Text to evaluate and where it comes from."""

    text: str
    file: str | None = None
    """The path or buffer that tracebacks name; None for text that was typed."""
    line: int = 1
    """The line of `file` where `text` begins, from 1."""
    column: int = 1
    """The column of that line where `text` begins, from 1."""
    namespace: str | None = None
    """Evaluate there, for this request only; None means the session's own namespace."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, compiled."""

    evaluate: Form
    """Evaluates it anew at each call."""
    modules: tuple[str, ...]
    """The modules that it names, or whose names it uses; empty when that is not known."""


class Phase(StrEnum):
    """When a form failed, in the words that Clojure has for it."""

    READ = "read-source"
    EXPAND = "macroexpansion"
    COMPILE = "compile-syntax-check"
    EXECUTE = "execution"
    """The only one in which something of the form has run."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a failed form has to say, for a person and for an editor."""

    text: str
    """`ClassName: message`."""
    phase: Phase
    """When it failed."""
    names: tuple[str, str]
    """The short class names of the exception and of the one at the root of its causes."""
    frames: list[JSON]
    """`{file, line, column?, name}` from the outermost call to the innermost, the machinery left out."""
    location: JSON
    """`{file, line, column?, name?}` where the fault is known to be, else None.

    `name` is that of the function that failed, or of the macro that could not be expanded.
    """


class NamespaceNotFoundError(Exception):
    """The namespace that a request names does not exist; its text is the name."""


class SymbolSource(Protocol):
    """What some of a worker's namespaces define: as changes and as descriptions, in the shapes of docs/protocol.md.

    Called on the worker's main thread only. Nothing here runs code of the program that is described.
    """

    def begin(self) -> None:
        """Code of the program may run from now on, and hosts will first ask for everything."""

    def changes(self) -> Message:
        """Name of a namespace -> what has changed there since this was asked last, None when it is gone."""

    def sweep(self) -> None:
        """Look for changes that go unnoticed otherwise, for the next `changes`; there is time now."""

    def everything(self) -> Message:
        """Name of a namespace -> its description, or for what is as its file made it, the description's hash."""

    def describe(self, name: str) -> Message | None:
        """The description of a namespace, with its hash if that names it; None when it is not here."""


class Language(Protocol):
    """How a worker speaks one language. Called on the worker's main thread only."""

    name: str
    symbols: Sequence[SymbolSource]
    """What tells of its namespaces; languages may share some."""
    tools: Mapping[str, Tool]
    """Op of wire.TOOLS -> what serves it; an op that is not here cannot be had in this language."""

    @property
    def importing(self) -> Importing:
        """How its files become modules."""

    @property
    def inspecting(self) -> Inspecting:
        """How its values are inspected."""

    def set_up(self, progress: Callable[[str], None]) -> None:
        """Import and warm everything, once, in the zygote. `progress` takes sentences for whoever waits."""

    def begin(self) -> None:
        """Get ready in a fresh worker, whose standard streams are in place."""

    def rehearsal(self) -> Iterator[Form]:
        """A form that does what an eval does, without any effect and whatever user code has changed."""

    def resume(self) -> None:
        """Mend what did not survive in this copy of a worker, whose place it takes."""

    def evaluate(self, source: Source, session: str) -> Iterator[Form]:
        """Read the source form by form; a form must be called before the next is read.

        Raises: NamespaceNotFoundError; whatever the reader raises, and then there are no more forms.
        """

    def expression(self, source: Source, session: str) -> Expression:
        """Compile an expression that is to be evaluated often. Modules that it names in full are imported for it.

        Raises: NamespaceNotFoundError; what reading, compiling and importing raise.
        """

    def load(self, source: Source, name: str | None, session: str) -> Iterator[Form]:
        """As evaluate, but for a whole file: the session's namespace stays. `name` is the module it defines."""

    def reloading(self, loaded: LoadedSources) -> Reloading:
        """How edits of its loaded files reach the running program. Asked once, in a fresh worker."""

    def show(self, value: object, style: Style) -> Shown:
        """The value as the language prints it at a REPL, in the style that is wanted."""

    def resolve(self, name: str) -> Callable[..., object] | None:
        """The function of that full name, its module or namespace loaded for it; None when there is none."""

    def show_with(self, printer: Callable[..., object], value: object, options: Message, quota: int) -> Shown:
        """The value as a function of the user's prints it. Raises: what that raises."""

    def report(self, error: BaseException) -> Report:
        """What to tell of an exception."""

    def remember_error(self, error: BaseException, session: str) -> None:
        """Make it the session's last error (`*e`)."""

    def last_error(self, session: str) -> BaseException | None:
        """What was last remembered for the session."""

    def namespace(self, session: str) -> str:
        """The namespace in which the session's next form is evaluated."""

    def copy_session(self, session: str, origin: str) -> None:
        """Give `session` the last values and settings of `origin`, in the default namespace."""

    def tear_down(self, session: str) -> None:
        """Forget a session."""


def create(names: Sequence[str]) -> dict[str, Language]:
    """The languages of these names. Raises: ImportError when one is not installed; ValueError when unknown."""
    from device_server.languages.python_symbols import Modules

    modules = Modules()
    return {name: _create(name, modules) for name in names}


def _create(name: str, modules: Modules) -> Language:
    if name == "basilisp":
        from device_server.languages.basilisp import Basilisp

        return Basilisp(modules)
    if name == "python":
        from device_server.languages.python import Python

        return Python(modules)
    raise ValueError(f"No language is called {name!r}")
