"""Text in lines: where it is broken, what is left out when there is no room. Pure; widths come from a Measure."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Final, NamedTuple, Protocol

from device_server.views.fonts import Face
from device_server.views.geometry import Size

ELLIPSIS: Final = "…"
_SLACK: Final = 0.01
"""Points that a line may be too long: widths are sums of floats."""
_WORDS: Final = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\s\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+\s*|\s+"
)
"""What stays together: words with the white space after them, single characters of scripts that have no spaces."""
_EMOJI_PARTS: Final = re.compile("(?<=[\u2600-\u27bf\U0001f000-\U0001faff])(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d.)+")
_FLAG: Final = re.compile("([\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff]")
"""What makes one emoji of several characters; of these the bundled fonts would draw a box for each."""
_CACHED_LENGTH: Final = 500


class Measure(Hashable, Protocol):
    """What the layout has to know of fonts and pictures; all lengths in points."""

    def width(self, text: str, face: Face) -> float:
        """How far the pen goes for a line of text."""

    def line_height(self, face: Face) -> float:
        """From one line to the next."""

    def image_size(self, source: object) -> Size:
        """The size of a picture that is an element's, a pixel being a point.

        Raises: ValueError or OSError when it is no picture or too large.
        """


class Line(NamedTuple):
    text: str
    width: float


@dataclass(frozen=True, slots=True)
class Room:
    """How much room there is for a text; None is no limit."""

    width: float | None = None
    lines: int | None = None
    truncation: str = "tail"


def lines(content: str, face: Face, room: Room, measure: Measure) -> tuple[Line, ...]:
    """The lines of a text, at least one."""
    return (_lines_once if len(content) <= _CACHED_LENGTH else _lines)(content, face, room, measure)


def _lines(content: str, face: Face, room: Room, measure: Measure) -> tuple[Line, ...]:
    found = list[Line]()
    width = float("inf") if room.width is None else room.width + _SLACK
    for line, rest in _broken(drawable(content), width, lambda text: measure.width(text, face)):
        if room.lines is not None and len(found) + 1 == room.lines and rest:
            text = _shortened(line, rest, width, room.truncation, lambda text: measure.width(text, face))
            return (*found, Line(text, measure.width(text, face)))
        found.append(Line(line, measure.width(line, face)))
    return tuple(found)


_lines_once = lru_cache(maxsize=4096)(_lines)


def drawable(text: str) -> str:
    """Text as it is drawn: tabs are spaces, control characters are signs, an emoji is one character."""
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    text = _EMOJI_PARTS.sub("", _FLAG.sub(r"\1", text))
    return "".join("\ufffd" if (char < " " and char != "\n") or "\x7f" <= char < "\xa0" else char for char in text)


def clusters(text: str) -> list[str]:
    """What a reader takes for single characters: letters with their marks, joined and coloured emoji, flags."""
    found = list[str]()
    for char in text:
        if found and _continues(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _continues(before: str, char: str) -> bool:
    if (
        char in "\u200d\ufe0f\ufe0e"
        or "\U0001f3fb" <= char <= "\U0001f3ff"
        or unicodedata.category(char) in ("Mn", "Me", "Mc")
    ):
        return True
    is_flag = "\U0001f1e6" <= char <= "\U0001f1ff"
    return before[-1] == "\u200d" or (is_flag and len(before) == 1 and "\U0001f1e6" <= before <= "\U0001f1ff")


def _broken(text: str, width: float, measured: Callable[[str], float]) -> Iterator[tuple[str, str]]:
    """Each line, and the text after it that is still to come."""
    at = 0
    while True:
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        for start, stop in _paragraph(text[at:end], width, measured):
            yield text[at + start : at + stop].rstrip(), text[at + stop :].lstrip(" ")
        at = end + 1
        if at > len(text):
            return


def _paragraph(text: str, width: float, measured: Callable[[str], float]) -> Iterator[tuple[int, int]]:
    """Where its lines start and stop."""
    start = stop = 0
    used = 0.0
    if width == float("inf") or (len(text) <= _CACHED_LENGTH and measured(text) <= width):
        yield 0, len(text)
        return
    for match in _WORDS.finditer(text):
        word = match.group()
        if stop > start and used + measured(word.rstrip()) > width:
            yield start, stop
            start, used = stop, 0.0
        stop = match.end()
        used += measured(word)
        while measured(text[start:stop].rstrip()) > width and stop - start == len(word):
            cut = start + _fitting(text[start:stop], width, measured)
            if cut >= stop:
                break
            yield start, cut
            start, word = cut, text[cut:stop]
            used = measured(word)
    yield start, len(text)


def _fitting(word: str, width: float, measured: Callable[[str], float]) -> int:
    """How many characters of a word that is too long go into a line; those of one cluster at least."""
    parts = clusters(word)
    count = bisect_right(range(1, len(parts) + 1), width, key=lambda count: measured("".join(parts[:count])))
    return len("".join(parts[: max(1, count)]))


def _shortened(line: str, rest: str, width: float, truncation: str, measured: Callable[[str], float]) -> str:
    """The line and what comes after it in one line, with an ellipsis where something is left out."""
    next_word = rest.split(maxsplit=1)[:1]
    whole = " ".join([line, *next_word]) if truncation == "tail" else f"{line} {rest}".replace("\n", " ")
    parts = clusters(whole)
    kept = partial(_kept, parts, truncation=truncation)
    count = bisect_right(range(len(parts)), width, key=lambda count: measured(kept(count)))
    return kept(max(0, count - 1))


def _kept(parts: list[str], count: int, truncation: str) -> str:
    head = {"head": 0, "middle": (count + 1) // 2, "tail": count}[truncation]
    tail = count - head
    return f"{''.join(parts[:head]).rstrip()}{ELLIPSIS}{''.join(parts[len(parts) - tail :]).lstrip() if tail else ''}"
