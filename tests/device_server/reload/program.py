"""A program of a few modules in this process, whose texts are edited while it is loaded. Not a test file.

with Program(shop="def price(): return 1") as program:
    edited = program.edit(shop="def price(): return 2")
    assert program.shop.price() == 2
    assert edited.tier is Tier.BODY
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from textwrap import dedent
from types import ModuleType
from typing import Any, Self

from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Change, Outcome, State, Tier
from device_server.reload.python_apply import PythonReloads


@dataclass(frozen=True, slots=True)
class Edited:
    """What an edit of one or more modules came to."""

    tier: Tier
    reason: str
    outcome: Outcome

    @property
    def state(self) -> State:
        return self.outcome.state

    @property
    def stale(self) -> tuple[str, ...]:
        return self.outcome.stale


class Program:
    """Modules are loaded in the order given, are attributes of this, and are gone when it is closed."""

    def __init__(self, **texts: str) -> None:
        self.loaded = LoadedSources()
        self.reloads = PythonReloads(self.loaded)
        self._names = [*texts]
        for name, text in texts.items():
            self._load(name, dedent(text))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._names:
            sys.modules.pop(name, None)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # what a test's own text defines
        return sys.modules[name]

    def _load(self, name: str, text: str) -> None:
        module = ModuleType(name)
        module.__file__ = path = self.path(name)
        sys.modules[name] = module
        exec(compile(text, path, "exec", dont_inherit=True), vars(module))
        self.loaded.note(Loaded(name, path, "python", text))

    def path(self, name: str) -> str:
        return f"/project/{name}.py"

    def text(self, name: str) -> str:
        known = self.loaded.get(self.path(name))
        assert known is not None
        return known.text

    def edit(self, *, is_forced: bool = False, **texts: str) -> Edited:
        """The new texts in place of the old ones, all or nothing. Raises: what the edit raises."""
        changes = [
            Change(name, self.path(name), self.text(name), dedent(text), is_forced) for name, text in texts.items()
        ]
        plans = [self.reloads.plan(change) for change in changes]
        with ExitStack() as undo:
            outcome = self.reloads.apply(plans, undo)
            for change in changes:
                self.loaded.note(Loaded(change.module, change.path, "python", change.new))
            undo.pop_all()
        deepest = max(plans, key=lambda plan: plan.tier)
        return Edited(deepest.tier, deepest.reason, outcome)


def snapshot(module: ModuleType) -> dict[str, object]:
    """What the module, its classes and its functions are made of, to compare before and after."""
    return dict(_described(vars(module), module.__name__))


def _described(names: Mapping[str, object], module: str) -> Iterator[tuple[str, object]]:
    for name, value in [*names.items()]:
        if name in ("__builtins__", "__dict__", "__weakref__"):
            continue
        yield name, (id(value), getattr(value, "__code__", None), getattr(value, "__defaults__", None))
        if isinstance(value, type) and value.__module__ == module:
            yield from ((f"{name}.{inner}", what) for inner, what in _described(vars(value), module))
