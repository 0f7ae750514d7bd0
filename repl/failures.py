"""Where code went wrong, as a person wants to know it: the frame that matters, and the line it stands in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from repl.bencode import Bencode, Message
from repl.client import text_of, texts_of


@dataclass(frozen=True, slots=True)
class Place:
    """A line of code."""

    where: str
    """In words."""
    line: str
    """The code itself; empty when it is not to be had."""
    column: int | None = None
    """In that line, from 1."""


def place_of(causes: list[Message], inputs: Mapping[str, str], read: Callable[[str], str | None]) -> Place | None:
    """The place to look at first, given the causes of a failure, outermost first; None when they name none.

    `inputs` has what was typed, by the name of its file; `read` gives the text of the file at a URI.
    """
    for cause in reversed(causes):
        if "column" in cause and cause.get("phase") != "execution":
            return _place("", cause, inputs, read)
        for frame in _frames(cause):
            if {"repl", "project"} & {*texts_of(frame, "flags")} and "tooling" not in texts_of(frame, "flags"):
                return _place(text_of(frame, "name"), frame, inputs, read)
    return None


def _frames(cause: Message) -> Iterator[Message]:
    frames = cause.get("stacktrace")
    for frame in frames if isinstance(frames, list) else []:
        if isinstance(frame, dict):
            yield frame


def _place(name: str, told: Message, inputs: Mapping[str, str], read: Callable[[str], str | None]) -> Place | None:
    number, file, column = _number(told.get("line")), text_of(told, "file"), _number(told.get("column"))
    text = inputs.get(file)
    lines = (text if text is not None else read(text_of(told, "file-url")) or "").splitlines()
    if number is None or (text is not None and len(lines) < 2 and column is None):
        return None  # it is the line that was just typed
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    where = f"line {number}" if text is not None else f"{file}, line {number}"
    if text is not None and text is not [*inputs.values()][-1]:
        where += " of an earlier input"
    return Place(f"in {name}, {where}" if name else f"at {where}", line, column)


def _number(told: Bencode | None) -> int | None:
    return told if isinstance(told, int) else None
