"""The page that an inspector shows of a value, as Emacs reads it. What a page says of a value, its language decides.

A page is a list of texts, `(:newline)` and `(:value "text" index)`, where index names a value to go on to: the form
in which orchard's inspector, and so CIDER, has it. Whatever a value's own code raises while it is drawn is told on the
page: only an interrupt ends the drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeAlias, TypeVar

from device_server.languages import reports
from device_server.languages.shown import Shown, Style

T = TypeVar("T")
Show: TypeAlias = Callable[[object, Style], Shown]
_SORTED_AT_MOST = 10_000
"""Bigger maps are shown in their own order."""
_CHARACTERS = 4 * 1024 * 1024
"""Of a page at most, whatever the settings: more would not fit in a message."""


@dataclass(frozen=True, slots=True)
class Config:
    """What a user may set; it holds for the values inspected later, too."""

    page_size: int = 32
    max_atom_length: int = 150
    """Characters of what is no collection."""
    max_coll_size: int = 5
    """Items of a collection within the one that is shown."""
    max_nested_depth: int | None = None
    max_value_length: int = 10_000
    """Characters of any one printed value."""
    pretty_print: bool = False
    sort_maps: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A value on a page, and how it is reached from the page's."""

    value: object
    text: str | None
    """As code would say it; None when no code leads there."""
    position: int | None = None
    """Its place among the items of a sequence."""


class Inspecting(Protocol):
    """How a language is inspected."""

    def draw(self, page: Page, value: object) -> None:
        """Say on the page what there is to say of a value."""

    def draw_object(self, page: Page, value: object) -> None:
        """The same of its attributes, whatever it is."""

    def is_object(self, value: object) -> bool:
        """Whether both are the same."""

    def nth(self, position: int) -> str:
        """The step to an item of a sequence."""

    def key(self, key: object, text: str) -> str:
        """The step to the value of a key, which is printed as `text`."""

    def attribute(self, name: str) -> str:
        """The step to an attribute."""

    def path(self, steps: Sequence[str]) -> str:
        """All steps in one text."""

    def define(self, namespace: str, name: str, value: object) -> None:
        """Give a value a name. Raises: NamespaceNotFoundError; ValueError, when it cannot be a name."""


class Page:
    """What is drawn of one value."""

    def __init__(self, show: Show, language: Inspecting, config: Config, number: int, first_index: int = 0) -> None:
        self.language = language
        self.config = config
        self.number = number
        """From 0."""
        self.has_more = False
        """Whether there is a next page."""
        self.steps: dict[int, Step] = {}
        """Where to go on, by index. Each page of a session has indices of its own: none is taken for another's."""
        self.next_index = first_index
        self._show = show
        self._elements: list[str] = []
        self._column = 0
        self._indentation = 0
        self._info: str | None = None
        self._left = _CHARACTERS

    def __str__(self) -> str:
        """As Emacs reads it."""
        return f"({' '.join(self._elements)})"

    def text(self, text: str) -> None:
        """Words of ours."""
        if not self._column and self._indentation:
            text = " " * self._indentation + text
        self._elements.append(_quoted(text))
        self._column += len(text)

    def newline(self) -> None:
        """End the line."""
        self._elements.append("(:newline)")
        self._column = 0

    def line(self, text: str) -> None:
        """A line of ours."""
        self.text(text)
        self.newline()

    def value(self, value: object, step: str | None = None, *, text: str | None = None, at: int | None = None) -> None:
        """A value to go on to, printed, or as `text` says. `at` is its position in a sequence."""
        if not self._column and self._indentation:
            self.text("")
        shown = (text if text is not None else self.printed(value)).replace("\n", "\n" + " " * self._column)
        self._elements.append(f"(:value {_quoted(shown)} {self.next_index})")
        self.steps[self.next_index] = Step(value, step, at)
        self.next_index += 1
        self._column += len(shown)

    def labelled(self, label: str, value: object, step: str | None = None, *, text: str | None = None) -> None:
        """A line with a value to go on to."""
        self.text(f"{label}: ")
        self.value(value, step, text=text)
        self.newline()

    def class_of(self, value: object) -> None:
        """The line that says what it is."""
        self.labelled("Class", type(value), text=class_name(type(value)))

    @contextmanager
    def section(self, title: str) -> Iterator[None]:
        """A part with a headline, indented."""
        self.newline()
        self.line(f"--- {title}:")
        self._indentation += 2
        yield
        self._indentation -= 2

    def printed(self, value: object) -> str:
        """A value within the limits of a page, in lines if that is wanted."""
        limits = self.config
        style = Style(
            max(1, min(limits.max_value_length, self._left)),
            limits.max_coll_size,
            limits.max_nested_depth,
            limits.max_atom_length,
            max(20, 80 - self._column) if limits.pretty_print else None,
        )
        try:
            shown = self._show(value, style)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of the value's own code
            return f"<{type(value).__name__}, printing it raises {reports.class_name(error)}>"
        self._left -= len(shown.text)
        return f"{shown.text}..." if shown.is_cut else shown.text

    def items(self, items: Iterable[object], count: int | None, *, have_steps: bool = True) -> None:
        """One page of items, each after its position. `count` is how many there are, if that is known."""
        nth = self.language.nth
        for position, item in self._page_of(items, count):
            self.text(f"{position}. ")
            self.value(item, nth(position) if have_steps else None, at=position if have_steps else None)
            self.newline()

    def pairs(self, pairs: Iterable[tuple[object, object]], count: int | None) -> None:
        """One page of keys and values."""
        for _, (key, value) in self._page_of(self._sorted(pairs, count), count):
            text = self.printed(key)
            self.value(key, text=text)
            self.text(" = ")
            self.value(value, self.language.key(key, text))
            self.newline()

    def attributes(self, attributes: Sequence[tuple[str, object]]) -> None:
        """One page of names and values."""
        for _, (name, value) in self._page_of(attributes, len(attributes)):
            self.text(f"{name} = ")
            self.value(value, self.language.attribute(name))
            self.newline()

    def information(self) -> None:
        """Which page of how many this is, if there are several."""
        if self._info is not None:
            with self.section("Page Info"):
                self.line(self._info)

    def _sorted(self, pairs: Iterable[tuple[object, object]], count: int | None) -> Iterable[tuple[object, object]]:
        if not self.config.sort_maps or count is None or count > _SORTED_AT_MOST:
            return pairs
        return sorted(pairs, key=lambda pair: self.printed(pair[0]))

    def _page_of(self, items: Iterable[T], count: int | None) -> Iterator[tuple[int, T]]:
        """The items of this page, after their positions, with the marks of those before and after."""
        size = self.config.page_size
        start = self.number * size
        try:
            found = list(islice(items, start, start + size + 1))
        except Exception as error:  # of the collection's own code
            self.line(f"<its items cannot be had: {reports.text_of(error)}>")
            return
        self.has_more = len(found) > size
        if self.number:
            self.line("...")
        yield from enumerate(found[:size], start)
        if self.has_more:
            self.line("...")
        if self.has_more or self.number:
            pages = "?" if count is None else max(1, -(-count // size))
            self._info = f"Page size: {size}, showing page: {self.number + 1} of {pages}"


def class_name(kind: type) -> str:
    """The full name; of a class that is built in, the short one."""
    module = kind.__module__
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _quoted(text: str) -> str:
    r"""A text as a literal that Emacs and Clojure read: `"` and `\` are all that must be escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
