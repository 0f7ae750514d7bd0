"""Clojure's text as its reader sees it, as far as an editor must know: brackets, strings, what waits for a form.

It evaluates nothing and knows no names; what is wrong with a form, the device's reader says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<space>   [\s,]+ | ;[^\n]* | \#![^\n]* )
    | (?P<string>  \#?"(?:[^"\\]|\\.)*(?P<end>"?) )
    | (?P<char>    \\(?:[A-Za-z0-9]+|.|\Z) )
    | (?P<prefix>  \#_ | \#\?@? (?=\() | \#['^] | ~@ | ['`~@^] | \#[A-Za-z][^\s,;"()\[\]{}`~@^\\]* )
    | (?P<open>    \#?[({] | \[ )
    | (?P<close>   [)\]}] )
    | (?P<atom>    [^\s,;"()\[\]{}`~@^\\]+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_CLOSER: Final = {"(": ")", "[": "]", "{": "}"}
_NAME: Final = re.compile(r"[^\s,;\"()\[\]{}`~@^\\]+\Z")
_BODY: Final = frozenset({
    "binding", "bound-fn", "case", "catch", "comment", "cond", "cond->", "cond->>", "condp", "defmethod", "defprotocol",
    "defrecord", "deftype", "deftest", "do", "doseq", "dotimes", "extend-protocol", "extend-type", "finally", "fn",
    "for", "future", "go", "if", "if-let", "if-not", "if-some", "is", "let", "letfn", "locking", "loop", "ns", "proxy",
    "doto", "reify", "testing", "try", "when", "when-first", "when-let", "when-not", "when-some", "while",
})  # fmt: skip
"""Whose arguments, but for the first lines, are a body."""


@dataclass(slots=True)
class Opening:
    """A bracket that is open."""

    at: int
    """Where it stands in the text."""
    bracket: str
    items: list[tuple[int, str]] = field(default_factory=list)
    """What stands in it: where, and the text of an atom; of all else the first character."""


@dataclass(slots=True)
class Scan:
    """What is unfinished at the end of a text."""

    openings: list[Opening] = field(default_factory=list)
    is_in_string: bool = False
    is_in_comment: bool = False
    waits: int = 0
    """So many forms must still come outside of brackets, after a quote and the like."""
    is_broken: bool = False
    """A bracket closes what it does not go with."""


def scan(text: str) -> Scan:
    """Read a text to its end."""
    state = Scan()
    outer = Opening(-1, "")
    at = 0
    for token in _TOKEN.finditer(text):
        state.is_broken = state.is_broken or token.start() != at
        at = token.end()
        _take(state, outer, token)
    return state


def is_complete(text: str) -> bool:
    """Whether a reader would not wait for more: all is closed, or something is wrong that no more text can mend."""
    state = scan(text)
    return state.is_broken or not (state.openings or state.is_in_string or state.waits)


def indentation(text: str) -> int:
    """How many spaces a line begins with that follows this text."""
    state = scan(text)
    if state.is_in_string or not state.openings:
        return 0
    opening = state.openings[-1]
    column = opening.at - (text.rfind("\n", 0, opening.at) + 1)
    inside = column + len(opening.bracket)
    if not opening.bracket.endswith("(") or not opening.items:
        return inside
    (head_at, head), *rest = opening.items
    name = head.rpartition("/")[2]
    if name in _BODY or name.startswith(("def", "with-")):
        return column + 1 + len(opening.bracket)
    if rest and "\n" not in text[head_at : rest[0][0]]:
        return rest[0][0] - (text.rfind("\n", 0, rest[0][0]) + 1)
    return inside


def call_at(text: str) -> str:
    """The name that the innermost call at the end of the text begins with; empty when there is none."""
    for opening in reversed(scan(text).openings):
        if opening.bracket.endswith("("):
            head = opening.items[0] if opening.items else (0, "")
            return head[1] if head[0] + len(head[1]) < len(text) and _NAME.match(head[1]) else ""
    return ""


def name_before(text: str) -> str:
    """The part of a name that ends the text; empty within strings and comments."""
    found = _NAME.search(text)
    if found is None:
        return ""
    state = scan(text)
    return "" if state.is_in_string or state.is_in_comment else found[0].lstrip("'#")


def form_at(text: str, line: int) -> str:
    """The form that begins in a line, counted from 1, of the text of a file."""
    rest = "".join(text.splitlines(keepends=True)[line - 1 :])
    state, outer, has_begun = Scan(), Opening(-1, ""), False
    for token in _TOKEN.finditer(rest):
        _take(state, outer, token)
        has_begun = has_begun or token.lastgroup != "space"
        if has_begun and not state.openings and not state.waits:
            return rest[: token.end()].strip()
    return rest.strip()


def _take(state: Scan, outer: Opening, token: re.Match[str]) -> None:
    kind, text = token.lastgroup, token[0]
    state.is_in_comment = kind == "space" and text.startswith((";", "#!"))
    state.is_in_string = kind == "string" and not token["end"]
    if kind == "close":
        state.is_broken |= not state.openings or _CLOSER[state.openings.pop().bracket[-1]] != text
    elif kind == "prefix":
        if not state.openings:
            state.waits += 2 if text.endswith("^") else 1  # metadata, and then what it is of
    elif kind != "space":
        (state.openings[-1] if state.openings else outer).items.append(
            (token.start(), text if kind == "atom" else text[0])
        )
        if not state.openings:
            state.waits = max(0, state.waits - 1)
        if kind == "open":
            state.openings.append(Opening(token.start(), text))
