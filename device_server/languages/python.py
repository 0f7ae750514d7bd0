"""Python on the device: values of last expressions, top-level await, modules as namespaces."""

from __future__ import annotations

import ast
import asyncio
import builtins
import importlib.abc
import importlib.util
import inspect
import linecache
import sys
import textwrap
import types
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from device_server.languages import (
    Expression,
    Form,
    NamespaceNotFoundError,
    Report,
    Source,
    SymbolSource,
    Tell,
    Tool,
    python_errors,
    python_expressions,
)
from device_server.languages.python_importing import PythonImporting
from device_server.languages.python_inspecting import PythonInspecting
from device_server.languages.python_printing import bounded_repr
from device_server.languages.python_symbols import Modules
from device_server.languages.shown import Shown, Style
from device_server.languages.testing import Errors
from device_server.loaded import LoadedSources
from device_server.reload import Reloading
from device_server.reload.python_apply import PythonReloads
from device_server.reload.python_hooks import PythonHooks
from device_server.wire import Message

DEFAULT_NAMESPACE = "__main__"
CLOJURE_NAMESPACE = "user"
"""What editors for Clojure call the place where sessions begin."""
_REMEMBERED_SOURCE_LIMIT = 1024 * 1024
"""Typed code longer than this many characters is not kept for tracebacks and `inspect.getsource`."""


@dataclass(slots=True)
class _Session:
    last_value: object = None
    last_error: BaseException | None = None


class Python:
    """See the Language protocol."""

    name = "python"
    importing = PythonImporting()
    inspecting = PythonInspecting()

    def __init__(self, modules: Modules) -> None:
        self._modules = modules
        self.symbols: Sequence[SymbolSource] = (modules,)
        self._sessions: dict[str, _Session] = {}
        self._typed_count = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._test_errors = Errors()
        self.tools: Mapping[str, Tool] = {"test": self._test, "stacktrace": self._stacktrace, "undef": self._undef}

    def set_up(self, progress: Callable[[str], None]) -> None:
        """Nothing to warm: the interpreter is there."""

    def begin(self) -> None:
        """Give user code a `__main__` of its own."""
        self._main = types.ModuleType(DEFAULT_NAMESPACE)
        self._main.__builtins__ = builtins  # type: ignore[attr-defined]  # as in every real __main__
        sys.modules[DEFAULT_NAMESPACE] = self._main
        self._modules.add_main(self._main)

    def rehearsal(self) -> Iterator[Form]:
        """See Language."""
        source = Source("f = lambda n: [n + 1, {'k': n}]\nf(1)", "<rehearsal>")
        yield from self._forms(source, "rehearsal", types.ModuleType("rehearsal"), _Session())

    def resume(self) -> None:
        """The event loop was shared with the process that died."""
        self._loop = None

    def evaluate(self, source: Source, session: str) -> Iterator[Form]:
        """One form: all of the text. Raises: SyntaxError."""
        name = source.namespace or DEFAULT_NAMESPACE
        state = self._sessions.setdefault(session, _Session())
        yield from self._forms(source, name, self._module(name), state)

    def expression(self, source: Source, session: str) -> Expression:
        """See Language."""
        module = self._module(source.namespace or DEFAULT_NAMESPACE)
        tree = python_expressions.parsed(source.text, source.file or self._remember_typed(source.text))
        return python_expressions.compiled(tree, module)

    def load(self, source: Source, name: str | None, session: str) -> Iterator[Form]:
        """The file as module `name`, or in the namespace of the request when it has no module name."""
        if name is None:
            own = source.namespace or DEFAULT_NAMESPACE
            yield from self._forms(source, own, self._module(own), _Session())
        else:
            yield from self._file_forms(source, name)

    def reloading(self, loaded: LoadedSources) -> Reloading:
        """See Language."""
        return Reloading(PythonReloads(loaded), PythonHooks(), self._modules.note_edit)

    def show(self, value: object, style: Style) -> Shown:
        """The repr."""
        return bounded_repr(value, style)

    def resolve(self, name: str) -> Callable[..., object] | None:
        """`package.module.function`, or with a slash before the function; without a module, one of `__main__`."""
        module_name, _, function_name = name.replace("/", ".").rpartition(".")
        try:
            module = importlib.import_module(module_name or DEFAULT_NAMESPACE)
            function = getattr(module, function_name, None)
        except Exception:  # the module's own code has failed: no function comes of it
            return None
        return function if callable(function) else None

    def show_with(self, printer: Callable[..., object], value: object, options: Message, quota: int) -> Shown:
        """What the function returns for the value, the options being keyword arguments: `pprint.pformat` is one."""
        text = printer(value, **{key.replace("-", "_"): option for key, option in options.items()})
        if not isinstance(text, str):
            raise TypeError(f"a printer must return a string, not {type(text).__name__}")
        return Shown(text[:quota], len(text) > quota)

    def report(self, error: BaseException) -> Report:
        """A SyntaxError without frames of user code is a compile error with a place."""
        return python_errors.report(error)

    def remember_error(self, error: BaseException, session: str) -> None:
        """Keep it as `sys.last_value`, where post-mortem tools look."""
        self._sessions.setdefault(session, _Session()).last_error = error
        sys.last_value = error

    def last_error(self, session: str) -> BaseException | None:
        """The session's own, whatever others have failed with since."""
        state = self._sessions.get(session)
        return state.last_error if state is not None else None

    def namespace(self, session: str) -> str:
        """Always `__main__`: Python has no way to move."""
        return DEFAULT_NAMESPACE

    def copy_session(self, session: str, origin: str) -> None:
        """Copy `_`."""
        known = self._sessions.get(origin, _Session())
        self._sessions[session] = _Session(known.last_value, known.last_error)

    def tear_down(self, session: str) -> None:
        """Drop `_`."""
        self._test_errors.forget(session)
        self._sessions.pop(session, None)

    def _test(self, message: Message, tell: Tell) -> Message:
        from device_server.languages import python_testing  # and unittest, which most workers never need

        return python_testing.run(message, tell, self._test_errors)

    def _stacktrace(self, message: Message, _tell: Tell) -> Message:
        """The session's last error, or what the assertion of a test has failed with."""
        session, test = str(message["session"]), message.get("test")
        state = self._sessions.get(session, _Session())
        return python_errors.analysis(
            self._test_errors.find(session, test) if isinstance(test, dict) else state.last_error
        )

    def _undef(self, message: Message, _tell: Tell) -> Message:
        """A name of a module, or without one all its names but those that modules are born with."""
        module, name = self._module(str(message["ns"])), message.get("name")
        if not isinstance(name, str):
            names = [each for each in vars(module) if not (each.startswith("__") and each.endswith("__"))]
        else:
            owner, _, own_name = name.rpartition(".")
            module = self._module(owner) if owner else module
            names = [own_name] if own_name in vars(module) else []
        for each in names:
            del vars(module)[each]
        return {"removed": [*names] if name is None else [name] * len(names)}

    def _module(self, name: str) -> types.ModuleType:
        module = self._main if name == DEFAULT_NAMESPACE else sys.modules.get(name)  # it may have been cleared
        if module is None and name == CLOJURE_NAMESPACE:
            module = self._main
        if not isinstance(module, types.ModuleType):
            raise NamespaceNotFoundError(name)
        return module

    def _forms(self, source: Source, name: str, module: types.ModuleType, state: _Session) -> Iterator[Form]:
        filename = source.file or self._remember_typed(source.text)
        codes = _compile(source, filename)
        if not codes:  # a comment
            return

        def run() -> object:
            builtins._ = state.last_value  # type: ignore[attr-defined]  # as at Python's own prompt
            value = self._execute_all(codes, name, module)
            if value is not None:
                state.last_value = value
            return value

        yield run

    def _file_forms(self, source: Source, name: str) -> Iterator[Form]:
        codes = _compile(source, source.file or name)

        def run() -> object:
            with _module_of_file(name, source) as module:
                return self._execute_all(codes, name, module) if module is not None else None

        yield run

    def _execute_all(self, codes: list[types.CodeType], name: str, module: types.ModuleType) -> object:
        """The value of the last."""
        value = None
        for code in codes:
            self._modules.note(name, module, code)
            value = self._execute(code, module)
        return value

    def _remember_typed(self, text: str) -> str:
        """A name for typed code, under which tracebacks and inspect find its text."""
        self._typed_count += 1
        filename = f"<python-input-{self._typed_count}>"
        if len(text) <= _REMEMBERED_SOURCE_LIMIT:
            linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
        return filename

    def _execute(self, code: types.CodeType, module: types.ModuleType) -> object:
        value = eval(code, module.__dict__)
        if code.co_flags & inspect.CO_COROUTINE:
            return self._await(value)
        return value

    def _await(self, coroutine: Coroutine[object, object, object]) -> object:
        """Run a top-level await to its end on the worker's own loop; an interrupt cancels it."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        task = self._loop.create_task(coroutine)
        try:
            return self._loop.run_until_complete(task)
        except BaseException:
            if not task.done():
                task.cancel()
                self._loop.run_until_complete(asyncio.wait([task]))
            raise


def _compile(source: Source, filename: str) -> list[types.CodeType]:
    """What to execute in turn; the value of the last is the text's. Raises: SyntaxError, with the file's places."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    text = textwrap.dedent(source.text) if source.text[:1].isspace() else source.text  # a region of a function's body
    indent = _first_line_length(source.text) - _first_line_length(text)
    codes = []
    try:
        tree = ast.parse(text, filename, "exec")
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        ast.increment_lineno(tree, source.line - 1)
        if last is not None:
            ast.increment_lineno(last, source.line - 1)
        if tree.body:
            codes.append(compile(tree, filename, "exec", flags, dont_inherit=True))
        if isinstance(last, ast.Expr):
            codes.append(compile(ast.Expression(last.value), filename, "eval", flags, dont_inherit=True))
    except SyntaxError as error:
        raise _moved(error, source, indent) from None
    except ValueError as error:  # what Python before 3.11.4 says of a NUL
        raise SyntaxError(str(error), (filename, source.line, source.column, None)) from None
    return codes


def _first_line_length(text: str) -> int:
    return len(text.lstrip("\n").partition("\n")[0])


def _moved(error: SyntaxError, source: Source, indent: int) -> SyntaxError:
    """The error with the file's line and column. Both parser and compiler count columns without the indent.

    The parser, whose errors have a text, counts lines from the text's first; the compiler has the file's already.
    """
    is_parsers = error.text is not None
    line = (error.lineno or 1) + (source.line - 1 if is_parsers else 0)
    column = (error.offset or 1) + indent + (source.column - 1 if line == source.line else 0)
    return type(error)(error.msg, (error.filename, line, column, error.text))


@contextmanager
def _module_of_file(name: str, source: Source) -> Iterator[types.ModuleType | None]:
    """The module that a file defines, as an import of it would have it; gone again when its first run fails.

    None when importing the packages around it has run this very text just now.
    """
    known = sys.modules.get(name)
    if known is not None:
        yield known
        return
    package, _, own_name = name.rpartition(".")
    parent = _import_package(package) if package else None
    if (imported := sys.modules.get(name)) is not None:
        yield None if _text_of(imported) == source.text else imported
        return
    module = sys.modules[name] = _new_module(name, source.file)
    try:
        yield module
    except BaseException:
        sys.modules.pop(name, None)
        raise
    if parent is not None:
        setattr(parent, own_name, module)


def _text_of(module: types.ModuleType) -> str | None:
    """The text that an imported module is made of; None when that cannot be had."""
    loader = module.__spec__.loader if module.__spec__ is not None else None
    try:
        return loader.get_source(module.__name__) if isinstance(loader, importlib.abc.InspectLoader) else None
    except ImportError:
        return None


def _import_package(name: str) -> types.ModuleType | None:
    """The package; None when this device does not have it, and the file has to stand alone."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise


def _new_module(name: str, file: str | None) -> types.ModuleType:
    if file is None:
        return types.ModuleType(name)
    path = Path(file)
    inside = [str(path.parent)] if path.name == "__init__.py" else None
    spec = importlib.util.spec_from_file_location(name, file, submodule_search_locations=inside)
    return types.ModuleType(name) if spec is None else importlib.util.module_from_spec(spec)
