"""What stands around a place in Clojure code: the forms that enclose it and the locals that are visible there.

An editor sends the form it is in with `__prefix__` where the cursor is. All that comes before is read, and what is
still open there encloses the place. It is read as text: nothing is resolved, no macro is expanded, unbalanced code is
as good as any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

PREFIX: Final = "__prefix__"
READ_BEFORE_CHARS: Final = 16 * 1024
"""Of a longer form the beginning is not read."""
READ_AFTER_CHARS: Final = 1024

_OF_THE_PREFIX: Final = ".-:@'`~#^"
"""Editors differ in whether these belong to the prefix."""

_TOKEN: Final = re.compile(
    r"""(?P<blank>[\s,]+|;[^\n]*)
    |(?P<skip>\#_|\^|\#\^)
    |(?P<mark>~@|\#'|['`~@])
    |(?P<open>\#\?@?\(|\#\(|\#\{|[(\[{])
    |(?P<close>[)\]}])
    |(?P<atom>\#?"(?:[^"\\]|\\.)*"?|\\(?:\w+|.)|\#?[^\s,()\[\]{}"`~@^;\\]+|.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(slots=True)
class Form:
    """A list, vector, map or set, as far as it was read."""

    opener: str
    """( [ { #( #{ #?( or #?@(; nothing for what is around the outermost form."""
    items: list[Node] = field(default_factory=list)
    skips: int = 0
    """So many of the next items are metadata or commented out."""

    @property
    def head(self) -> str:
        """Of a list, the name it begins with, without its namespace; else nothing."""
        first = self.items[0] if self.items else ""
        return first.rpartition("/")[2] if self.opener == "(" and isinstance(first, str) else ""

    def add(self, node: Node) -> None:
        """One more item."""
        if self.skips:
            self.skips -= 1
        else:
            self.items.append(node)


Node: TypeAlias = "Form | str"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in code."""

    enclosing: tuple[Form, ...] = ()
    """The forms around it with what stands in them before it, outermost first. Each is the last item of the one before
    it."""
    following: Node | None = None
    """What comes next in the innermost of them."""

    @property
    def innermost(self) -> Form:
        """The form it stands in."""
        return self.enclosing[-1] if self.enclosing else Form("")


def place(context: str | None) -> Place:
    """The place where the prefix stands; an unknown one when nothing is told of it."""
    before, found, after = (context or "").partition(PREFIX)
    if not found:
        return Place()
    begun = before[-READ_BEFORE_CHARS:].rstrip(_OF_THE_PREFIX)
    _, *enclosing = _read(begun, [Form("")])
    rest = Form("")
    _read(after[:READ_AFTER_CHARS], [Form(""), rest])
    return Place(tuple(enclosing), rest.items[0] if rest.items else None)


def _read(text: str, stack: list[Form]) -> list[Form]:
    """The forms that are open at the end of the text; those of `stack` are at its beginning."""
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "atom":
                stack[-1].add(token[0])
            case "open":
                form = Form(token[0])
                stack[-1].add(form)
                stack.append(form)
            case "close" if len(stack) > 1:
                stack.pop()
            case "skip":
                stack[-1].skips += 1
    return stack


Locals: TypeAlias = dict[str, "Node | None"]
"""Name -> the form that it is bound to, if it is bound to one."""

_LET: Final = frozenset({
    "let", "let*", "loop", "loop*", "if-let", "when-let", "if-some", "when-some", "when-first", "with-open", "with",
    "dotimes", "for", "doseq",
})  # fmt: skip
_FN: Final = frozenset({"fn", "fn*", "defn", "defn-", "defmacro", "defasync", "bound-fn"})
_TYPE: Final = frozenset({"deftype", "defrecord", "reify", "extend-type", "extend-protocol", "extend", "proxy"})
_NOTHING: Final = frozenset({"&", "_"})


def visible_locals(enclosing: Sequence[Form]) -> Locals:
    """The names that the forms around a place bind there; inner ones hide outer ones."""
    found: Locals = {}
    for depth, form in enumerate(enclosing):
        outer = [*enclosing[:depth]]
        found.update(_bound_by(form, outer))
    return found


def _bound_by(form: Form, outer: Sequence[Form]) -> Iterator[tuple[str, Node | None]]:
    head, items = form.head, form.items
    parent = outer[-1].head if outer else ""
    if head in _LET and len(items) > 1:
        yield from _pairs(items[1])
    elif head in _FN:
        yield from _function(items[1:])
    elif head == "defmethod":
        yield from _function(items[3:])
    elif head in ("deftype", "defrecord") and len(items) > 2:
        yield from _names(items[2])
    elif head == "letfn" and len(items) > 1 and isinstance(items[1], Form):
        yield from ((str(each.items[0]), None) for each in items[1].items if isinstance(each, Form) and each.items)
    elif head in ("as->", "catch") and len(items) > 2:
        yield from _names(items[2])
    elif parent in _FN:  # one of several arities
        yield from _parameters(items[:1])
    elif parent in _TYPE or (len(outer) > 1 and outer[-2].head == "letfn"):
        yield from _parameters(items[1:2])


def _function(items: Sequence[Node]) -> Iterator[tuple[str, Node | None]]:
    """The name, if any, and the parameters of a single arity."""
    if items and isinstance(items[0], str):
        yield from _names(items[0])
    yield from _parameters(items)


def _parameters(items: Sequence[Node]) -> Iterator[tuple[str, Node | None]]:
    """Those of the first vector."""
    for each in items:
        if isinstance(each, Form) and each.opener == "[":
            yield from _names(each)
            return


def _pairs(bindings: Node) -> Iterator[tuple[str, Node | None]]:
    """The names of a binding vector, those after `:let` in a comprehension included."""
    if not isinstance(bindings, Form):
        return
    for at in range(0, len(bindings.items), 2):
        target, *value = bindings.items[at : at + 2]
        if target == ":let" and value:
            yield from _pairs(value[0])
        elif isinstance(target, str):
            yield from ((name, value[0] if value else None) for name, _ in _names(target))
        else:
            yield from _names(target)


def _names(target: Node) -> Iterator[tuple[str, Node | None]]:
    """The names in a parameter or in what a value is taken apart by."""
    if isinstance(target, str):
        if target not in _NOTHING and not target.startswith((":", '"')):
            yield target, None
    elif target.opener == "{":
        for key, value in zip(target.items[::2], target.items[1::2], strict=False):
            yield from _taken_from_map(key, value)
    else:
        for each in target.items:
            yield from _names(each)


def _taken_from_map(key: Node, value: Node) -> Iterator[tuple[str, Node | None]]:
    if not isinstance(key, str) or not key.startswith(":"):
        yield from _names(key)
    elif key == ":as":
        yield from _names(value)
    elif key.rpartition("/")[2].lstrip(":") in ("keys", "strs", "syms") and isinstance(value, Form):
        yield from ((each.lstrip(":").rpartition("/")[2], None) for each in value.items if isinstance(each, str))
