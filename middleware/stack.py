"""Puts middleware in order and makes one handler of them. Pure: it knows names and ops, not what they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from middleware.descriptor import Descriptor, OpSpec
from middleware.request import Final, Handler, Refusal, Request


class StackError(ValueError):
    """The middleware given cannot make a stack."""


@dataclass(frozen=True, slots=True)
class Stack:
    """Middleware in order, as one handler."""

    names: tuple[str, ...]
    """Outermost first: the order in which they see a request."""
    ops: Mapping[str, OpSpec]
    handler: Handler


def build(descriptors: Sequence[Descriptor]) -> Stack:
    """The stack of these. Raises: StackError."""
    ordered = order(descriptors)
    ops = _ops(ordered)
    handler: Handler = unknown_op
    for descriptor in reversed(ordered):
        handler = descriptor.wrap(handler, ops)
    return Stack(tuple(each.name for each in ordered), ops, handler)


def order(descriptors: Sequence[Descriptor]) -> list[Descriptor]:
    """Outermost first, each after what it requires and before what it expects; otherwise as given.

    Raises: StackError, naming a cycle, a name used twice or a name that nobody has.
    """
    by_name: dict[str, Descriptor] = {}
    for descriptor in descriptors:
        if by_name.setdefault(descriptor.name, descriptor) is not descriptor:
            raise StackError(f"Two middlewares are called {descriptor.name}")
    outside = {name: set(each.requires) for name, each in by_name.items()}
    for name, each in by_name.items():
        _check_known(name, each.requires | each.expects, by_name)
        for inner in each.expects:
            outside[inner].add(name)
    try:
        return [by_name[name] for name in TopologicalSorter(outside).static_order()]
    except CycleError as error:
        cycle: list[str] = error.args[1]
        raise StackError(f"Middlewares must each sit outside the next: {' -> '.join(cycle)}") from None


async def unknown_op(request: Request) -> Final:
    """The innermost handler: nobody further out knew the op."""
    raise Refusal(f"Unknown op: {request.op}", "unknown-op", op=request.op)


def _check_known(name: str, others: Iterable[str], known: Mapping[str, Descriptor]) -> None:
    for other in sorted(others):
        if other not in known:
            raise StackError(f"{name} needs a middleware {other}, which is not in the stack")


def _ops(descriptors: Iterable[Descriptor]) -> dict[str, OpSpec]:
    ops: dict[str, OpSpec] = {}
    owners: dict[str, str] = {}
    for descriptor in descriptors:
        for op, spec in descriptor.handles.items():
            if op in owners:
                raise StackError(f"Both {owners[op]} and {descriptor.name} handle {op}")
            owners[op] = descriptor.name
            ops[op] = spec
    return ops
