"""How one request wants values and errors shown: printed in a style, by a printer of its own, or for inspecting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from device_server import answers, wire
from device_server.languages import Language, reports
from device_server.languages.shown import Shown, Style

Function: TypeAlias = Callable[..., object]
Show: TypeAlias = Callable[[object], Shown]


@dataclass(frozen=True, slots=True)
class Presenter:
    """Turns the outcome of a form into the keys of an answer. Whatever user code raises on the way passes through."""

    language: Language
    session: str
    style: Style
    options: wire.Message
    """What the request's own printer is told."""
    printer: str | None
    """The name of the function that prints; None for the language's own."""
    caught: str | None
    """The name of the function that is called with errors; None when nothing is."""
    tells_throwable: bool
    """Whether errors are printed, too, as values are."""
    show: Show
    """Prints a value."""
    catch: Function | None = None
    inspect: Callable[[object], wire.Message] | None = None
    """What turns a value into the keys of an answer instead of printing it."""
    display: Callable[[object], wire.Message] | None = None
    """What gives the further keys of an answer for a value that can be seen."""

    @classmethod
    def of(cls, message: wire.Message, language: Language, session: str) -> Self:
        """As a request says; functions that it names are not looked for yet."""
        print_, caught = _object(message, "print"), _object(message, "caught")
        style = Style.told(print_)
        return cls(
            language=language,
            session=session,
            style=style,
            options=_object(print_, "options"),
            printer=_text(print_, "printer"),
            caught=_text(caught, "function"),
            tells_throwable=caught.get("print") is True,
            show=lambda value: language.show(value, style),
        )

    def ready(self, tell: Callable[[wire.Message], None]) -> Self:
        """With the functions that were named; `tell` gets a frame for each that there is not."""
        if self.printer is None and self.caught is None:
            return self
        printer, caught = (self._resolved(name, tell) for name in (self.printer, self.caught))
        return replace(self, show=self.show if printer is None else self._showing_with(printer), catch=caught)

    def plain(self) -> Self:
        """Without anything that is the user's."""
        shown = replace(self, show=self._show_plainly, inspect=None, display=None)
        return replace(shown, printer=None, caught=None, tells_throwable=False)

    def value(self, value: object) -> wire.Message:
        """What a form has returned."""
        if self.inspect is not None:
            return self.inspect(value)
        seen = {} if self.display is None else self.display(value)
        return {**_printed("value", self.show(value)), **seen}

    def failure(self, error: BaseException) -> wire.Message:
        """What a form has failed with, as an answer. Raises nothing."""
        answer = answers.failure(error, self.language, self.session)
        if answer["type"] in (wire.ErrorType.INTERRUPTED, wire.ErrorType.NAMESPACE):
            return answer
        try:
            if self.catch is not None:
                self.catch(error)
                answer["caught"] = True
            if self.tells_throwable:
                answer |= _printed("throwable", self.show(error))
        except KeyboardInterrupt:
            return answers.interrupted()
        except BaseException as fault:  # of the user's function, or of the exception's own printing
            answer["error"] = f"{answer['error']}\nTelling it has failed with {reports.text_of(fault)}"
        return answer

    def _show_plainly(self, value: object) -> Shown:
        return self.language.show(value, self.style)

    def _showing_with(self, printer: Function) -> Show:
        return lambda value: self.language.show_with(printer, value, self.options, self.style.quota)

    def _resolved(self, name: str | None, tell: Callable[[wire.Message], None]) -> Function | None:
        if name is None:
            return None
        function = self.language.resolve(name)
        if function is None:
            tell({"op": "unresolved", "name": name, "key": "printer" if name == self.printer else "caught"})
        return function


def _printed(key: str, shown: Shown) -> wire.Message:
    return {key: shown.text, "truncated": True} if shown.is_cut else {key: shown.text}


def _object(keys: wire.Message, key: str) -> wire.Message:
    value = keys.get(key)
    return value if isinstance(value, dict) else {}


def _text(keys: wire.Message, key: str) -> str | None:
    value = keys.get(key)
    return value if isinstance(value, str) and value else None
