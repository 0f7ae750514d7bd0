"""How one definition of a function differs from another: its body, its signature, its defaults. Pure."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType

from device_server.reload import Tier
from device_server.reload.python_comparison import Comparison
from device_server.reload.python_syntax import Function, docstring, written


@dataclass(frozen=True, slots=True)
class FunctionEdit:
    """A function that stays the same object. Where only its lines have moved, its codes do the same."""

    scope: tuple[str, ...]
    """The classes that it stands in, outermost first."""
    name: str
    old: CodeType
    new: CodeType
    definition: CodeType | None = None
    """Runs the definition without its decorators, in the body of its class; None when only its code has changed."""
    fresh: frozenset[str] = frozenset()
    """The parameters with new default values; others keep the objects that they have."""

    @property
    def runs_code(self) -> bool:
        """See Plan."""
        return self.definition is not None


def function_edit(old: Function, new: Function, scope: tuple[str, ...], comparison: Comparison) -> FunctionEdit | None:
    """None when the definition has to run again as a whole: its decorators have changed, or see what has."""
    name = ".".join((*scope, new.name))
    if written(old.decorator_list) != written(new.decorator_list):
        comparison.note(Tier.STRUCTURAL, f"{name} has other decorators")
        return None
    is_seen = bool(new.decorator_list)
    before, after = _annotations(old), _annotations(new)
    annotated = any(before[key] != after[key] for key in before.keys() & after.keys())
    if annotated and is_seen:
        comparison.note(Tier.STRUCTURAL, f"{name}, which is decorated, has other annotations")
        return None
    if type(old) is not type(new) or _parameters(old) != _parameters(new):
        comparison.note(Tier.STRUCTURAL, f"{name} has another signature")
    olds, news = dict(_defaults(old)), dict(_defaults(new))
    fresh = frozenset(key for key, value in news.items() if written(olds.get(key)) != written(value))
    for key in fresh & olds.keys():
        is_literal = written(olds[key], masked=True) == written(news[key], masked=True)
        comparison.note(Tier.LITERAL if is_literal else Tier.STRUCTURAL, f"{name} has another default for {key}")
    _note_body(old, new, name, comparison)
    needs_running = bool(fresh) or annotated or _parameters(old) != _parameters(new)
    definition = comparison.compiled([_bare(new)], scope) if needs_running else None
    return FunctionEdit(scope, new.name, *comparison.codes(old, new), definition, fresh)


def _note_body(old: Function, new: Function, name: str, comparison: Comparison) -> None:
    if written(old.body, inside=True) == written(new.body, inside=True):
        return
    if docstring(old.body) != docstring(new.body):
        comparison.note(Tier.BODY, f"{name} has another docstring")
    if written(old.body, inside=True, masked=True) == written(new.body, inside=True, masked=True):
        comparison.note(Tier.LITERAL, f"literals of {name}")
    else:
        comparison.note(Tier.BODY, f"the body of {name}")


def _bare(node: Function) -> Function:
    """The definition without decorators, with a body of which nothing is used."""
    body: list[ast.stmt] = [ast.copy_location(ast.Pass(), node)]
    bare = copy.copy(node)
    bare.body, bare.decorator_list = body, []
    return bare


def _arguments(node: Function) -> list[ast.arg]:
    args = node.args
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]


def _parameters(node: Function) -> list[object]:
    """Names and kinds, and which of them have defaults."""
    args = node.args
    kinds = (args.posonlyargs, args.args, [args.vararg], args.kwonlyargs, [args.kwarg])
    return [*([each.arg if each else None for each in kind] for kind in kinds), [name for name, _ in _defaults(node)]]


def _annotations(node: Function) -> dict[str, str]:
    return {"return": written(node.returns), **{each.arg: written(each.annotation) for each in _arguments(node)}}


def _defaults(node: Function) -> Iterator[tuple[str, ast.expr]]:
    args = node.args
    positional = [*args.posonlyargs, *args.args]
    yield from zip(
        (each.arg for each in positional[len(positional) - len(args.defaults) :]), args.defaults, strict=True
    )
    for each, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if default is not None:
            yield each.arg, default
