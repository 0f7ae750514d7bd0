"""The top-level statements of a Python text: where they begin, which names they bind and read. Nothing is run.

Kept between edits, so it is made of plain tuples of words, which the garbage collector leaves alone; trees are not.
"""

from __future__ import annotations
import __future__

import ast
import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[int, tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Of one statement, or of several on one line: its first line (from 0), what it binds, what it reads as it runs
(`a.b` beside `a`), and
what it imports from where (`module:name`, `module:*`), what it calls as it runs."""

_FUTURES: dict[str, int] = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}
_BUILTINS = frozenset(vars(builtins))


@dataclass(frozen=True, slots=True)
class Outline:
    """A whole text."""

    rows: tuple[Row, ...]
    flags: int
    """What its `from __future__` imports mean to the compiler."""


@dataclass(frozen=True, slots=True)
class Region:
    """What differs between two texts: whole statements, by their places in the outlines, ends excluded."""

    first: int
    old_end: int
    new_end: int
    old_body: Sequence[ast.stmt]
    new_body: Sequence[ast.stmt]


def lines_of(text: str) -> list[str]:
    """As Python's own tokenizer counts them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


def outline(text: str, path: str) -> Outline:
    """Raises: SyntaxError, ValueError."""
    return _outline(parse(text, path).body)


def parse(text: str, path: str) -> ast.Module:
    """Raises: SyntaxError; a NUL, too, is one."""
    try:
        return ast.parse(text, path)
    except ValueError as error:  # what Python before 3.11.4 says of a NUL
        raise SyntaxError(str(error), (path, 1, 1, None)) from None


def _outline(body: Sequence[ast.stmt]) -> Outline:
    flags = 0
    for statement in body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            flags |= sum(_FUTURES.get(alias.name, 0) for alias in statement.names)
    return Outline(tuple(_row(group) for group in _by_line(body)), flags)


def compare(old: str, known: Outline, new: str, path: str) -> tuple[Region, Outline]:
    """The region that differs, and the outline of the new text. Only what may have changed is parsed.

    Text that parses on its own, between a statement's end and a statement's begin, means the same inside its file; what
    does not may reach beyond, as an open string does, and then the whole text is parsed.

    Raises: SyntaxError, of the new text.
    """
    olds, news = lines_of(old), lines_of(new)
    head, tail = _common(olds, news)
    rows = known.rows
    first = sum(row[0] < head for row in rows)  # of the last one's end nothing is known: text may have been added to it
    first = max(0, first - 1)
    end = next((place for place in range(first, len(rows)) if rows[place][0] >= len(olds) - tail), len(rows))
    shift = len(news) - len(olds)
    top = rows[first][0] if first else 0
    try:
        body = _part(news, top, rows[end][0] + shift if end < len(rows) else len(news), path)
    except SyntaxError:
        body = parse(new, path).body
        first, end, top, shift = 0, len(rows), 0, 0
    if any(isinstance(each, ast.ImportFrom) and each.module == "__future__" for each in body):
        body = parse(new, path).body  # its place in the file matters
        first, end, top, shift = 0, len(rows), 0, 0
    middle = _outline(body)
    after = tuple((row[0] + shift, *row[1:]) for row in rows[end:])
    merged = Outline((*rows[:first], *middle.rows, *after), middle.flags if first == 0 else known.flags)
    old_body = _part(olds, top, rows[end][0] if end < len(rows) else len(olds), path)
    return Region(first, end, first + len(middle.rows), old_body, body), merged


def statements_at(text: str, known: Outline, place: int, path: str) -> list[ast.stmt]:
    """The syntax of one row, its lines being the file's."""
    lines = lines_of(text)
    end = known.rows[place + 1][0] if place + 1 < len(known.rows) else len(lines)
    return _part(lines, known.rows[place][0], end, path)


def _part(lines: list[str], top: int, end: int, path: str) -> list[ast.stmt]:
    return parse("\n" * top + "\n".join(lines[top:end]) + "\n", path).body


def _common(olds: list[str], news: list[str]) -> tuple[int, int]:
    """How many lines are the same at the beginning, and how many more at the end."""
    limit = min(len(olds), len(news))
    head = next((at for at in range(limit) if olds[at] != news[at]), limit)
    limit -= head
    tail = next((at for at in range(limit) if olds[-1 - at] != news[-1 - at]), limit)
    return head, tail


def first_line(node: ast.stmt) -> int:
    """From 1; that of its first decorator, if it has any."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def group_by_line(body: Sequence[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements that share a line are one."""
    return [*_by_line(body)]


def _by_line(body: Sequence[ast.stmt]) -> Iterator[list[ast.stmt]]:
    group: list[ast.stmt] = []
    for statement in body:
        if group and first_line(statement) > (group[-1].end_lineno or 0):
            yield group
            group = []
        group.append(statement)
    if group:
        yield group


def _row(group: list[ast.stmt]) -> Row:
    names = Names()
    for statement in group:
        names.visit(statement)
    reads = names.reads - _BUILTINS | names.reads & names.binds
    return (
        first_line(group[0]) - 1,
        tuple(sorted(names.binds)),
        tuple(sorted(reads)),
        tuple(names.imports),
        tuple(sorted(names.calls - _BUILTINS)),
    )


class Names(ast.NodeVisitor):
    """What running a statement binds and reads in the scope that it stands in; not what calling functions would."""

    def __init__(self) -> None:
        self.binds: set[str] = set()
        self.reads: set[str] = set()
        self.imports: list[str] = []
        self.calls: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        (self.reads if isinstance(node.ctx, ast.Load) else self.binds).add(node.id)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            self.calls.add(node.func.id)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if isinstance(node.ctx, ast.Load):
            words = ast.unparse(node)
            if words.replace(".", "").isidentifier():
                self.reads.add(words)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.reads.add(node.target.id)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.target)
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.binds.add(node.name)
        for each in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(each)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for each in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(each)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        inside = Names()
        for statement in node.body:
            inside.visit(statement)
        for each in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(each)
        self.reads |= inside.reads
        self.calls |= inside.calls
        self.binds.add(node.name)

    def visit_Import(self, node: ast.Import) -> None:
        self.binds.update((alias.asname or alias.name.partition(".")[0]) for alias in node.names)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.imports += [f"{module}:{alias.name}" for alias in node.names]
        self.binds.update(alias.asname or alias.name for alias in node.names if alias.name != "*")

    def visit_ListComp(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        inside = Names()
        inside.generic_visit(node)
        self.reads |= inside.reads - inside.binds
        self.calls |= inside.calls

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name is not None:
            self.binds.add(node.name)
        self.generic_visit(node)

    def visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar) -> None:
        if node.name is not None:
            self.binds.add(node.name)
        self.generic_visit(node)

    visit_MatchStar = visit_MatchAs
