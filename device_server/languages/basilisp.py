"""Basilisp on the device: Clojure's syntax and namespaces, one form at a time. Imported in the zygote only."""

from __future__ import annotations

import io
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import basilisp
from basilisp import main as basilisp_main
from basilisp.lang import compiler, reader, runtime
from basilisp.lang import symbol as sym
from basilisp.lang.util import munge

from device_server.languages import (
    Expression,
    Form,
    NamespaceNotFoundError,
    Report,
    Source,
    SymbolSource,
    Tell,
    Tool,
    basilisp_errors,
    basilisp_expressions,
    basilisp_macros,
    basilisp_printing,
    basilisp_testing,
    basilisp_undef,
)
from device_server.languages.basilisp_importing import BasilispImporting
from device_server.languages.basilisp_inspecting import BasilispInspecting
from device_server.languages.basilisp_symbols import Namespaces
from device_server.languages.python_symbols import Modules
from device_server.languages.shown import Shown, Style
from device_server.languages.testing import Errors
from device_server.loaded import LoadedSources
from device_server.reload import Reloading
from device_server.reload.basilisp_apply import BasilispReloads
from device_server.reload.basilisp_hooks import BasilispHooks
from device_server.wire import Message

DEFAULT_NAMESPACE = "user"
_TYPED = "<repl>"

# Clients' first evals resolve `clojure.core` in `user`; people expect `doc` and `source` there.
_START = f"(ns {DEFAULT_NAMESPACE} (:require clojure.core [basilisp.repl :refer [doc print-doc print-source source]]))"

# Special forms only: nothing that user code could have changed.
_REHEARSAL = '(let* [f (fn* [n] (if n [n :k {:v "s"}] nil))] (f 1))'

_SETTABLE = (
    "*ns*", "*1", "*2", "*3", "*e", "*assert*", "*data-readers*", "*resolver*", "*print-dup*", "*print-length*",
    "*print-level*", "*print-meta*", "*print-namespace-maps*", "*print-readably*",
)  # fmt: skip
"""What `set!` may change at a REPL; each session has values of its own."""


@dataclass(slots=True)
class _Session:
    values: dict[str, object] = field(default_factory=dict)
    """The session's values of the settable vars; those not here have their root value."""


class Basilisp:
    """See the Language protocol."""

    name = "basilisp"
    importing = BasilispImporting()
    inspecting = BasilispInspecting()

    def __init__(self, modules: Modules) -> None:
        self._namespaces = Namespaces(modules)
        self.symbols: Sequence[SymbolSource] = (self._namespaces, modules)
        self._sessions: dict[str, _Session] = {}
        self._bound: _Session | None = None
        self._vars: dict[str, runtime.Var] = {}
        self._test_errors = Errors()
        self.tools: Mapping[str, Tool] = {
            "test": self._test,
            "stacktrace": self._stacktrace,
            "macroexpand": self._macroexpand,
            "undef": self._undef,
        }

    def set_up(self, progress: Callable[[str], None]) -> None:
        """Import `basilisp.core`; without its bytecode cache, which this makes, that takes 15 seconds."""
        os.environ.setdefault("BASILISP_EMIT_GENERATED_PYTHON", "false")  # else every eval makes a string longer
        with _cached_imports(progress):
            basilisp_main.init()
            context = compiler.CompilerContext(_TYPED)
            with runtime.ns_bindings(DEFAULT_NAMESPACE) as namespace:
                for form in reader.read_str(_START, resolver=runtime.resolve_alias):
                    compiler.compile_and_exec_form(form, context, namespace)
        _know_core_as("clojure.core")
        basilisp_printing.install()
        self._vars = {name: _core_var(name) for name in _SETTABLE}
        for form in self.evaluate(Source("(defn warm [x] (str x)) (warm 1) (ns-unmap *ns* 'warm)"), session=""):
            form()
        self.tear_down("")
        self._namespaces.install()

    def begin(self) -> None:
        """Point `*out*`, `*err*` and `*in*` at the worker's streams."""
        for name, stream in (("*out*", sys.stdout), ("*err*", sys.stderr), ("*in*", sys.stdin)):
            _core_var(name).bind_root(stream)

    def rehearsal(self) -> Iterator[Form]:
        """See Language."""
        context = compiler.CompilerContext("<rehearsal>")
        for form in _read(Source(_REHEARSAL, context.filename)):
            yield partial(compiler.compile_and_exec_form, form, context, runtime.get_current_ns())

    def resume(self) -> None:
        """Nothing to mend."""

    def evaluate(self, source: Source, session: str) -> Iterator[Form]:
        """Each top-level form. Raises: basilisp.lang.reader.SyntaxError."""
        self._bind(session)
        if source.namespace is None:
            yield from self._forms(source)
            return
        with self._namespace_bound(source.namespace):
            yield from self._forms(source)

    def expression(self, source: Source, session: str) -> Expression:
        """See Language."""
        self._bind(session)
        with self._namespace_bound(source.namespace or DEFAULT_NAMESPACE):
            return basilisp_expressions.compiled(source.text, source.file or _TYPED)

    def load(self, source: Source, name: str | None, session: str) -> Iterator[Form]:
        """The file's forms, from `user` on; the session's namespace stays."""
        start = Source(source.text, source.file, namespace=source.namespace or DEFAULT_NAMESPACE)
        yield from self.evaluate(start, session)
        if name is not None:
            _register_module(name)

    def reloading(self, loaded: LoadedSources) -> Reloading:
        """See Language."""
        return Reloading(BasilispReloads(loaded), BasilispHooks(), lambda _: None)

    def show(self, value: object, style: Style) -> Shown:
        """As `pr-str`."""
        return basilisp_printing.bounded_pr_str(value, style)

    def resolve(self, name: str) -> Callable[..., object] | None:
        """What `namespace/name` refers to, the namespace being required if need be."""
        namespace, _, own_name = name.rpartition("/")
        if not namespace or not own_name:
            return None
        try:
            var = _core_var("requiring-resolve").value(sym.symbol(own_name, ns=namespace))
        except Exception:  # there is no such namespace, or its own code has failed: no function comes of it
            return None
        return var.value if isinstance(var, runtime.Var) and callable(var.value) else None

    def show_with(self, printer: Callable[..., object], value: object, options: Message, quota: int) -> Shown:
        """What the function writes: it is called with the value, a writer and a map of options."""
        return basilisp_printing.written(printer, value, options, quota)

    def report(self, error: BaseException) -> Report:
        """Reader and compiler errors carry their place; the message is the innermost cause's."""
        return basilisp_errors.report(error, _TYPED)

    def remember_error(self, error: BaseException, session: str) -> None:
        """Set `*e`."""
        self._bind(session)
        self._vars["*e"].set_value(error)

    def last_error(self, session: str) -> BaseException | None:
        """The value of `*e`."""
        self._bind(session)
        error = self._vars["*e"].value
        return error if isinstance(error, BaseException) else None

    def namespace(self, session: str) -> str:
        """The value of `*ns*`."""
        self._bind(session)
        return str(self._vars["*ns*"].value.name)

    def copy_session(self, session: str, origin: str) -> None:
        """Everything that is settable, but for `*ns*`."""
        self._bind(origin)
        copied = {name: var.value for name, var in self._vars.items() if name != "*ns*"}
        self._sessions[session] = _Session(copied)

    def tear_down(self, session: str) -> None:
        """Drop the session's values; the bindings themselves serve the next one."""
        self._test_errors.forget(session)
        state = self._sessions.pop(session, None)
        if state is not None and state is self._bound:
            self._bound = None

    def _test(self, message: Message, tell: Tell) -> Message:
        self._bind(str(message["session"]))
        return basilisp_testing.run(message, tell, self._test_errors)

    def _bind(self, session: str) -> None:
        """Make the session's values the current ones. Evals of one session in a row leave them in place."""
        state = self._sessions.get(session)
        if state is None:
            state = self._sessions[session] = _Session()
        if state is self._bound:
            return
        if self._bound is not None:
            self._bound.values = {name: var.value for name, var in self._vars.items()}
        for name, var in self._vars.items():
            default = runtime.Namespace.get(sym.symbol(DEFAULT_NAMESPACE)) if name == "*ns*" else var.root
            _rebind(var, state.values.get(name, default))
        self._bound = state

    @contextmanager
    def _namespace_bound(self, name: str) -> Iterator[None]:
        """While it is entered, `*ns*` is the namespace of that name. Raises: NamespaceNotFoundError."""
        namespace = self._vars["*ns*"]
        own = namespace.value
        namespace.set_value(_existing(name))
        try:
            yield
        finally:
            namespace.set_value(own)

    def _stacktrace(self, message: Message, _tell: Tell) -> Message:
        """The session's last error, or what the assertion of a test has failed with."""
        session, test = str(message["session"]), message.get("test")
        self._bind(session)
        error = self._test_errors.find(session, test) if isinstance(test, dict) else self._vars["*e"].value
        return basilisp_errors.analysis(error, _TYPED)

    def _macroexpand(self, message: Message, _tell: Tell) -> Message:
        """In the namespace of the request, or else in the session's."""
        name = str(message.get("ns") or self.namespace(str(message["session"])))
        with self._namespace_bound(name):
            return basilisp_macros.macroexpand(message)

    def _undef(self, message: Message, _tell: Tell) -> Message:
        """A name of a namespace, or without one all its names."""
        namespace, name = _existing(str(message["ns"])), message.get("name")
        if isinstance(name, str):
            return {"removed": [*basilisp_undef.undefine(namespace, name)]}
        return {"removed": [*basilisp_undef.undefine_all(namespace)]}

    def _forms(self, source: Source) -> Iterator[Form]:
        context = compiler.CompilerContext(source.file or _TYPED)
        for form in _read(source):
            yield partial(self._evaluate, form, context)

    def _evaluate(self, form: object, context: compiler.CompilerContext) -> object:
        value = compiler.compile_and_exec_form(form, context, runtime.get_current_ns())
        recent = self._vars
        recent["*3"].set_value(recent["*2"].value)
        recent["*2"].set_value(recent["*1"].value)
        recent["*1"].set_value(value)
        return value


def _read(source: Source) -> Iterator[object]:
    stream = io.StringIO(source.text)
    stream.name = source.file or _TYPED  # where the reader's errors look for it
    column = source.column - 1
    yield from reader.read(stream, resolver=runtime.resolve_alias, init_line=source.line, init_column=column)


def _register_module(name: str) -> None:
    """Let a `require` find what was loaded from an editor: the importer would evaluate the file on disk once more."""
    for namespace in runtime.Namespace.ns_cache().values():
        if munge(str(namespace.name)) == name:
            sys.modules.setdefault(name, namespace.module)


def _know_core_as(name: str) -> None:
    """A namespace that has all of `basilisp.core`: clients write `clojure.core/str`, wherever they are."""
    core = runtime.Namespace.get(runtime.CORE_NS_SYM)
    assert core is not None
    runtime.Namespace.get_or_create(sym.symbol(name)).refer_all(core)


def _core_var(name: str) -> runtime.Var:
    return runtime.Var.find_safe(sym.symbol(name, ns=runtime.CORE_NS))


def _rebind(var: runtime.Var, value: object) -> None:
    """Leave exactly one binding of the main thread, whatever an interrupted `binding` form left behind."""
    while var.is_thread_bound:
        var.pop_bindings()
    var.push_bindings(value)


def _existing(name: str) -> runtime.Namespace:
    namespace = runtime.Namespace.get(sym.symbol(name))
    if namespace is None:
        raise NamespaceNotFoundError(name)
    return namespace


class _CompileNotices(logging.Handler):
    """Basilisp's importer logs a debug line for each namespace that has no bytecode cache: tell who waits."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        super().__init__(logging.DEBUG)
        self._progress = progress

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if message.startswith("Reading and compiling Basilisp module"):
            self._progress(f"Compiling {message.split(chr(39))[1]}; its bytecode is kept for the next start")


class _cached_imports:
    """While it is entered, imported namespaces get their bytecode caches written, whatever the environment says."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._notices = _CompileNotices(progress)
        self._logger = logging.getLogger("basilisp.importer")

    def __enter__(self) -> None:
        self._before = sys.dont_write_bytecode, self._logger.level
        sys.dont_write_bytecode = False
        if sys.pycache_prefix is None and not os.access(Path(basilisp.__file__).parent, os.W_OK):
            sys.pycache_prefix = str(Path.home() / ".cache" / "tether" / "bytecode")
        self._logger.addHandler(self._notices)
        self._logger.setLevel(logging.DEBUG)

    def __exit__(self, *_: object) -> None:
        sys.dont_write_bytecode, level = self._before
        self._logger.setLevel(level)
        self._logger.removeHandler(self._notices)
