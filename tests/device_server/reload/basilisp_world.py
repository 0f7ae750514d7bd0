"""Basilisp in this process, with files that are loaded and edited: what the device does, without a device."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from basilisp import main as basilisp_main
from basilisp.lang import compiler, reader, runtime
from basilisp.lang import symbol as sym
from basilisp.lang.util import munge

from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Change, Outcome
from device_server.reload.basilisp_apply import BasilispReloads
from device_server.reload.basilisp_plan import BasilispPlan

_HOME = "user"


class World:
    """Files of a project, by the names of their namespaces."""

    def __init__(self) -> None:
        self.loaded = LoadedSources()
        self.reloads = BasilispReloads(self.loaded)
        self.undo = ExitStack()
        """What takes back the last edit."""

    def load(self, name: str, text: str) -> None:
        """Evaluate the file, as its import would."""
        self._evaluate(text, _HOME, path_of(name))
        sys.modules[munge(name)] = namespace(name).module
        self.loaded.note(Loaded(munge(name), path_of(name), "basilisp", text))

    def plan(self, name: str, text: str, *, is_forced: bool = False) -> BasilispPlan:
        """What the edit is."""
        loaded = self.loaded.get(path_of(name))
        assert loaded is not None
        return self.reloads.plan(Change(loaded.module, loaded.path, loaded.text, text, is_forced))

    def edit(self, name: str, text: str, *, is_forced: bool = False) -> tuple[BasilispPlan, Outcome]:
        """Apply the edit; one that fails has changed nothing. `undo` has what takes it back."""
        plan = self.plan(name, text, is_forced=is_forced)
        return plan, self.apply(plan)

    def apply(self, *plans: BasilispPlan) -> Outcome:
        """Apply edits together, as the device's reloader does."""
        self.undo = ExitStack()
        with ExitStack() as undo:
            outcome = self.reloads.apply(plans, undo)
            self.undo = undo.pop_all()
        for plan in plans:
            self.loaded.note(Loaded(plan.change.module, plan.change.path, "basilisp", plan.change.new))
        return outcome

    def value(self, code: str, name: str = "shop") -> object:
        """What the code comes to in that namespace."""
        return self._evaluate(code, name, "<typed>")

    def _evaluate(self, code: str, name: str, path: str) -> object:
        stream, value, context = io.StringIO(code), None, compiler.CompilerContext(path)
        stream.name = path
        with runtime.ns_bindings(name):
            for form in reader.read(stream, resolver=runtime.resolve_alias):
                value = compiler.compile_and_exec_form(form, context, runtime.get_current_ns())
        return value


def path_of(name: str) -> str:
    """Where the file of that namespace is."""
    return f"/project/{munge(name).replace('.', '/')}.lpy"


def namespace(name: str) -> runtime.Namespace:
    """The namespace of that name, which there is."""
    found = runtime.Namespace.get(sym.symbol(name))
    assert found is not None
    return found


def holdings(name: str) -> Mapping[str, object]:
    """All that a namespace holds, to be compared with what it held before."""
    found = namespace(name)
    return {
        "bindings": (found.aliases, found.refers, found.imports, found.import_aliases, found._import_refers),
        "interns": {symbol: (var, var._root, var.meta, var.dynamic) for symbol, var in found.interns.items()},
        "module": {**vars(found.module)},
        "meta": found.meta,
        "functions": {
            key: (value.__code__, {**vars(value)})
            for key, value in vars(found.module).items()
            if hasattr(value, "arities")
        },
    }


@contextmanager
def worlds() -> Iterator[World]:
    """A world of which nothing is left afterwards."""
    os.environ["BASILISP_EMIT_GENERATED_PYTHON"] = "false"  # as on the device
    basilisp_main.init()
    import basilisp.core  # noqa: F401  # what a namespace refers to

    with runtime.ns_bindings(_HOME) as home:
        home.refer_all(namespace(runtime.CORE_NS))
    modules, namespaces = {**sys.modules}, runtime.Namespace.ns_cache()
    libs = runtime.Var.find_safe(sym.symbol("*loaded-libs*", ns=runtime.CORE_NS)).value
    known = libs.deref()
    try:
        yield World()
    finally:
        for name in sys.modules.keys() - modules.keys():
            del sys.modules[name]
        runtime.Namespace._NAMESPACES.reset(namespaces)
        libs.reset(known)
