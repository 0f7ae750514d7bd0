"""The top-level forms of a Basilisp text and their shape, from the text alone: nothing is read, resolved or run.

Not Basilisp's reader, which takes milliseconds for a file and needs the namespace: what is evaluated is read by that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from basilisp.lang.reader import READER_COND_DEFAULT_FEATURE_SET

Tree: TypeAlias = "str | tuple[Tree, ...]"
"""An atom as it is written, or what opens it, and its items: `("(", "inc", "x")`, `("'", "x")`, `("^", ":key", "x")`.

White space, comments, discarded forms and the branches of reader conditionals that are not taken are not in it.
"""

DEFAULT_NAMESPACE = "user"
_STRING = r'#f"(?:[^"\\{]|\\.|\{[^{}]*\})*"|"(?:[^"\\]|\\.)*"'
_COMMENT = r";[^\n]*|(?<![^\s,()\[\]{}\"])#![^\n]*"
_CHARACTER = r"\\(?:\w+|.)"
_EDGE = re.compile(rf"(?P<skip>{_STRING}|{_COMMENT}|{_CHARACTER})|(?P<open>[(\[{{])|(?P<close>[)\]}}])", re.DOTALL)
_TOKEN = re.compile(
    rf"(?P<blank>[\s,]+|{_COMMENT})|(?P<text>{_STRING}|{_CHARACTER})|(?P<open>[(\[{{])|(?P<close>[)\]}}])"
    r"|(?P<atom>[^\s,()\[\]{}\";\\]+)|(?P<other>.)",
    re.DOTALL,
)
_PREFIX = re.compile(r"~@|#'|#_|#\?@|#\?|#\^|['`~@^]|#(?=$|[({])")
_TAG = re.compile(r"#(?:$|:|b$|[^#\W])")
"""What makes an atom belong with the form after it: `#`, `#:ns`, `#inst`."""
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_FEATURES = frozenset(str(feature) for feature in READER_COND_DEFAULT_FEATURE_SET)
_NAMESPACE = re.compile(r"\((?:ns|in-ns)(?=[\s^'])")
_BLANK_HEADS = frozenset({"comment"})
"""Macros that evaluate nothing of what they are given."""


@dataclass(frozen=True, slots=True)
class Form:
    """One top-level form of a file."""

    text: str
    line: int
    """From 1."""
    column: int
    """From 0, as Basilisp counts."""
    namespace: str
    """The namespace in which it is evaluated."""

    @property
    def end_line(self) -> int:
        """The line on which it ends."""
        return self.line + self.text.count("\n")


@lru_cache(maxsize=8)  # the old text of an edit was the new one of the edit before
def split(text: str) -> tuple[Form, ...]:
    """The top-level forms. What never closes is one form, up to the end; reading it tells what is wrong."""
    forms, namespace = [], DEFAULT_NAMESPACE
    line, line_start, counted = 1, 0, 0
    for start, end in _extents(text):
        form_text = text[start:end]
        newlines = text.count("\n", counted, start)
        if newlines:
            line, line_start = line + newlines, text.rindex("\n", counted, start) + 1
        counted = start
        if _NAMESPACE.match(form_text):
            namespace = named(form_text) or namespace
        if not _is_blank(form_text):
            forms.append(Form(form_text, line, start - line_start, namespace))
    return tuple(forms)


def named(form_text: str) -> str | None:
    """The namespace that an `ns` or `in-ns` form leads to."""
    shape = tree(form_text)
    names = [name for each in shape[1:] if (name := bare(each)) is not None] if isinstance(shape, tuple) else []
    return names[1] if len(names) > 1 else None


@lru_cache(maxsize=128)
def tree(form_text: str) -> Tree:
    """The shape of one form's text; of several (a splicing conditional), a tuple that begins with ""."""
    items, _ = _items(form_text, 0, "")
    return items[0] if len(items) == 1 else ("", *items)


def bare(shape: Tree) -> str | None:
    """The symbol that it is, metadata and quote apart; None when it is something else."""
    while isinstance(shape, tuple) and shape[0] in ("^", "'"):
        shape = shape[-1]
    return shape if isinstance(shape, str) else None


def items_of(shape: Tree) -> tuple[Tree, ...]:
    """The items of a list, metadata apart; nothing when it is no list."""
    while isinstance(shape, tuple) and shape[0] == "^":
        shape = shape[-1]
    return shape[1:] if isinstance(shape, tuple) and shape[0] == "(" else ()


def head(shape: Tree) -> str:
    """The name of a list's operator, without its namespace; "" when it has none."""
    items = items_of(shape)
    name = bare(items[0]) if items else None
    return name.rpartition("/")[2] if name else ""


def is_literal(shape: Tree) -> bool:
    """Whether it is a number, a string, a keyword, a character, a pattern, `true`, `false` or `nil`."""
    if isinstance(shape, tuple):
        return shape[0] in ("#", "#b") and len(shape) == 2 and isinstance(shape[1], str) and shape[1].startswith('"')
    return shape in ("true", "false", "nil") or shape[0] in '":\\' or shape[:2] == "##" or _is_number(shape)


def is_data(shape: Tree) -> bool:
    """Whether it is a literal, something quoted, or a vector, map or set of such: evaluating it has one outcome."""
    if is_literal(shape):
        return True
    if not isinstance(shape, tuple):
        return False
    return shape[0] == "'" or (shape[0] in ("[", "{", "#{") and all(is_data(item) for item in shape[1:]))


def atoms(shape: Tree) -> Iterator[str]:
    """All symbols in it, as they are written, those in interpolated strings included, and keywords with an alias."""
    if isinstance(shape, tuple):
        if shape[0].startswith("#::"):  # type: ignore[union-attr]  # it is the opening
            yield f"{shape[0][3:]}/"
        for item in shape[1:]:
            yield from atoms(item)
    elif shape.startswith('#f"'):
        yield from re.findall(r"[^\s()\[\]{}\"',`~@]+", " ".join(re.findall(r"\{([^{}]*)\}", shape)))
    elif shape.startswith("::"):
        yield shape[2:]
    elif not is_literal(shape):
        yield shape.rstrip(".") or shape


def _is_number(atom: str) -> bool:
    return atom[0].isdigit() or (atom[0] in "+-" and atom[1:2].isdigit())


def _is_blank(form_text: str) -> bool:
    return form_text.startswith("(comment") and head(tree(form_text)) in _BLANK_HEADS


def _extents(text: str) -> Iterator[tuple[int, int]]:
    """Where each form that counts begins and ends, prefixes and metadata included."""
    position = 0
    while (start := _after_blanks(text, position)) < len(text):
        position, counts = _form_end(text, start)
        if counts:
            yield start, position


def _after_blanks(text: str, position: int) -> int:
    while (token := _TOKEN.match(text, position)) and token.lastgroup == "blank":
        position = token.end()
    return position


def _form_end(text: str, position: int) -> tuple[int, bool]:
    """The end of the form that begins there, and whether it counts: a discarded one does not."""
    token = _TOKEN.match(text, position)
    if token is None:
        return len(text), True
    if token.lastgroup == "open":
        return _closing_end(text, token.end()), True
    if token.lastgroup != "atom":
        return token.end(), True
    prefix = _PREFIX.match(token.group())
    if prefix is not None:
        end, _ = _next_end(text, position + prefix.end())
        if prefix.group() in ("^", "#^"):
            end, _ = _next_end(text, end)
        return end, prefix.group() != "#_"
    if _TAG.match(token.group()):
        return _next_end(text, token.end())[0], True
    return token.end(), True


def _next_end(text: str, position: int) -> tuple[int, bool]:
    """The end of the next form that counts."""
    while True:
        position, counts = _form_end(text, _after_blanks(text, position))
        if counts:
            return position, True


def _closing_end(text: str, position: int) -> int:
    depth = 1
    for edge in _EDGE.finditer(text, position):
        if edge.lastgroup == "open":
            depth += 1
        elif edge.lastgroup == "close":
            depth -= 1
            if not depth:
                return edge.end()
    return len(text)


def _items(text: str, position: int, closing: str) -> tuple[list[Tree], int]:
    """The items up to what closes them, and where that ends."""
    items: list[Tree] = []
    while (position := _after_blanks(text, position)) < len(text):
        if text[position] in ")]}":
            if text[position] == closing:
                return items, position + 1
            items.append(text[position])
            position += 1
            continue
        found, position = _item(text, position)
        items += found
    return items, position


def _item(text: str, position: int) -> tuple[list[Tree], int]:
    """One item, and where it ends: none when it is discarded, several when they are spliced."""
    token = _TOKEN.match(text, position)
    assert token is not None
    written = token.group()
    if token.lastgroup == "open":
        items, end = _items(text, token.end(), _CLOSES[written])
        return [(written, *items)], end
    if token.lastgroup != "atom":
        return [written], token.end()
    prefix = _PREFIX.match(written)
    if prefix is not None:
        return _prefixed(text, prefix.group(), position + prefix.end())
    if _TAG.match(written):
        item, end = _one(text, token.end())
        return [(written, item)], end
    return [written], token.end()


def _prefixed(text: str, prefix: str, position: int) -> tuple[list[Tree], int]:
    item, end = _one(text, position)
    if prefix == "#_":
        return [], end
    if prefix in ("#?", "#?@"):
        return _taken(item, is_spliced=prefix == "#?@"), end
    if prefix in ("^", "#^"):
        target, end = _one(text, end)
        return [("^", item, target)], end
    if prefix == "#" and isinstance(item, tuple) and item[0] == "{":
        return [("#{", *item[1:])], end
    return [(prefix, item)], end


def _one(text: str, position: int) -> tuple[Tree, int]:
    """The next item that counts; "" at the end of the text."""
    while (position := _after_blanks(text, position)) < len(text) and text[position] not in ")]}":
        items, position = _item(text, position)
        if items:
            return items[0], position
    return "", position


def _taken(branches: Tree, *, is_spliced: bool) -> list[Tree]:
    """What a reader conditional comes to."""
    pairs = branches[1:] if isinstance(branches, tuple) else ()
    for feature, branch in zip(pairs[::2], pairs[1::2], strict=False):
        if feature in _FEATURES:
            return [*branch[1:]] if is_spliced and isinstance(branch, tuple) else [branch]
    return []
