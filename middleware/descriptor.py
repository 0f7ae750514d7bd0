"""What a middleware declares about itself: its place in the stack and the ops it handles. Not what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TypeAlias

from middleware.request import Final, Handler, Request


class Runs(Enum):
    """Where the handler of an op runs, which decides what it may wait for and what waits for it."""

    AT_ONCE = auto()
    """In the connection's reader. It never waits, so nothing waits for it."""
    IN_SESSION = auto()
    """In the session's queue, after every such request that came before."""
    BESIDE = auto()
    """In a task of its own: it waits for a device, and the session and the connection go on."""


Keys: TypeAlias = Mapping[str, str]
"""Name of a key -> what it means."""


@dataclass(frozen=True, slots=True)
class OpSpec:
    """An op as `describe` tells it, and where it runs."""

    doc: str
    requires: Keys = field(default_factory=dict)
    """Without these keys the op is refused before its handler sees it."""
    optional: Keys = field(default_factory=dict)
    returns: Keys = field(default_factory=dict)
    runs: Runs = Runs.AT_ONCE


Wrap: TypeAlias = Callable[[Handler, Mapping[str, OpSpec]], Handler]
"""The handler inside, and all ops of the stack -> the handler that sees a request first."""


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One middleware. `requires` and `expects` name others, all of which must be in the stack."""

    name: str
    handles: Mapping[str, OpSpec]
    wrap: Wrap
    requires: frozenset[str] = frozenset()
    """These sit outside: they see a request first."""
    expects: frozenset[str] = frozenset()
    """These sit inside: they see a request after this one."""


Served: TypeAlias = tuple[OpSpec, Handler]


def as_ciders(ops: Mapping[str, Served]) -> dict[str, Served]:
    """Under both names that cider-nrepl's ops have: `info`, which is the older, and `cider/info`."""
    return {name: served for op, served in ops.items() for name in (op, f"cider/{op}")}


def provides(
    name: str,
    ops: Mapping[str, Served],
    *,
    requires: frozenset[str] = frozenset(),
    expects: frozenset[str] = frozenset(),
) -> Descriptor:
    """A middleware that handles some ops and lets every other request pass untouched."""
    handlers = {op: handler for op, (_, handler) in ops.items()}

    def wrap(inner: Handler, _ops: Mapping[str, OpSpec]) -> Handler:
        def handle(request: Request) -> Awaitable[Final]:
            return handlers.get(request.op, inner)(request)

        return handle

    return Descriptor(name, {op: spec for op, (spec, _) in ops.items()}, wrap, requires, expects)
