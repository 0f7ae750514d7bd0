"""Python modules made of texts."""

from __future__ import annotations

from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from device_server.languages.python_importing import PythonImporting

TEXT = '"""Doc."""\nfrom __future__ import annotations\nX = 1\ndef f(): return __file__, X\n'


def test_kept_code_makes_the_same_module() -> None:
    importing = PythonImporting()
    assert importing.create(ModuleSpec("m", None)) is None
    first, second = ModuleType("m"), ModuleType("m")
    codes = importing.compile_and_run(first, TEXT, "/p/m.py")
    importing.run(second, codes, "/p/m.py")
    assert (first.__doc__, first.X) == (second.__doc__, second.X) == ("Doc.", 1)
    assert second.f.__code__.co_filename == "/p/m.py"
    assert importing.is_as_loaded(second, "/p/m.py")


def test_our_own_future_is_not_the_modules() -> None:
    module = ModuleType("m")
    PythonImporting().compile_and_run(module, "def f(x: 1): pass", "/p/m.py")
    assert module.f.__annotations__ == {"x": 1}


def test_what_cannot_be_compiled_runs_nothing() -> None:
    module = ModuleType("m")
    with pytest.raises(SyntaxError):
        PythonImporting().compile_and_run(module, "X = 1\n(", "/p/m.py")
    assert not hasattr(module, "X")
