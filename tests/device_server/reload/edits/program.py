"""A program in this process, made of the files of an edit, as a worker would have loaded it. It is gone when closed."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Self

from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Change, P, Reloads, Tier
from tests.device_server.reload.edits.judge import Answer

ROOT = "/edits"
"""Where the files are said to be; nothing is read from there."""


class Program(MetaPathFinder, Loader):
    """Its modules are found first while it is open."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = dict(files)
        """What is on the disk: path -> text."""
        self.loaded = LoadedSources()
        self._names: dict[str, object] = {}

    def __enter__(self) -> Self:
        self._modules = dict(sys.modules)
        sys.meta_path.insert(0, self)
        return self

    def __exit__(self, *error: object) -> None:
        sys.meta_path.remove(self)
        for name in sys.modules.keys() - self._modules.keys():
            if _is_below_root(sys.modules[name]):
                del sys.modules[name]
        self._names.clear()

    def start(self, setup: str) -> None:
        """Import `m`, and make state. Raises: what that raises."""
        exec(compile(f"import m\n{setup}", "<setup>", "exec", dont_inherit=True), self._names)

    def probe(self, expressions: Sequence[str]) -> list[str]:
        """See judge.Probe."""
        return [outcome(expression, self._names) for expression in expressions]

    def save(self, files: Mapping[str, str], reloads: Reloads[P]) -> Answer:
        """The changed files that are loaded reach the program in one edit, as a worker does it."""
        self.files.update(files)
        changes = [
            Change(each.module, each.path, each.text, new)
            for each in self.loaded
            if (new := self.files[each.path.removeprefix(f"{ROOT}/")]) != each.text
        ]
        try:
            plans = [reloads.plan(change) for change in changes]
            with ExitStack() as undo:
                outcome = reloads.apply(plans, undo)
                undo.pop_all()
        except BaseException as error:
            return Answer(error=type(error).__name__, text=str(error))
        for change in changes:
            self.loaded.note(Loaded(change.module, change.path, "python", change.new))
        tier = max((plan.tier for plan in plans), default=Tier.NONE)
        reasons = [*(plan.reason for plan in plans), outcome.reason]
        return Answer(tier, outcome.state, outcome.stale, text="; ".join(filter(None, reasons)))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See MetaPathFinder."""
        for place, is_package in ((f"{_place(fullname)}/__init__.py", True), (f"{_place(fullname)}.py", False)):
            if place in self.files:
                spec = importlib.util.spec_from_loader(fullname, self, is_package=is_package, origin=f"{ROOT}/{place}")
                assert spec is not None
                spec.has_location = True
                if is_package:
                    spec.submodule_search_locations = [f"{ROOT}/{_place(fullname)}"]
                return spec
        return None

    def exec_module(self, module: ModuleType) -> None:
        """See Loader."""
        assert module.__spec__ is not None
        path = module.__spec__.origin
        assert path is not None
        text = self.files[path.removeprefix(f"{ROOT}/")]
        linecache.cache.pop(path, None)
        exec(compile(text, path, "exec", dont_inherit=True), vars(module))
        self.loaded.note(Loaded(module.__name__, path, "python", text))


def outcome(expression: str, names: dict[str, object]) -> str:
    """The repr of its value there, or the name of the type of what it raises."""
    try:
        return repr(eval(expression, names))
    except BaseException as error:
        return type(error).__name__


def _place(module: str) -> str:
    return module.replace(".", "/")


def _is_below_root(module: ModuleType) -> bool:
    return str(getattr(module, "__file__", "") or "").startswith(f"{ROOT}/")
