"""Of much Python, the statements that say what some names are. Pure; it reads code with `ast` and runs none.

A session's code may be long, and whoever infers types takes time in proportion to what he is given. So code is cut into
its top-level statements, each known by the names it binds and the names it uses; what a name is, is said by the
statements that bind it last, and by those that say what the names in them are.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Final

GONE: Final = "gone"
"""What `del` binds a name to."""
ANY: Final = "*"
"""What `from m import *` binds."""
REMEMBERED: Final = 4096
"""So many texts are not taken apart again."""
LONGEST_ANNOTATION: Final = 80
"""A string of more characters is no annotation."""

_BINDS_ANEW: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.Delete
)  # fmt: skip
_SCOPES: Final = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Statement:
    """A top-level statement."""

    text: str
    binds: dict[str, str]
    """Name -> what it is bound to: function, class, module, variable, or GONE."""
    changes: frozenset[str]
    """Names whose values it may change, as `x` in `x.size = 1` and in `x.append(1)`."""
    uses: frozenset[str]
    """Names that are read in it, however deep."""
    is_final: bool
    """Whether what its names were before does not matter any more."""


def identifiers(code: str) -> frozenset[str]:
    """All names in a piece of code, which may be unfinished."""
    return frozenset(_IDENTIFIER.findall(code))


@lru_cache(REMEMBERED)
def statements(code: str) -> tuple[Statement, ...]:
    """The top-level statements of a text; none when it is no Python."""
    text = textwrap.dedent(code.replace("\r\n", "\n").replace("\r", "\n"))  # maybe a region of a function's body
    try:
        body = ast.parse(text).body
        lines = [line.encode() + b"\n" for line in text.split("\n")]  # columns count bytes
        return tuple(_statement(node, lines) for node in body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # such as null bytes, or nesting too deep
        return ()


class History:
    """The statements of several texts, the oldest first."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._statements = tuple(chain.from_iterable(map(statements, texts)))
        self._about: dict[str, list[int]] = {}
        """Name -> the statements that say what it is."""
        self.kinds: dict[str, str] = {}
        """Every name that is bound at the top level -> function, class, module or variable."""
        for index, statement in enumerate(self._statements):
            for name in (*statement.binds, *statement.changes):
                if statement.is_final:
                    self._about[name] = []
                self._about.setdefault(name, []).append(index)
            self.kinds.update(statement.binds)
        self.kinds = {name: kind for name, kind in self.kinds.items() if kind != GONE and name != ANY}

    def about(self, names: Iterable[str]) -> str:
        """The code that says what these names are, in the order in which it was evaluated."""
        wanted, known, chosen = {ANY, *names}, set[str](), set[int]()
        while wanted:
            name = wanted.pop()
            known.add(name)
            for index in self._about.get(name, ()):
                chosen.add(index)
                wanted |= self._statements[index].uses - known
        return "".join(f"{self._statements[index].text}\n" for index in sorted(chosen))


def _statement(node: ast.stmt, lines: list[bytes]) -> Statement:
    binds, uses = dict(_bound(node)), frozenset(_used(node))
    changes = frozenset(_changed(node)) - binds.keys()
    is_final = isinstance(node, _BINDS_ANEW) and not changes and uses.isdisjoint(binds)
    return Statement(_text(node, lines), binds, changes, uses, is_final)


def _text(node: ast.stmt, lines: list[bytes]) -> str:
    """The statement as it was written, decorators included."""
    decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
    first, last = min([node.lineno, *decorators]), node.end_lineno or node.lineno
    taken = lines[first - 1 : last]
    taken[-1] = taken[-1][: node.end_col_offset]
    if not decorators:
        taken[0] = taken[0][node.col_offset :]  # it may come after a semicolon
    return b"".join(taken).decode()


def _bound(node: ast.stmt) -> Iterator[tuple[str, str]]:
    for part in _same_scope(node):
        match part:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name, "function"
            case ast.ClassDef(name=name):
                yield name, "class"
            case ast.Import(names=aliases):
                yield from ((alias.asname or alias.name.partition(".")[0], "module") for alias in aliases)
            case ast.ImportFrom(names=aliases):
                yield from ((alias.asname or alias.name, "variable") for alias in aliases)
            case ast.Name(id=name, ctx=ast.Store()):
                yield name, "variable"
            case ast.Name(id=name, ctx=ast.Del()):
                yield name, GONE


def _changed(node: ast.stmt) -> Iterator[str]:
    for part in _same_scope(node):
        match part:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                yield from _root(part)
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                yield from _root(method)


def _root(node: ast.expr) -> Iterator[str]:
    """`x` of `x.items[0].append`."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _same_scope(node: ast.AST) -> Iterator[ast.AST]:
    """The node and what is in it, but not what is in the scopes that begin there."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        if not isinstance(part, _SCOPES):
            waiting.extend(reversed(list(ast.iter_child_nodes(part))))


def _used(node: ast.stmt) -> Iterator[str]:
    for part in ast.walk(node):
        match part:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Constant(value=str(text)) if len(text) <= LONGEST_ANNOTATION:
                yield from identifiers(text)
