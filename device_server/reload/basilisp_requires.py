"""What an `ns` form declares, from its shape; and taking what it declared out of a namespace again."""

from __future__ import annotations

from collections.abc import Iterator

from basilisp.lang import runtime
from basilisp.lang import symbol as sym
from basilisp.lang.util import munge

from device_server.languages import basilisp_undef
from device_server.reload.basilisp_forms import Tree, bare, head, items_of

_CORE_CLAUSES = (":refer-basilisp", ":refer-clojure")
_REQUIRING = frozenset({"require", "use"})


def aliases(shape: Tree) -> dict[str, str]:
    """Alias -> full name of the namespace, for all that an `ns` form or a `(require ...)` declares."""
    found: dict[str, str] = {}
    for clause, spec in _specs(shape):
        if clause in (":require", ":use"):
            name, options = _spec(spec)
            found[name] = name
            for key in (":as", ":as-alias"):
                if alias := bare(options.get(key, "")):
                    found[alias] = name
    return found


def forget(namespace: runtime.Namespace, old: Tree, new: Tree) -> None:
    """Take out of the namespace what only the old `ns` form declares. What was added by hand stays."""
    kept = set(_specs(new))
    for clause, spec in _specs(old):
        if (clause, spec) not in kept:
            (_forget_import if clause == ":import" else _forget_require)(namespace, spec)
    if _core_clauses(old) != _core_clauses(new):
        _unrefer_all(namespace, runtime.CORE_NS)


def _specs(shape: Tree) -> Iterator[tuple[str, Tree]]:
    operator, items = head(shape), items_of(shape)
    if operator in _REQUIRING:
        for item in items[1:]:
            yield f":{operator}", item[1] if isinstance(item, tuple) and item[0] == "'" else item
    elif operator == "ns":
        for clause in items[1:]:
            parts = items_of(clause)
            if parts and parts[0] in (":require", ":use", ":import"):
                yield from ((str(parts[0]), spec) for spec in parts[1:])


def _core_clauses(shape: Tree) -> list[Tree]:
    return [clause for clause in items_of(shape) if items_of(clause)[:1] and items_of(clause)[0] in _CORE_CLAUSES]


def _spec(spec: Tree) -> tuple[str, dict[Tree, Tree]]:
    """The name, and what is said of it."""
    if isinstance(spec, str):
        return spec, {}
    items = spec[1:]
    return bare(items[0]) or "", dict(zip(items[1::2], items[2::2], strict=False))


def _forget_require(namespace: runtime.Namespace, spec: Tree) -> None:
    name, options = _spec(spec)
    for alias in (name, bare(options.get(":as", "")), bare(options.get(":as-alias", ""))):
        if alias:
            namespace.remove_alias(sym.symbol(alias))
    _unrefer_all(namespace, name)


def _unrefer_all(namespace: runtime.Namespace, name: str) -> None:
    for symbol, var in [*namespace.refers.items()]:
        if var.ns.name == name:
            basilisp_undef.unrefer(namespace, symbol)


def _forget_import(namespace: runtime.Namespace, spec: Tree) -> None:
    name, options = _spec(spec)
    module, alias = sym.symbol(munge(name)), bare(options.get(":as", ""))
    namespace.add_import(module, None)  # tells whoever follows the namespace that something is going to change
    with namespace._lock:  # Basilisp has no function for it
        namespace._imports = namespace._imports.dissoc(module)
        if alias:
            namespace._import_aliases = namespace._import_aliases.dissoc(sym.symbol(alias))
        gone = [symbol for symbol, refer in namespace._import_refers.items() if refer.module_name == module]
        namespace._import_refers = namespace._import_refers.dissoc(*gone)
