"""Reads Clojure's text as forms with their lines and metadata. It evaluates nothing and expands nothing.

Unbalanced text is read as far as it goes. What reader conditionals and anonymous functions hold are items like any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<blank>[\s,]+|;[^\n]*)
    |(?P<ahead>\#_|\#?\^)
    |(?P<mark>~@|\#'|['`~@])
    |(?P<open>\#?\??@?[({]|\[)
    |(?P<close>[)\]}])
    |(?P<atom>\#?"(?:[^"\\]|\\.)*"?|\\(?:\w+|.)|\#?[^\s,()\[\]{}"`~@^;\\]+|.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(slots=True)
class Form:
    """An atom, or a list, vector, map or set with what is in it."""

    text: str
    """Of an atom, all; else what opens it: ( [ { #{ #( and the like."""
    line: int
    """From 1."""
    is_atom: bool = True
    items: list[Form] = field(default_factory=list)
    metadata: list[Form] = field(default_factory=list)
    """What stands after each ^ before it."""
    _ahead: list[str] = field(default_factory=list)
    _metadata: list[Form] = field(default_factory=list)

    @property
    def head(self) -> str:
        """Of a list, the name it begins with; else nothing."""
        return self.items[0].text if self.text == "(" and self.items and self.items[0].is_atom else ""

    @property
    def string(self) -> str | None:
        """The value of a string; None for all else."""
        if not self.is_atom or not self.text.startswith('"'):
            return None
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), self.text.strip('"'))

    def pairs(self) -> Iterator[tuple[Form, Form]]:
        """The keys and values of a map."""
        return zip(self.items[::2], self.items[1::2], strict=False)

    def take(self, form: Form) -> bool:
        """One more item; False when it is metadata or commented out."""
        ahead = self._ahead.pop() if self._ahead else ""
        if ahead.endswith("^"):
            self._metadata.append(form)
            return False
        form.metadata, self._metadata = self._metadata, []
        if ahead:
            return False
        self.items.append(form)
        return True

    def expect(self, mark: str) -> None:
        """The next item is metadata, or commented out."""
        self._ahead.append(mark)


def forms(text: str) -> list[Form]:
    """The forms of a file."""
    outer = Form("", 0, is_atom=False)
    stack, line = [outer], 1
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "atom":
                stack[-1].take(Form(token[0], line))
            case "open":
                form = Form(token[0], line, is_atom=False)
                stack[-1].take(form)
                stack.append(form)
            case "close" if len(stack) > 1:
                stack.pop()
            case "ahead":
                stack[-1].expect(token[0])
        line += token[0].count("\n")
    return outer.items
