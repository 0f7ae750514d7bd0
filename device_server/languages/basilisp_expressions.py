"""A Basilisp expression that is evaluated over and over, and the namespaces that it names."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator

from basilisp.lang import compiler, reader, runtime
from basilisp.lang import list as llist
from basilisp.lang import symbol as sym
from basilisp.lang import vector as vec
from basilisp.lang.util import munge

from device_server.languages import Expression


def compiled(text: str, filename: str) -> Expression:
    """The expression, in the current namespace. Namespaces that it names and that are not loaded are.

    Raises: what reading, compiling and loading raise; ValueError for what is no single expression.
    """
    forms = [*_read(text, filename)]
    if len(forms) != 1:
        raise ValueError(f"One expression is needed, not {len(forms)}")
    symbols = [*_symbols(forms[0])]
    for symbol in symbols:
        _load(symbol)
    function = llist.list([sym.symbol("fn*"), vec.EMPTY, forms[0]])
    namespace = runtime.get_current_ns()
    evaluate = compiler.compile_and_exec_form(function, compiler.CompilerContext(filename), namespace)
    modules = {name for symbol in symbols if (name := _module_of(symbol, namespace)) is not None}
    return Expression(evaluate, tuple(sorted(modules)))


def _read(text: str, filename: str) -> Iterator[object]:
    stream = io.StringIO(text)
    stream.name = filename  # where the reader's errors look for it
    yield from reader.read(stream, resolver=runtime.resolve_alias)


def _symbols(form: object) -> Iterator[sym.Symbol]:
    """All that are in a form, quoted ones too."""
    waiting = [form]
    while waiting:
        each = waiting.pop()
        if isinstance(each, sym.Symbol):
            yield each
        elif hasattr(each, "items"):
            waiting += [part for pair in each.items() for part in pair]
        elif not isinstance(each, str | bytes) and hasattr(each, "__iter__"):
            waiting += each


def _load(symbol: sym.Symbol) -> None:
    """What is no namespace may be a Python module, which the compiler then finds or does not."""
    name = symbol.ns
    if name is None or name == "python" or runtime.Namespace.get(sym.symbol(name)) is not None:
        return
    namespace = runtime.get_current_ns()
    if namespace.get_alias(sym.symbol(name)) is not None or namespace.get_import(sym.symbol(name)) is not None:
        return
    try:
        importlib.import_module(munge(name))
        if runtime.Namespace.get(sym.symbol(name)) is None:  # it is Python's
            form = llist.list([sym.symbol("import*"), sym.symbol(name)])
            compiler.compile_and_exec_form(form, compiler.CompilerContext("<import>"), namespace)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{munge(name)}.".startswith(f"{error.name}."):
            raise


def _module_of(symbol: sym.Symbol, namespace: runtime.Namespace) -> str | None:
    var = runtime.Var.find(sym.symbol(symbol.name, ns=_full(symbol.ns, namespace))) if symbol.ns else None
    found = var if var is not None else namespace.find(sym.symbol(symbol.name)) if symbol.ns is None else None
    if found is None or str(found.ns.name).startswith("basilisp."):
        return None
    return str(munge(str(found.ns.name)))


def _full(name: str, namespace: runtime.Namespace) -> str:
    alias = namespace.get_alias(sym.symbol(name))
    return name if alias is None else str(alias.name)
