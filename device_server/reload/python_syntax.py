"""Pieces of Python syntax compared: are they the same, or but for their literals? Nothing is run."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Pair: TypeAlias = tuple[ast.stmt | None, ast.stmt | None]

_NO_MATTER = frozenset({"ctx", "kind", "type_comment", "type_ignores"})


def is_literal(node: ast.expr | None) -> bool:
    """Whether the expression is a constant, or a display of such."""
    match node:
        case ast.Constant():
            return True
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=int() | float() | complex())):
            return True
        case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
            return all(map(is_literal, elements))
        case ast.Dict(keys=keys, values=values):
            return all(key is not None and is_literal(key) for key in keys) and all(map(is_literal, values))
    return False


def written(node: object, *, masked: bool = False, inside: bool = False, hollow: bool = False) -> str:
    """The syntax without its places. Masked: without its literals, too. Inside a function: without what annotates its
    variables, which is not run there. Hollow: without what lambdas do.
    """
    if isinstance(node, list):
        return "[" + ",".join(written(each, masked=masked, inside=inside, hollow=hollow) for each in node) + "]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if masked and isinstance(node, ast.expr) and is_literal(node):
        return "_"
    if isinstance(node, ast.AnnAssign) and inside and node.simple:
        node = ast.Assign([node.target], node.value) if node.value is not None else ast.Delete([node.target])
    within = not isinstance(node, ast.ClassDef) and (inside or isinstance(node, Function))
    fields = (
        written(getattr(node, name, None), masked=masked, inside=within, hollow=hollow)
        for name in node._fields
        if name not in _NO_MATTER and not (hollow and name == "body" and isinstance(node, ast.Lambda))
    )
    return f"{type(node).__name__}({','.join(fields)})"


def docstring(body: Sequence[ast.stmt]) -> str | None:
    """What the first statement documents."""
    match body:
        case [ast.Expr(value=ast.Constant(value=str() as text)), *_]:
            return text
    return None


def effective(body: Sequence[ast.stmt], *, is_start: bool) -> list[ast.stmt]:
    """Without the statements that do nothing; a docstring, which only stands at the start, is an assignment."""
    kept = [each for each in body if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
    if is_start and (text := docstring(body)) is not None:
        target = ast.Name("__doc__", ast.Store())
        assign = ast.copy_location(ast.Assign([target], ast.copy_location(ast.Constant(text), body[0])), body[0])
        ast.copy_location(target, body[0])
        kept = [assign, *kept]
    return [each for each in kept if not isinstance(each, ast.Pass)]


def targets(node: ast.stmt) -> list[str] | None:
    """The names that an assignment binds; None when it is none, or assigns to something else."""
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return [name]
        case ast.Assign(targets=places):
            names = [name for place in places for name in _names(place)]
            return None if None in names else [name for name in names if name is not None]
    return None


def _names(place: ast.expr) -> list[str | None]:
    match place:
        case ast.Name(id=name):
            return [name]
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            return [name for each in elements for name in _names(each)]
    return [None]


def paired(old: Sequence[ast.stmt], new: Sequence[ast.stmt]) -> list[Pair]:
    """Which statement has become which, in the order of the new ones; then those that are gone."""
    texts = [written(each) for each in old], [written(each) for each in new]
    matcher = difflib.SequenceMatcher(None, *texts, autojunk=False)
    partners: dict[int, int] = {}
    for block in matcher.get_matching_blocks():
        partners.update((block.b + at, block.a + at) for at in range(block.size))
    free = [at for at in range(len(old)) if at not in set(partners.values())]
    for key in (_full_key, _key):
        for at, node in enumerate(new):
            if at not in partners:
                found = next((other for other in free if key(old[other]) == key(node)), None)
                if found is not None:
                    partners[at] = found
                    free.remove(found)
    pairs: list[Pair] = [(old[partners[at]] if at in partners else None, node) for at, node in enumerate(new)]
    return [*pairs, *((old[at], None) for at in free)]


def _full_key(node: ast.stmt) -> str:
    return _key(node) + written(getattr(node, "decorator_list", None))


def _key(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            return f"def {name}"
        case ast.ClassDef(name=name):
            return f"class {name}"
        case ast.Assign() | ast.AnnAssign() if (names := targets(node)) is not None:
            return f"= {names}"
        case ast.If() | ast.Try() | ast.With() | ast.For() | ast.While():
            return type(node).__name__
    return written(node, hollow=True)


def suites(node: ast.stmt) -> list[list[ast.stmt]] | None:
    """The blocks of a compound statement; None for another."""
    match node:
        case ast.If() | ast.For() | ast.While() | ast.AsyncFor():
            return [node.body, node.orelse]
        case ast.With() | ast.AsyncWith():
            return [node.body]
        case ast.Try() | ast.TryStar():
            return [node.body, *(handler.body for handler in node.handlers), node.orelse, node.finalbody]
    return None


def head(node: ast.stmt) -> str:
    """A compound statement without its blocks."""
    blocks = {"body", "orelse", "finalbody"}
    fields = [written(getattr(node, name, None)) for name in node._fields if name not in {*blocks, "handlers"}]
    handlers = [f"{written(each.type)} {each.name}" for each in getattr(node, "handlers", ())]
    return " ".join([type(node).__name__, *fields, *handlers])
