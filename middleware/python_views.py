"""The views and previews of a Python file, read from its text. Nothing is imported or run.

A function of a module is a view when it is marked with `preview`, when it is annotated to return an element
(`-> v.View`, `-> v.Element`, `-> v.VStack`), or when it has no annotation and returns an element that it makes on the
spot (`return v.VStack(...).padding()`). A class is one when its method `body` is. What the toolkit is called is read
from the file's own imports.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from middleware.view_sources import MODULE, NOTHING, Found, Parameter, Preview, View

_PACKAGE, _, _LAST = MODULE.rpartition(".")
_NO_ELEMENTS: Final = frozenset({"State", "Traits"})
_LONGEST: Final = 200
"""Characters of a default or an annotation; what is longer is cut."""
_Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


def read(text: str) -> Found:
    """What a file has."""
    if _PACKAGE not in text or _LAST not in text:
        return NOTHING
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        return Found(problem=f"{error.msg}, line {error.lineno}")
    except (ValueError, RecursionError) as error:
        return Found(problem=str(error))
    toolkit = _Toolkit(tree.body)
    views, previews = list[View](), list[Preview]()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            marks = [*toolkit.previews(node)]
            previews += marks
            if marks or toolkit.makes_element(node):
                views.append(View(node.name, node.lineno, tuple(_parameters(node.args))))
        elif isinstance(node, ast.ClassDef) and any(map(toolkit.makes_element, _methods(node, "body"))):
            views.append(View(node.name, node.lineno, tuple(_fields(node))))
    return Found(tuple(views), tuple(previews))


class _Toolkit:
    """What a module calls the toolkit and what is in it."""

    def __init__(self, body: Sequence[ast.stmt]) -> None:
        self._modules: set[str] = set()
        self._names: dict[str, str] = {}
        for node in body:
            if isinstance(node, ast.Import):
                self._modules |= {each.asname or each.name for each in node.names if each.name == MODULE}
            elif isinstance(node, ast.ImportFrom) and node.module == _PACKAGE:
                self._modules |= {each.asname or each.name for each in node.names if each.name == _LAST}
            elif isinstance(node, ast.ImportFrom) and node.module == MODULE:
                self._names |= {each.asname or each.name: each.name for each in node.names}

    def previews(self, function: ast.FunctionDef) -> Iterator[Preview]:
        for mark in function.decorator_list:
            if isinstance(mark, ast.Call) and self._name(mark.func) == "preview" and mark.args:
                name, *presets = map(_text, mark.args)
                traits = (f"{each.arg}={_text(each.value)}" for each in mark.keywords if each.arg)
                yield Preview(name, function.name, mark.lineno, (*presets, *traits))

    def makes_element(self, function: _Function) -> bool:
        if function.returns is not None:
            return self._is_element(_unquoted(function.returns))
        return any(self._is_made(node.value) for node in _returns(function.body) if node.value is not None)

    def _is_made(self, value: ast.expr) -> bool:
        """Whether it is a call of an element, or of modifiers on one."""
        while isinstance(value, ast.Call):
            if self._is_element(value.func):
                return True
            if not isinstance(value.func, ast.Attribute):
                return False
            value = value.func.value
        if isinstance(value, ast.IfExp):
            return self._is_made(value.body) or self._is_made(value.orelse)
        return False

    def _is_element(self, name: ast.expr) -> bool:
        found = self._name(name)
        return found[:1].isupper() and found not in _NO_ELEMENTS

    def _name(self, node: ast.expr) -> str:
        """What the toolkit calls what is named there; "" when it is nothing of the toolkit's."""
        if isinstance(node, ast.Name):
            return self._names.get(node.id, "")
        if isinstance(node, ast.Attribute) and _dotted(node.value) in self._modules:
            return node.attr
        return ""


def _dotted(node: ast.expr) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _unquoted(annotation: ast.expr) -> ast.expr:
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            return ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return annotation
    return annotation


def _returns(body: Sequence[ast.stmt]) -> Iterator[ast.Return]:
    """Those of a function itself, not of functions and classes inside it."""
    waiting: list[ast.AST] = [*body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return):
            yield node
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case) and not isinstance(
            node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        ):
            waiting += ast.iter_child_nodes(node)


def _methods(node: ast.ClassDef, name: str) -> Iterator[_Function]:
    yield from (each for each in node.body if isinstance(each, ast.FunctionDef) and each.name == name)


def _parameters(arguments: ast.arguments, skipped: int = 0) -> Iterator[Parameter]:
    places = [*arguments.posonlyargs, *arguments.args]
    without = [None] * (len(places) - len(arguments.defaults))
    for argument, default in [*zip(places, [*without, *arguments.defaults], strict=True)][skipped:]:
        yield _parameter(argument, default)
    if arguments.vararg:
        yield _parameter(arguments.vararg, None, "*")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield _parameter(argument, default)
    if arguments.kwarg:
        yield _parameter(arguments.kwarg, None, "**")


def _parameter(argument: ast.arg, default: ast.expr | None, stars: str = "") -> Parameter:
    return Parameter(stars + argument.arg, _source(default), _source(argument.annotation))


def _fields(node: ast.ClassDef) -> Iterator[Parameter]:
    """What a class is called with: the parameters of its `__init__`, or the fields of a dataclass."""
    for method in _methods(node, "__init__"):
        yield from _parameters(method.args, skipped=1)
        return
    if any("dataclass" in ast.unparse(mark) for mark in node.decorator_list):
        for each in node.body:
            if isinstance(each, ast.AnnAssign) and "ClassVar" not in ast.unparse(each.annotation):
                yield Parameter(ast.unparse(each.target), _source(each.value), _source(each.annotation))


def _source(node: ast.expr | None) -> str | None:
    if node is None:
        return None
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _text(node: ast.expr) -> str:
    """A literal text as it is, all else as code."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else (_source(node) or "")
