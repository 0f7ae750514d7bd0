"""Namespaces made of texts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from basilisp import main as basilisp_main
from basilisp.lang import runtime
from basilisp.lang import symbol as sym

from device_server.languages.basilisp_importing import BasilispImporting

PATH = "/p/made/here.lpy"
TEXT = "(ns made.here)\n(defmacro twice [x] `(* 2 ~x))\n(def y (twice 4))\n(def bare (python/dict))"


@pytest.fixture(scope="module", autouse=True)
def _basilisp() -> None:
    basilisp_main.init()


@pytest.fixture
def module() -> Iterator[ModuleType]:
    """That of a namespace which is not there yet, nor afterwards."""
    module = BasilispImporting().create(ModuleSpec("made.here", None))
    sys.modules["made.here"] = module
    yield module
    sys.modules.pop("made.here")
    runtime.Namespace.remove(sym.symbol("made.here"))


def test_kept_code_makes_the_same_namespace(module: ModuleType) -> None:
    importing = BasilispImporting()
    codes = importing.compile_and_run(module, TEXT, PATH)
    assert module.y == 8
    runtime.Namespace.remove(sym.symbol("made.here"))
    again = importing.create(ModuleSpec("made.here", None))
    assert again is not module
    importing.run(again, codes, PATH)
    assert again.y == 8


def test_a_namespace_that_is_there_keeps_its_module(module: ModuleType) -> None:
    importing = BasilispImporting()
    importing.compile_and_run(module, TEXT, PATH)
    assert importing.create(ModuleSpec("made.here", None)) is module


def test_the_namespace_of_who_imports_stays(module: ModuleType) -> None:
    name = runtime.Var.find_safe(sym.symbol(runtime.NS_VAR_NAME, ns=runtime.CORE_NS))
    before = name.value
    BasilispImporting().compile_and_run(module, TEXT, PATH)
    assert name.value is before


def test_a_var_from_elsewhere_makes_it_another_than_loaded(module: ModuleType) -> None:
    importing = BasilispImporting()
    importing.compile_and_run(module, TEXT, PATH)
    assert importing.is_as_loaded(module, PATH)
    assert not importing.is_as_loaded(module, "/p/other.lpy")
    assert importing.is_as_loaded(ModuleType("python"), PATH)
