"""Inspectors: for each session the values that a user has gone down into, and the page that is shown of the last.

The values stay here, where they are; a page that is told to a host names them by number. What a page says is up to the
value's language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from typing import TypeAlias

from device_server import wire
from device_server.languages import Language, NamespaceNotFoundError, reports
from device_server.languages.inspecting import Config, Page, Step
from device_server.presenting import Presenter

Action: TypeAlias = Callable[["Inspector", wire.Message], None]
GONE = "There is no page to go on from: nothing was inspected yet, or the device has lost it. Inspect a value first"


class RefusedError(Exception):
    """An action that cannot be done; the text says why."""


@dataclass(slots=True)
class _Level:
    """A value that was gone down into."""

    value: object
    step: str | None = None
    """How it is reached from the one above it; None when no code leads there."""
    position: int | None = None
    """Its place among the items of the one above."""
    number: int = 0
    """The page that is shown, from 0."""
    is_object: bool = False
    """Whether its attributes are shown, whatever it is."""


@dataclass(slots=True)
class Inspector:
    """One session's."""

    language: Language
    config: Config = field(default_factory=Config)
    levels: list[_Level] = field(default_factory=lambda: [_Level(None)])
    """Never empty."""
    page: Page | None = None

    def begin(self, value: object, language: Language, options: wire.JSON) -> wire.Message:
        """Inspect a value; the keys of the answer."""
        self.language = language
        self.config = _changed(self.config, options)
        self.levels = [_Level(value)]
        return self.show()

    def show(self) -> wire.Message:
        """The page of the current value: its text as `value`, how it was reached as `path`."""
        level = self.levels[-1]
        page = self._page(level)
        inspecting = self.language.inspecting
        steps = [each.step for each in self.levels[1:]]
        path = inspecting.path([step for step in steps if step is not None]) if None not in steps else ""
        if path:
            with page.section("Path"):
                page.line(path)
        if level.value is not None:
            with page.section("View mode"):
                page.line(_modes(self.config, level, inspecting.is_object(level.value)))
        self.page = page
        return {"value": str(page), "path": path}

    def _page(self, level: _Level) -> Page:
        inspecting = self.language.inspecting
        begin = self.page.next_index if self.page is not None else 0
        page = Page(self.language.show, inspecting, self.config, level.number, begin)
        try:
            (inspecting.draw_object if level.is_object else inspecting.draw)(page, level.value)
        except Exception as error:  # of the value's own code, where nobody expects any to run
            page = Page(self.language.show, inspecting, self.config, level.number, page.next_index)
            page.line(f"<it cannot be drawn as what it is: {reports.text_of(error)}>")
            inspecting.draw_object(page, level.value)
        return page

    def push(self, message: wire.Message) -> None:
        """Go down into a value of the page."""
        step = self._step(message.get("index"))
        self.levels.append(_Level(step.value, step.text, step.position))

    def pop(self, _message: wire.Message) -> None:
        """Back to the value above."""
        if len(self.levels) > 1:
            self.levels.pop()

    def refresh(self, message: wire.Message) -> None:
        """Draw the page again, with other settings if `options` says so."""
        config = _changed(self.config, message.get("options"))
        if config.page_size != self.config.page_size:
            self.levels[-1].number = 0
        self.config = config

    def next_page(self, _message: wire.Message) -> None:
        """Nothing, on the last one."""
        if self.page is not None and self.page.has_more:
            self.levels[-1].number += 1

    def previous_page(self, _message: wire.Message) -> None:
        """Nothing, on the first one."""
        self.levels[-1].number = max(0, self.levels[-1].number - 1)

    def next_sibling(self, _message: wire.Message) -> None:
        """The item after this one in the sequence above; nothing, where there is none."""
        self._move(1)

    def previous_sibling(self, _message: wire.Message) -> None:
        """The item before this one."""
        self._move(-1)

    def clear(self, _message: wire.Message) -> None:
        """Let go of all values; the settings stay."""
        self.levels = [_Level(None)]

    def toggle_pretty_print(self, _message: wire.Message) -> None:
        """Values on one line, or in several."""
        self.config = replace(self.config, pretty_print=not self.config.pretty_print)

    def toggle_view_mode(self, _message: wire.Message) -> None:
        """What the value is, or its attributes."""
        level = self.levels[-1]
        level.is_object = not level.is_object
        level.number = 0

    def define(self, message: wire.Message) -> None:
        """Give the value a name."""
        try:
            self.language.inspecting.define(str(message.get("ns")), str(message.get("name")), self.levels[-1].value)
        except NamespaceNotFoundError as error:
            raise RefusedError(f"There is no namespace {error}") from error
        except ValueError as error:
            raise RefusedError(str(error)) from error

    def _step(self, index: wire.JSON) -> Step:
        step = self.page.steps.get(index) if self.page is not None and isinstance(index, int) else None
        if step is None:
            raise RefusedError(f"The page that is shown now has no value {index}")
        return step

    def _move(self, offset: int) -> None:
        position = self.levels[-1].position
        if position is None or position + offset < 0:
            return
        above = self.levels[-2]
        assert isinstance(above.value, Iterable)  # its items had positions
        for item in islice(above.value, position + offset, position + offset + 1):
            self.levels[-1] = _Level(item, self.language.inspecting.nth(position + offset), position + offset)
            above.number = (position + offset) // self.config.page_size


ACTIONS: Mapping[str, Action] = {
    "push": Inspector.push,
    "pop": Inspector.pop,
    "refresh": Inspector.refresh,
    "next-page": Inspector.next_page,
    "previous-page": Inspector.previous_page,
    "next-sibling": Inspector.next_sibling,
    "previous-sibling": Inspector.previous_sibling,
    "clear": Inspector.clear,
    "toggle-pretty-print": Inspector.toggle_pretty_print,
    "toggle-view-mode": Inspector.toggle_view_mode,
    "define": Inspector.define,
}

_FIRST = ("clear", "last-exception")
"""Actions that need no page to go on from."""


class Inspectors:
    """The inspectors of a worker, by session."""

    def __init__(self) -> None:
        self._by_session: dict[str, Inspector] = {}

    def begin(self, value: object, session: str, language: Language, options: wire.JSON) -> wire.Message:
        """Inspect what a form has returned, or an exception; the keys of the answer."""
        inspector = self._of(session, language)
        return inspector.begin(value, language, options)

    def serve(self, message: wire.Message, presenter: Presenter) -> wire.Message:
        """Serve an `inspect` request: the keys of its answer, or the key `refused` with the reason."""
        try:
            inspector = self._of(presenter.session, presenter.language)
            if inspector.page is None and message["action"] not in _FIRST:
                raise RefusedError(GONE)
            return _act(inspector, message, presenter)
        except RefusedError as error:
            return {"refused": str(error)}

    def _of(self, session: str, language: Language) -> Inspector:
        return self._by_session.setdefault(session, Inspector(language))

    def forget(self, session: str) -> None:
        """Let go of a session's values."""
        self._by_session.pop(session, None)


def _act(inspector: Inspector, message: wire.Message, presenter: Presenter) -> wire.Message:
    name = str(message["action"])
    if name == "print":
        return presenter.value(inspector.levels[-1].value)
    if name == "last-exception":
        return inspector.begin(_last_cause(message, presenter), presenter.language, message.get("options"))
    action = ACTIONS.get(name)
    if action is None:
        raise RefusedError(f"Unknown action: {name}")
    action(inspector, message)
    return inspector.show()


def _last_cause(message: wire.Message, presenter: Presenter) -> object:
    """The session's last error or one of its causes, or the data it carries."""
    error = presenter.language.last_error(presenter.session)
    causes = list(reports.causes_of(error)) if error is not None else []
    index = message.get("index") or 0
    if not isinstance(index, int) or not 0 <= index < len(causes):
        raise RefusedError(f"There is no error {index} to inspect")
    options = message.get("options")
    return getattr(causes[index], "data", None) if isinstance(options, dict) and options.get("data") else causes[index]


def _changed(config: Config, options: wire.JSON) -> Config:
    """What is not of the type of a setting is not looked at; numbers are positive."""
    told = options if isinstance(options, dict) else {}
    changed: dict[str, wire.JSON] = {}
    for each in fields(Config):
        value = told.get(each.name)
        if (
            isinstance(value, bool) == (each.name in _FLAGS)
            and isinstance(value, int)
            and (value > 0 or value is False)
        ):
            changed[each.name] = value
    return replace(config, **changed)  # type: ignore[arg-type]  # each has been checked by its name


_FLAGS = ("pretty_print", "sort_maps")


def _modes(config: Config, level: _Level, only_object: bool) -> str:
    modes = {"normal": not level.is_object, "object": level.is_object} if not only_object else {"object": True}
    flags = {"pretty": config.pretty_print, "sort-maps": config.sort_maps}
    return " ".join(f"●{name}" if is_on else name for name, is_on in (modes | flags).items())
