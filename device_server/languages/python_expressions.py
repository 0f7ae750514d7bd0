"""A Python expression that is evaluated over and over, and the modules that it names."""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
import types
from collections.abc import Iterator
from dataclasses import dataclass

from device_server.languages import Expression


@dataclass(frozen=True, slots=True)
class Parsed:
    """An expression, not compiled yet."""

    tree: ast.Expression
    filename: str


def parsed(text: str, filename: str) -> Parsed:
    """Raises: SyntaxError, also for what is no single expression."""
    try:
        return Parsed(ast.parse(text.strip(), filename, "eval"), filename)
    except SyntaxError as error:
        raise type(error)(error.msg, (filename, error.lineno or 1, error.offset or 1, error.text)) from None
    except ValueError as error:  # what Python before 3.11.4 says of a NUL
        raise SyntaxError(str(error), (filename, 1, 1, None)) from None


def compiled(parsed: Parsed, module: types.ModuleType) -> Expression:
    """The expression, evaluated in a module. What it names in full, and the module does not know, is imported."""
    chains = [*_chains(parsed.tree)]
    for chain in chains:
        _import(chain, module)
    code = compile(parsed.tree, parsed.filename, "eval", dont_inherit=True)
    modules = {name for chain in chains if (name := _module_of(chain, module)) is not None}
    is_typed = module.__name__ == "__main__" and not modules
    named = () if is_typed else tuple(sorted(modules | ({module.__name__} - {"__main__"})))
    return Expression(lambda: eval(code, module.__dict__), named)


def _chains(node: ast.AST) -> Iterator[list[str]]:
    """The names that are read, each with its attributes: `a.b.c` is [a, b, c]."""
    chain: list[str] = []
    inner: ast.AST = node
    while isinstance(inner, ast.Attribute):
        chain.insert(0, inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name):
        yield [inner.id, *chain]
        return
    for child in ast.iter_child_nodes(inner):
        yield from _chains(child)


def _import(chain: list[str], module: types.ModuleType) -> None:
    known = vars(module).get(chain[0], vars(builtins).get(chain[0]))
    if known is not None and not isinstance(known, types.ModuleType):
        return
    for count in range(1, len(chain)):
        name = ".".join(chain[:count])
        if name not in sys.modules:
            try:
                importlib.import_module(name)
            except ModuleNotFoundError as error:
                if error.name == name:  # the rest are attributes, or it is no name of a module at all
                    return
                raise
        if known is None:
            vars(module)[chain[0]] = known = sys.modules[name]


def _module_of(chain: list[str], module: types.ModuleType) -> str | None:
    """Where a name comes from, as far as that can be known."""
    value = vars(module).get(chain[0])
    if isinstance(value, types.ModuleType):
        names = [value.__name__, *chain[1:]]
        prefixes = (".".join(names[:count]) for count in range(len(names), 0, -1))
        return next(prefix for prefix in prefixes if prefix in sys.modules)
    found = getattr(value, "__module__", None)
    return found if isinstance(found, str) and found not in ("__main__", "builtins") else None
