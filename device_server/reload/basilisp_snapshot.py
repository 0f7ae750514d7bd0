"""Puts Basilisp's namespaces back as they were: what an edit changes of them, and what it loads.

Not what the program's own code does while it runs: a swapped atom stays swapped.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack

from basilisp.lang import map as lmap
from basilisp.lang import multifn, runtime
from basilisp.lang import symbol as sym

from device_server.languages import basilisp_undef
from device_server.loaded import LoadedSources
from device_server.reload.basilisp_live import registry_of

BINDINGS = ("_aliases", "_refers", "_imports", "_import_aliases", "_import_refers")
"""What names mean in a namespace that are not its own."""
_LOADED_LIBS = sym.symbol("*loaded-libs*", ns=runtime.CORE_NS)


def keep_loaded(loaded: LoadedSources, undo: ExitStack) -> None:
    """Have `undo` forget namespaces and modules that are loaded from now on."""
    modules, namespaces, sources = {**sys.modules}, runtime.Namespace.ns_cache(), {each.path: each for each in loaded}
    libs = runtime.Var.find_safe(_LOADED_LIBS).value
    known = libs.deref()

    def restore() -> None:
        for name in [name for name in sys.modules if name not in modules]:
            parent, _, own_name = name.rpartition(".")
            if parent in modules and vars(modules[parent]).get(own_name) is sys.modules[name]:
                delattr(modules[parent], own_name)
            del sys.modules[name]
        sys.modules.update(modules)
        runtime.Namespace._NAMESPACES.reset(namespaces)
        libs.reset(known)
        for each in loaded:
            if each.path not in sources:
                loaded.forget(each.path)

    undo.callback(restore)


def keep_current_namespace(undo: ExitStack) -> None:
    """Have `undo` make the namespace current that is so now, if an interrupt comes where another one is left."""
    stack, frames = runtime.Var.find_safe(runtime.NS_VAR_SYM)._tl.bindings, runtime._THREAD_BINDINGS
    names, bindings = [*stack], frames._bindings

    def restore() -> None:
        stack[:], frames._bindings = names, bindings

    undo.callback(restore)


def keep_namespace(namespace: runtime.Namespace, undo: ExitStack) -> None:
    """Have `undo` put back all that the namespace holds: names, vars with their roots and metadata, its module."""
    fields = {name: getattr(namespace, name) for name in ("_interns", *BINDINGS)}
    meta, module = namespace.meta, {**vars(namespace.module)}
    variables = [(var, var._root, var._is_bound, var._meta, var._dynamic) for var in namespace.interns.values()]
    values = [*(root for _, root, *_ in variables), *module.values()]  # the program may have wrapped what is in a var
    for value in {id(each): each for each in values}.values():
        keep_value(value, undo)

    def restore() -> None:
        _announce(namespace, fields)
        for name, value in fields.items():
            setattr(namespace, name, value)
        if namespace.meta is not meta:
            namespace.reset_meta(meta)
        for var, root, is_bound, var_meta, is_dynamic in variables:
            restore_var(var, root, var_meta, is_bound=is_bound, is_dynamic=is_dynamic)
        vars(namespace.module).clear()
        vars(namespace.module).update(module)

    undo.callback(restore)


def restore_var(
    var: runtime.Var, root: object, meta: lmap.PersistentMap | None, *, is_bound: bool = True, is_dynamic: bool
) -> None:
    """Give the var this root and metadata. Nobody who watches it is told: to them nothing has happened."""
    if var._root is root and var._meta is meta and var._is_bound == is_bound:
        return
    var.set_dynamic(is_dynamic)
    var._root, var._is_bound = root, is_bound
    var.reset_meta(meta)


def keep_value(value: object, undo: ExitStack) -> None:
    """Have `undo` put back the methods of a multimethod, and the types to which a protocol's method is extended."""
    if isinstance(value, multifn.MultiFunction):
        undo.callback(_restore_slots, value, {name: getattr(value, name) for name in _METHODS})
    elif (registry := registry_of(value)) is not None:
        undo.callback(_restore_registry, value, registry, {**registry})


_METHODS = ("_dispatch", "_default", "_hierarchy", "_methods", "_prefers", "_cache", "_cached_hierarchy")


def _restore_slots(value: object, slots: dict[str, object]) -> None:
    for name, each in slots.items():
        setattr(value, name, each)


def _restore_registry(dispatching: object, registry: dict[type, object], before: dict[type, object]) -> None:
    registry.clear()
    registry.update(before)
    dispatching._clear_cache()  # type: ignore[attr-defined]  # functools.singledispatch


def _announce(namespace: runtime.Namespace, fields: dict[str, lmap.PersistentMap]) -> None:
    """Tell whoever follows the namespace (the mirror) which names are going to change: by doing something to them."""
    for symbol in _changed(namespace._interns, fields["_interns"]):
        namespace.unmap(symbol)
    for symbol in _changed(namespace._refers, fields["_refers"]):
        basilisp_undef.unrefer(namespace, symbol)
    for symbol in _changed(namespace._aliases, fields["_aliases"]):
        namespace.remove_alias(symbol)
    for symbol in _changed(namespace._imports, fields["_imports"]):
        namespace.add_import(symbol, None)


def _changed(now: lmap.PersistentMap, then: lmap.PersistentMap) -> Iterable[sym.Symbol]:
    if now is then:
        return ()
    return [name for name in {*now, *then} if now.val_at(name) is not then.val_at(name)]
