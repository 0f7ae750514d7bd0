"""What a plain `assert` compared, told when it fails. It runs no test: python_testing.py does.

While tests run, the functions of their module have code that also keeps the operands of an `assert` in local
variables. It is made from the module's source, and given only to functions that this very source defines.
"""

from __future__ import annotations

import ast
import linecache
import types
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeGuard

from device_server.languages.python_printing import bounded_repr
from device_server.languages.shown import Style
from device_server.languages.testing import PRINTED_QUOTA, missing

_LEFT, _RIGHT, _VALUE = "@left", "@right", "@value"
"""No name that a program could have."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A failed assertion in a reader's terms."""

    line: int
    expected: str
    actual: str
    diff: tuple[str, str] | None = None


@contextmanager
def observed(module: types.ModuleType) -> Iterator[None]:
    """While it is entered, failing asserts of the module's functions can be explained."""
    functions = [*_functions(module)]
    observing: dict[types.CodeType, types.CodeType] = {}
    for file in {function.__code__.co_filename for function in functions}:
        observing |= _observing_codes(file)
    before = {function: function.__code__ for function in functions if function.__code__ in observing}
    for function, code in before.items():
        function.__code__ = observing[code]
    try:
        yield
    finally:
        for function, code in before.items():
            function.__code__ = code


def comparison(error: BaseException, file: str | None) -> Comparison | None:
    """Where in `file` an exception comes from, and what was compared there; None when it has not been there."""
    at = None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            at = trace
        trace = trace.tb_next
    if at is None or file is None:
        return None
    lines = linecache.getlines(file)
    if isinstance(error, AssertionError) and at.tb_next is None:
        failed = _assert_at("".join(lines), at.tb_lineno)
        if failed is not None:
            return _compared(failed, "".join(lines), at.tb_frame.f_locals)
    line = lines[at.tb_lineno - 1].strip() if at.tb_lineno <= len(lines) else ""
    return Comparison(at.tb_lineno, line, "")


def _assert_at(source: str, line: int) -> ast.Assert | None:
    """The innermost one that has this line."""
    found = None
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.Assert) and node.lineno <= line <= (node.end_lineno or node.lineno):
            found = node
    return found


def _compared(failed: ast.Assert, source: str, values: dict[str, object]) -> Comparison:
    test = failed.test
    asked = ast.get_source_segment(source, test) or ""
    if _is_comparison(test) and _LEFT in values and _RIGHT in values:
        left, right = values[_LEFT], values[_RIGHT]
        if isinstance(test.ops[0], ast.Eq):
            return Comparison(failed.lineno, _printed(right), _printed(left), _difference(right, left))
        sign = ast.unparse(ast.Compare(ast.Name("a"), test.ops, [ast.Name("b")])).removeprefix("a").removesuffix("b")
        return Comparison(failed.lineno, asked, f"{_printed(left)}{sign}{_printed(right)}")
    return Comparison(failed.lineno, asked, _printed(values[_VALUE]) if _VALUE in values else "False")


def _difference(expected: object, actual: object) -> tuple[str, str] | None:
    """For collections of one kind: what only one of them has."""
    try:
        if isinstance(expected, set | frozenset) and isinstance(actual, set | frozenset):
            return _printed(expected - actual), _printed(actual - expected)
        if isinstance(expected, dict) and isinstance(actual, dict):
            return _printed(missing(expected, actual)), _printed(missing(actual, expected))
        if isinstance(expected, list | tuple) and isinstance(actual, list | tuple):
            there, here = dict(enumerate(expected)), dict(enumerate(actual))
            return _printed([*missing(there, here).values()]), _printed([*missing(here, there).values()])
    except Exception:  # the values' own equality
        return None
    return None


def _printed(value: object) -> str:
    try:
        return bounded_repr(value, Style(PRINTED_QUOTA)).text
    except Exception as error:  # the value's own repr
        return f"<cannot be printed: {type(error).__name__}>"


def _observing_codes(file: str) -> dict[types.CodeType, types.CodeType]:
    """The code of each function of a file -> the same that keeps what its asserts compare."""
    linecache.checkcache(file)
    source = "".join(linecache.getlines(file))
    try:
        plain = compile(source, file, "exec", dont_inherit=True)
        tree = _Keeping().visit(_parsed(source))
        observing = compile(ast.fix_missing_locations(tree), file, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):  # what is loaded is not what stands there now
        return {}
    return dict(_pairs(plain, observing))


def _pairs(plain: types.CodeType, observing: types.CodeType) -> Iterator[tuple[types.CodeType, types.CodeType]]:
    for each, other in zip(_inner(plain), _inner(observing), strict=True):
        if each.co_freevars == other.co_freevars:
            yield each, other
        yield from _pairs(each, other)


def _inner(code: types.CodeType) -> list[types.CodeType]:
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def _functions(module: types.ModuleType) -> Iterator[types.FunctionType]:
    """Those of a module and of its classes, decorated ones too."""
    values = list(vars(module).values())
    classes = [value for value in values if isinstance(value, type) and value.__module__ == module.__name__]
    for value in [*values, *(member for each in classes for member in vars(each).values())]:
        function = getattr(value, "__func__", value) if isinstance(value, staticmethod | classmethod) else value
        while isinstance(function, types.FunctionType):
            yield function
            function = function.__dict__.get("__wrapped__")


class _Keeping(ast.NodeTransformer):
    """Rewrites the asserts of functions, not those that a module or a class runs as its own body."""

    def __init__(self) -> None:
        self._is_in_function = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._inside(node, is_function=True)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._inside(node, is_function=True)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._inside(node, is_function=False)

    def _inside(self, node: ast.AST, *, is_function: bool) -> ast.AST:
        outer, self._is_in_function = self._is_in_function, is_function
        self.generic_visit(node)
        self._is_in_function = outer
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        if not self._is_in_function:
            return node
        test = node.test
        if _is_comparison(test):
            test.left = _kept(_LEFT, test.left)
            test.comparators[0] = _kept(_RIGHT, test.comparators[0])
        elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test.operand = _kept(_VALUE, test.operand)
        else:
            node.test = _kept(_VALUE, test)
        return node


def _kept(name: str, value: ast.expr) -> ast.expr:
    return ast.copy_location(ast.NamedExpr(ast.Name(name, ast.Store()), value), value)


def _is_comparison(test: ast.expr) -> TypeGuard[ast.Compare]:
    return isinstance(test, ast.Compare) and len(test.ops) == 1


def _parsed(source: str) -> ast.Module:
    return ast.parse(source)
