"""Finds what Basilisp namespaces want to be done around edits: metadata of the namespace and of its functions."""

from __future__ import annotations

from collections.abc import Iterator

from basilisp.lang import keyword as kw
from basilisp.lang import runtime
from basilisp.lang import symbol as sym
from basilisp.lang.util import demunge, munge

from device_server.reload import Hook, Mark, When


class BasilispHooks:
    """See reload.Hooks."""

    def is_marked(self, module: str, mark: Mark) -> bool:
        """`(ns ^:no-reload shop.cart)`"""
        namespace = _namespace(module)
        return namespace is not None and _has(namespace.meta, mark)

    def functions(self, module: str, when: When) -> Iterator[Hook]:
        """`(defn ^:before-reload stop [] ...)`, by the lines where they are: a namespace does not know the order."""
        namespace = _namespace(module)
        found = [var for var in namespace.interns.values() if _has(var.meta, when)] if namespace else []
        for var in sorted(found, key=_line):
            yield Hook(f"{var.ns.name}/{var.name.name}", var.value)


_LINE = kw.keyword("line")


def _line(var: runtime.Var) -> int:
    line = var.meta.val_at(_LINE)
    return line if isinstance(line, int) else 0


def _has(meta: object, mark: Mark | When) -> bool:
    """Keywords are kept for ever, with the very string that they were first made of: it must be a plain one."""
    return meta is not None and bool(meta.val_at(kw.keyword(mark.value)))  # type: ignore[attr-defined]


def _namespace(module: str) -> runtime.Namespace | None:
    """The namespace of a module, which is named with underscores for dashes, and some for underscores."""
    known = runtime.Namespace.ns_cache()
    for name in (demunge(module), module):
        if (namespace := known.val_at(sym.symbol(name))) is not None:
            return namespace
    return next((each for each in known.values() if munge(str(each.name)) == module), None)
