"""Makes Basilisp namespaces of files, as Basilisp's importer does, but of a text and not of what is on the disk."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from importlib.metadata import version
from types import CodeType, ModuleType

from basilisp import importer
from basilisp.lang import compiler, reader, runtime
from basilisp.lang import keyword as kw
from basilisp.lang import symbol as sym
from basilisp.lang.runtime import BasilispModule
from basilisp.lang.util import demunge

_FILE = kw.keyword("file")


class BasilispImporting:
    """See Importing."""

    compiler = f"basilisp {version('basilisp')} {importer.MAGIC_NUMBER.hex()}"
    is_expanding = True

    def create(self, spec: ModuleSpec) -> ModuleType:
        """That of the namespace, when something was defined in it before: others may hold it."""
        namespace = runtime.Namespace.get(sym.symbol(demunge(spec.name)))
        module: ModuleType = BasilispModule(spec.name) if namespace is None else namespace.module
        return module

    def compile_and_run(self, module: ModuleType, text: str, path: str) -> list[CodeType]:
        """See Importing. Form by form."""
        assert isinstance(module, BasilispModule)
        codes: list[CodeType] = []
        stream = io.StringIO(text)
        stream.name = path  # where the reader's errors look for it
        context = compiler.CompilerContext(filename=path, opts=runtime.get_compiler_opts())
        with _importing(module):
            forms = reader.read(stream, resolver=runtime.resolve_alias)
            compiler.compile_module(forms, context, module, collect_bytecode=codes.append)
        return codes

    def run(self, module: ModuleType, codes: Sequence[CodeType], path: str) -> None:
        """See Importing."""
        assert isinstance(module, BasilispModule)
        context = compiler.GeneratorContext(filename=path, opts=runtime.get_compiler_opts())
        with _importing(module):
            compiler.compile_bytecode([*codes], context, compiler.PythonASTOptimizer(), module)

    def is_as_loaded(self, module: ModuleType, path: str) -> bool:
        """Whether no var was defined elsewhere, at the REPL for example: a macro may use it."""
        namespace = getattr(module, "__basilisp_namespace__", None)
        if not isinstance(namespace, runtime.Namespace):
            return True
        metas = (var.meta for var in namespace.interns.values())
        return all(meta is None or meta.val_at(_FILE) in (None, path) for meta in metas)


@contextmanager
def _importing(module: BasilispModule) -> Iterator[None]:
    """While it is entered, the `ns` form takes the module for its namespace's; afterwards `*ns*` is what it was."""
    namespace = runtime.Var.find_safe(sym.symbol(runtime.NS_VAR_NAME, ns=runtime.CORE_NS))
    with runtime.bindings({runtime.Var.find_safe(runtime.IMPORT_MODULE_VAR_SYM): module, namespace: namespace.value}):
        yield
