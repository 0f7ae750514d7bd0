"""Edits of Python files reach the live modules, see Reloads: planned by python_plan.py, done in the order of the text.

How it works. A statement that runs again runs in its live module. What it binds is then compared with what was bound
before: a function or class that was defined anew becomes part of the old object, which stays (python_functions.py,
python_classes.py). Names whose values are others make the statements run again that read them, here and in the modules
that import them from here.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from types import ModuleType

from device_server.loaded import LoadedSources
from device_server.reload import Change, Outcome, Tier, python_plan
from device_server.reload.python_importers import Importers, absolute
from device_server.reload.python_lineage import Lineage
from device_server.reload.python_module import LiveModule
from device_server.reload.python_outline import Outline, outline
from device_server.reload.python_plan import PythonPlan
from device_server.reload.python_program import Program

_OUTLINES = 64
"""Of so many files that were edited last the outlines are kept."""


class PythonReloads:
    """Reloads of Python. `loaded` says who imports from whom."""

    def __init__(self, loaded: LoadedSources) -> None:
        self._loaded = loaded
        self._importers = Importers(loaded)
        self._lineage = Lineage()
        self._outlines: dict[str, tuple[str, Outline]] = {}

    def plan(self, change: Change) -> PythonPlan:
        """See Reloads. Raises: SyntaxError."""
        with _without_warnings():
            made = python_plan.plan(change, self._outline(change.path, change.old))
        if made.tier in (Tier.LITERAL, Tier.BODY):
            for name in sorted(made.values | made.added):
                importer = self._importer(change.module, name, is_new=name in made.added)
                if importer is not None:
                    return replace(made, tier=Tier.STRUCTURAL, reason=f"{importer} imports {name}")
        return made

    def apply(self, plans: Sequence[PythonPlan], undo: ExitStack) -> Outcome:
        """See Reloads."""
        program = Program(undo, self._loaded, self._lineage)
        modules: dict[str, LiveModule] = {}
        with _without_warnings():
            for each in _in_order(plans):
                change = each.change
                if isinstance(sys.modules.get(change.module), ModuleType):
                    live = LiveModule(program, change.module, change.path, change.new, each.outline)
                    modules[change.module] = live
                    live.edit(each)
            self._tell_importers(program, modules)
        for each in plans:
            self._keep(each.change.path, each.change.new, each.outline)
        return program.outcome()

    def _tell_importers(self, program: Program, modules: dict[str, LiveModule]) -> None:
        """Run in other modules what imports names that are bound to something else now, until nothing changes."""
        told: dict[str, int] = {}
        while waiting := [name for name, names in program.changed.items() if told.get(name) != len(names)]:
            for name in waiting:
                told[name] = len(program.changed[name])
                for file in self._importers.of(name):
                    if file.module not in modules and isinstance(sys.modules.get(file.module), ModuleType):
                        known = self._outline(file.path, file.text)
                        modules[file.module] = LiveModule(program, file.module, file.path, file.text, known)
                    if file.module in modules:
                        modules[file.module].run({}, {})

    def _importer(self, module: str, name: str, *, is_new: bool) -> str | None:
        """A module with statements that import the name, or all names, from there, or read it there as they run."""
        mentions = re.compile(r"import\s*\*" if is_new else rf"import\s*\*|\b{re.escape(name)}\b")
        for file in self._importers.of(module):
            if mentions.search(file.text):
                rows = self._outline(file.path, file.text).rows
                imported = {each.rpartition(":")[2] for row in rows for each in row[3]}
                read = {words.rpartition(".")[2] for row in rows for words in row[2] if "." in words}
                if not imported.isdisjoint(("*", name)) or (name in read and not is_new):
                    return file.module
        return None

    def _outline(self, path: str, text: str) -> Outline:
        known = self._outlines.get(path)
        if known is None or known[0] != text:
            self._keep(path, text, outline(text, path))
        return self._outlines[path][1]

    def _keep(self, path: str, text: str, known: Outline) -> None:
        self._outlines.pop(path, None)
        self._outlines[path] = (text, known)
        while len(self._outlines) > _OUTLINES:
            del self._outlines[next(iter(self._outlines))]


def _in_order(plans: Sequence[PythonPlan]) -> list[PythonPlan]:
    """Modules that others import from come first."""
    waiting = {each.change.module: each for each in plans}
    ordered: list[PythonPlan] = []
    while waiting:
        _take(waiting.pop(next(iter(waiting))), waiting, ordered)
    return ordered


def _take(plan: PythonPlan, waiting: dict[str, PythonPlan], ordered: list[PythonPlan]) -> None:
    """Not a closure that calls itself: as garbage it would hold the plans, and they the code, for a while."""
    for row in plan.outline.rows:
        for name in row[3]:
            before = waiting.pop(absolute(name.partition(":")[0], plan.change.module, plan.change.path), None)
            if before is not None:
                _take(before, waiting, ordered)
    ordered.append(plan)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """They were given when the text was first compiled."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
