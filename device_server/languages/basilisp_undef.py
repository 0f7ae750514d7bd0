"""Takes names out of a namespace. Imported with Basilisp only."""

from __future__ import annotations

from basilisp.lang import runtime
from basilisp.lang import symbol as sym
from basilisp.lang.util import munge


def undefine(namespace: runtime.Namespace, name: str) -> list[str]:
    """Take the var, the alias and the referred name of that name away; `other/name` is the var of another namespace.

    Returns: what was taken away, nothing when nobody had the name.
    """
    owner, slash, own_name = name.partition("/") if len(name) > 1 else ("", "", name)
    if slash:
        other = namespace.get_alias(sym.symbol(owner)) or runtime.Namespace.get(sym.symbol(owner))
        return [name] if other is not None and _unmap(other, sym.symbol(own_name)) else []
    symbol = sym.symbol(name)
    has_alias = namespace.get_alias(symbol) is not None
    namespace.remove_alias(symbol)
    return [name] if _unmap(namespace, symbol) | unrefer(namespace, symbol) | has_alias else []


def undefine_all(namespace: runtime.Namespace) -> list[str]:
    """Take all vars, aliases and referred names away, but those of `basilisp.core`: no `ns` form refers them again."""
    referred = [symbol for symbol, var in namespace.refers.items() if var.ns.name != runtime.CORE_NS]
    names = {*namespace.interns, *namespace.aliases, *referred}
    return sorted(name for symbol in names for name in undefine(namespace, symbol.name))


def _unmap(namespace: runtime.Namespace, symbol: sym.Symbol) -> bool:
    if namespace.interns.val_at(symbol) is None:
        return False
    namespace.unmap(symbol)
    # Left in the module, the compiler would still find the name there, and fail for want of its var.
    namespace.module.__dict__.pop(munge(symbol.name), None)
    return True


def unrefer(namespace: runtime.Namespace, symbol: sym.Symbol) -> bool:
    """Take a referred name away; whether there was one."""
    if namespace.refers.val_at(symbol) is None:
        return False
    with namespace._lock:  # Basilisp has no function for it
        namespace._refers = namespace._refers.dissoc(symbol)
    return True
