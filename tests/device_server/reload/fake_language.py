"""A language to try the reloader with: a program is lines of Python, of which an edit runs those that are new."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from device_server.interrupts import InterruptGate
from device_server.languages import Source, buffers
from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Change, Hook, Mark, Outcome, Reloading, State, Tier, When
from device_server.reload.reloader import Applied, Declined, Edited, Failed, Reloader

LANG = "lines"


@dataclass(frozen=True, slots=True)
class LinesPlan:
    """See reload.Plan."""

    change: Change
    tier: Tier
    reason: str
    lines: tuple[str, ...]

    @property
    def runs_code(self) -> bool:
        """See reload.Plan."""
        return self.tier is Tier.STRUCTURAL


@dataclass
class Lines:
    """The program, and how it is reloaded and what it wants to be done around that."""

    modules: dict[str, dict[str, Any]] = field(default_factory=dict)
    marks: set[tuple[str, Mark]] = field(default_factory=set)
    hooks: list[tuple[str, When, Callable[[], object]]] = field(default_factory=list)

    def plan(self, change: Change) -> LinesPlan:
        """New lines are STRUCTURAL, BODY when they are but `pass`, comments NONE. Raises: SyntaxError."""
        compile(change.new, change.path, "exec")
        known = () if change.is_forced else change.old.splitlines()
        lines = tuple(line for line in change.new.splitlines() if line not in known and not line.startswith("#"))
        tier = Tier.STRUCTURAL if {*lines} - {"pass"} else Tier.BODY if lines else Tier.NONE
        return LinesPlan(change, tier, f"lines of {change.module}" if lines else "", lines)

    def apply(self, plans: Sequence[LinesPlan], undo: ExitStack) -> Outcome:
        """One line after the other, each with its own undo."""
        for plan in plans:
            names = self.modules[plan.change.module]
            for line in plan.lines:
                undo.callback(_restore, names, {**names})
                exec(compile(line, plan.change.path, "exec"), names)
        return Outcome(tuple(plan.change.module for plan in plans if plan.lines), State.KEPT, stale=("a frame",))

    def is_marked(self, module: str, mark: Mark) -> bool:
        """See reload.Hooks."""
        return (module, mark) in self.marks

    def functions(self, module: str, when: When) -> Iterator[Hook]:
        """See reload.Hooks."""
        return (Hook(f"{module}.hook", call) for own, moment, call in self.hooks if (own, moment) == (module, when))


def _restore(names: dict[str, Any], before: dict[str, Any]) -> None:
    names.clear()
    names.update(before)


class World:
    """Modules that are loaded, and the reloader over them."""

    def __init__(self, gate: InterruptGate, **texts: str) -> None:
        """`texts` are by module."""
        self.gate = gate
        self.lines = Lines()
        self.loaded = LoadedSources()
        self.told: list[Change] = []
        self.kept: list[dict[str, str]] = []
        """Of each time that the state was kept, the texts that were loaded then."""
        self.has_died = False
        """Whether this is the copy that goes on when the worker has died of an edit."""
        reloading = {LANG: Reloading(self.lines, self.lines, self.told.append)}
        self.reloader = Reloader(self.loaded, reloading, gate, self._keep)
        for module, text in texts.items():
            self.lines.modules[module] = {}
            exec(text, self.lines.modules[module])
            self.loaded.note(Loaded(module, path_of(module), LANG, text))
            buffers.remember_file(Source(text, path_of(module)))

    def _keep(self) -> bool:
        self.kept.append({each.module: each.text for each in self.loaded})
        return self.has_died

    def reload(self, *edited: Edited) -> Applied | Declined | Failed | None:
        """What the reloader answers."""
        self.gate.open()
        return self.reloader.reload(edited)

    def edit(self, **texts: str | None) -> Applied:
        """An edit of these modules that goes well."""
        made = self.reload(*(Edited(path_of(module), text) for module, text in texts.items()))
        assert isinstance(made, Applied), made
        return made

    def fail(self, **texts: str) -> Failed:
        """An edit of these modules that fails."""
        made = self.reload(*(Edited(path_of(module), text) for module, text in texts.items()))
        assert isinstance(made, Failed), made
        return made

    def value(self, module: str, name: str) -> object:
        """What a name of a module stands for; None when it is not there."""
        return self.lines.modules[module].get(name)

    def text(self, module: str) -> str:
        """The text that the next edit is compared with."""
        loaded = self.loaded.get(path_of(module))
        assert loaded is not None
        return loaded.text


def path_of(module: str) -> str:
    """Where it is loaded from."""
    return f"/src/{module}.lines"
