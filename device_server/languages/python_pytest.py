"""Runs the tests of loaded modules by pytest, in this process: its fixtures, marks, parameters and plugins.

Loaded lazily, by python_testing.py, where pytest is installed. Pytest finds its configuration and the conftest.py
files as ever; but a test module is the one that is loaded, and results go to the run instead of to the terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from device_server.languages import python_testing
from device_server.languages.testing import Assertion, Run, Selection

_ARGUMENTS = (
    "--override-ini=addopts=",  # options for a terminal, or of plugins that would run the tests elsewhere
    "--import-mode=importlib",  # leaves sys.path alone
    "--capture=no",  # what a test writes is shown as it comes
    "--assert=plain",
    "-Wignore::pytest.PytestConfigWarning",  # settings of the plugins that are not there
    *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:basilisp_test_runner"),
)
_RAN = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)


class CollectionError(Exception):
    """Pytest could not make out the tests; the text is what it says."""


def run(modules: list[ModuleType], selection: Selection, run: Run) -> None:
    """Run what is selected. Raises: CollectionError, KeyboardInterrupt."""
    results = _Results({Path(str(module.__file__)).resolve(): module for module in modules}, selection, run)
    fail_fast = ["--exitfirst"] if selection.is_fail_fast else []
    with _conftests_forgotten():
        code = pytest.main([*_ARGUMENTS, *fail_fast, "--", *map(str, results.modules)], plugins=[results])
    if code == pytest.ExitCode.INTERRUPTED and not results.problems:
        raise KeyboardInterrupt
    if results.problems or code not in _RAN:
        raise CollectionError("\n".join(results.problems) or f"pytest ended with {code!r}; see its output")


@contextmanager
def _conftests_forgotten() -> Iterator[None]:
    """Pytest imports a conftest.py once in a process: let the next run see what has been edited."""
    before = {*sys.modules}
    try:
        yield
    finally:
        for name in {*sys.modules} - before:
            if name.rpartition(".")[2] == "conftest":
                del sys.modules[name]


class _LoadedModule(pytest.Module):
    """A test module that is not imported but there."""

    loaded: ModuleType

    def _getobj(self) -> ModuleType:
        return self.loaded


class _Results:
    """A plugin: which tests there are, and what becomes of them."""

    def __init__(self, modules: dict[Path, ModuleType], selection: Selection, run: Run) -> None:
        self.modules = modules
        self.problems: list[str] = []
        self._selection = selection
        self._run = run
        self._seconds = 0.0
        self._has_failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        loaded = self.modules.get(module_path.resolve())
        if loaded is None:
            return None
        module = _LoadedModule.from_parent(parent, path=module_path)
        module.loaded = loaded
        return module

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if self._selection.takes(*_names(item), _labels(item))]
        self._run.plan(map(_names, items))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(report.longreprtext)

    def pytest_runtest_logstart(self) -> None:
        self._seconds, self._has_failed = 0.0, False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        self._seconds += call.duration
        outcome = _outcome(item, call, report)
        if outcome is not None and not (outcome.type == "pass" and self._has_failed):  # a subtest of it, perhaps
            self._has_failed |= outcome.type != "pass"
            self._run.add(*_names(item), outcome)
        if report.when == "teardown":
            self._run.end(*_names(item), self._seconds)
        return report


def _outcome(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> Assertion | None:
    """What one phase of a test says; of a skipped test, and of fixtures that worked, nothing."""
    file, line, _ = item.location
    path = str(item.config.rootpath / file)
    if report.failed and call.excinfo is not None:
        is_failure = call.when == "call" and call.excinfo.errisinstance((AssertionError, pytest.fail.Exception))
        message = None if call.when == "call" else f"In the {call.when} of its fixtures"
        return python_testing.failed(call.excinfo.value, str(item.path), is_failure=is_failure, message=message)
    if report.failed:  # it passed, but was marked as one that fails
        return Assertion("fail", report.longreprtext, file=path, line=(line or 0) + 1)
    if report.passed and call.when == "call":
        return Assertion("pass", file=path, line=(line or 0) + 1)
    return None


def _names(item: pytest.Item) -> tuple[str, str]:
    """The module, and the test in it, such as `TestList.test_add[1-2]`."""
    owners = [each.name for each in item.listchain() if isinstance(each, pytest.Class)]
    module = item.getparent(_LoadedModule)
    return (module.loaded.__name__ if module is not None else item.nodeid), ".".join([*owners, item.name])


def _labels(item: pytest.Item) -> set[str]:
    return {mark.name for mark in item.iter_markers()}
