from __future__ import annotations

import sys
import types
from collections.abc import Iterator

import pytest

from device_server.reload import Mark, When
from device_server.reload.python_hooks import PythonHooks

HOOKS = """
from device_server.reload.hooks import after_reload, before_reload
import functools

@before_reload
def stop():
    return "stopped"

def logged(function):
    @functools.wraps(function)
    def call():
        return f"logged {function()}"
    return call

@logged
@after_reload
def start():
    return "started"
"""


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = sys.modules["hooked_module"] = types.ModuleType("hooked_module")
    exec(HOOKS, vars(made))
    yield made
    del sys.modules["hooked_module"]


def called(when: When, module: str = "hooked_module") -> list[tuple[str, object]]:
    return [(hook.name, hook.call()) for hook in PythonHooks().functions(module, when)]


def test_functions_are_found_with_what_decorates_them(module: types.ModuleType) -> None:
    assert called(When.BEFORE) == [("hooked_module.stop", "stopped")]
    assert called(When.AFTER) == [("hooked_module.start", "logged started")]


def test_a_function_that_is_defined_again_is_called_once_and_one_that_is_gone_not_at_all(
    module: types.ModuleType,
) -> None:
    exec(HOOKS, vars(module))
    assert len(called(When.BEFORE)) == 1
    exec("def stop(): pass", vars(module))
    assert called(When.BEFORE) == []


def test_an_imported_function_is_its_own_modules(module: types.ModuleType) -> None:
    other = sys.modules["other_module"] = types.ModuleType("other_module")
    try:
        exec("from hooked_module import stop", vars(other))
        assert called(When.BEFORE, "other_module") == []
    finally:
        del sys.modules["other_module"]


def test_a_module_is_marked_by_names_that_are_true(module: types.ModuleType) -> None:
    hooks = PythonHooks()
    assert not any(hooks.is_marked("hooked_module", mark) for mark in Mark)
    exec("__no_reload__ = True\n__always_reload__ = False\ndef __getattr__(name): return True", vars(module))
    assert [hooks.is_marked("hooked_module", mark) for mark in Mark] == [True, False]
    assert not hooks.is_marked("module_that_is_not_there", Mark.NO_RELOAD)
