"""Runs Python tests: by pytest where the device has it and the module is a file, else `test_*` functions and unittest.

What is loaded is tested: a module is never imported anew, so a function redefined at the REPL is the one that runs.
"""

from __future__ import annotations

import importlib.util
import inspect
import sys
import sysconfig
import time
import types
import unittest
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from device_server.languages import NamespaceNotFoundError, Tell, reports
from device_server.languages.python_assertions import comparison, observed
from device_server.languages.testing import Assertion, Errors, Run, Selection
from device_server.wire import Message

_PATTERNS = ("test_*", "*_test")
"""Last names of modules that hold tests, as pytest has it."""
_LIBRARIES = tuple(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib"))

ExcInfo: TypeAlias = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]


def run(message: Message, tell: Tell, errors: Errors) -> Message:
    """Serve the tool `test` of Python. Raises: NamespaceNotFoundError; what pytest says when it cannot collect."""
    selection = Selection.of(message)
    run = Run(tell, errors.begin(str(message["session"])), is_fail_fast=selection.is_fail_fast)
    modules = _modules(selection)
    by_pytest = [module for module in modules if _is_file(module)] if _has_pytest() else []
    with ExitStack() as stack:
        for module in modules:
            stack.enter_context(observed(module))
        if by_pytest:
            from device_server.languages import python_pytest

            python_pytest.run(by_pytest, selection, run)
        if others := [module for module in modules if module not in by_pytest]:
            _run_plainly(others, selection, run)
    return {}


def _modules(selection: Selection) -> list[types.ModuleType]:
    if selection.namespaces is None:
        return [module for name, module in sorted(sys.modules.items()) if _is_test_module(name, module)]
    for name in selection.namespaces:
        if not isinstance(sys.modules.get(name), types.ModuleType):
            raise NamespaceNotFoundError(name)
    return [sys.modules[name] for name in selection.namespaces]


def _is_test_module(name: str, module: types.ModuleType | None) -> bool:
    """Of the program, not of a library; Basilisp's namespaces are modules too, of a type of their own."""
    if type(module) is not types.ModuleType or not any(
        fnmatchcase(name.rpartition(".")[2], each) for each in _PATTERNS
    ):
        return False
    return not str(module.__dict__.get("__file__") or "").startswith(_LIBRARIES)


def _has_pytest() -> bool:
    return importlib.util.find_spec("pytest") is not None


def _is_file(module: types.ModuleType) -> bool:
    file = module.__dict__.get("__file__")
    return isinstance(file, str) and Path(file).is_file()


def failed(error: BaseException, file: str | None, *, is_failure: bool, message: str | None = None) -> Assertion:
    """What an exception that ended a test says: an assertion that did not hold, or anything else."""
    place = comparison(error, file)
    text = str(error) if is_failure else reports.text_of(error)
    is_explained = place is not None and place.actual != ""
    return Assertion(
        type="fail" if is_failure else "error",
        message=message or (text if is_failure and is_explained else None),
        expected=place.expected if place else None,
        actual=(place.actual if place and is_explained else text) if is_failure else None,
        diff=place.diff if place and is_failure else None,
        error=error,
        error_text=None if is_failure else text,
        file=file,
        line=place.line if place else None,
    )


@dataclass(frozen=True, slots=True)
class _Test:
    module: str
    name: str
    file: str | None
    line: int | None
    call: Callable[[], object]


def _run_plainly(modules: list[types.ModuleType], selection: Selection, run: Run) -> None:
    """Without pytest: functions without parameters, and what unittest runs."""
    tests = [test for module in modules for test in _tests(module) if selection.takes(test.module, test.name, ())]
    run.plan((test.module, test.name) for test in tests)
    for test in tests:
        if not run.is_over:
            _run_test(test, run)


def _tests(module: types.ModuleType) -> Iterator[_Test]:
    """Those of a module, in the order of its lines."""
    for name, value in list(vars(module).items()):
        if isinstance(value, types.FunctionType) and name.startswith("test"):
            yield _test(module, name, value, value)
        elif isinstance(value, type) and value.__module__ == module.__name__:
            yield from _tests_of_class(module, value)


def _tests_of_class(module: types.ModuleType, owner: type) -> Iterator[_Test]:
    is_case = issubclass(owner, unittest.TestCase)
    if not is_case and (not owner.__name__.startswith("Test") or "__init__" in vars(owner)):
        return
    for name in [name for name in dir(owner) if name.startswith("test")]:
        method = inspect.getattr_static(owner, name)
        if isinstance(method, types.FunctionType):
            call = partial(_run_case, owner, name) if is_case else partial(_call_method, owner, name)
            yield _test(module, f"{owner.__name__}.{name}", method, call)


def _test(module: types.ModuleType, name: str, function: types.FunctionType, call: Callable[[], object]) -> _Test:
    line = function.__code__.co_firstlineno
    return _Test(module.__name__, name, function.__code__.co_filename, line, call)


def _call_method(owner: type, name: str) -> object:
    return getattr(owner(), name)()


def _run_case(owner: type[unittest.TestCase], name: str) -> None:
    """One method with the fixtures of its class. Raises what it failed with."""
    result = _Result()
    unittest.TestSuite([owner(name)]).run(result)
    if result.error is not None:
        raise result.error


class _Result(unittest.TestResult):
    """Keeps the first thing that went wrong."""

    error: BaseException | None = None

    def addError(self, test: unittest.TestCase, err: ExcInfo) -> None:
        self.error = self.error or err[1]

    def addFailure(self, test: unittest.TestCase, err: ExcInfo) -> None:
        self.error = self.error or err[1]

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: ExcInfo | None) -> None:
        self.error = self.error or (err[1] if err else None)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.error = self.error or unittest.SkipTest(reason)

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:
        self.error = self.error or AssertionError("It was expected to fail")


def _run_test(test: _Test, run: Run) -> None:
    started = time.perf_counter()
    outcome: Assertion | None = Assertion("pass", file=test.file, line=test.line)
    try:
        _call(test)
    except KeyboardInterrupt:
        raise
    except unittest.SkipTest:
        outcome = None
    except BaseException as error:
        outcome = failed(error, test.file, is_failure=isinstance(error, AssertionError))
    if outcome is not None:
        run.add(test.module, test.name, outcome)
    run.end(test.module, test.name, time.perf_counter() - started)


def _call(test: _Test) -> None:
    """Raises what the test raises; TypeError when it needs what only pytest can give."""
    if isinstance(test.call, types.FunctionType) and test.call.__code__.co_argcount > len(test.call.__defaults__ or ()):
        names = ", ".join(inspect.signature(test.call).parameters)
        raise TypeError(f"It wants fixtures ({names}): install pytest on the device, and load the test from a file")
    test.call()
