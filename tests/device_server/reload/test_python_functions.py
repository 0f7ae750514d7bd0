"""Functions get other code and stay the same objects."""

from __future__ import annotations

from contextlib import ExitStack
from types import FunctionType

import pytest

from device_server.reload.python_functions import Functions, Swap, set_signature
from device_server.reload.python_lineage import Lineage


def functions(*texts: str) -> list[FunctionType]:
    namespace: dict[str, object] = {"__name__": "m"}
    found = []
    for text in texts:
        exec(compile(text, "m.py", "exec", dont_inherit=True), namespace)
        found.append(namespace["f"])
    return [each for each in found if isinstance(each, FunctionType)]


def test_code_and_docstring_are_swapped_and_taken_back() -> None:
    old, new = functions("def f(): 'Old.'", "def f():\n  'New.'\n  return 2")
    undo = ExitStack()
    Functions(undo, Lineage()).swap([Swap([old], new.__code__, None)])
    assert (old(), old.__doc__) == (2, "New.")
    undo.close()
    assert (old(), old.__doc__) == (None, "Old.")


def test_a_docstring_that_the_program_has_set_stays() -> None:
    old, new = functions("def f(): 'Old.'", "def f(): 'New.'")
    old.__doc__ = "Set."
    Functions(ExitStack(), Lineage()).swap([Swap([old], new.__code__, None)])
    assert old.__doc__ == "Set."


def test_who_else_holds_the_code_is_found() -> None:
    old, new = functions("def f(): return 1", "def f(): return 2")
    twin = FunctionType(old.__code__, old.__globals__)
    Functions(ExitStack(), Lineage()).swap([Swap([old], new.__code__, None)])
    assert (old(), twin()) == (2, 2)


def test_a_generator_that_has_begun_is_told() -> None:
    old, new = functions("def f(): yield 1", "def f(): yield 2")
    generator = old()
    next(generator)
    functions_now = Functions(ExitStack(), Lineage())
    functions_now.swap([Swap([old], new.__code__, None)])
    assert functions_now.stale == ["generator f() of m.py:1, suspended"]


@pytest.mark.parametrize("text", ["def f(a, b=1): return [a, b]", "async def f(a, b=1): return 1"])
def test_a_function_becomes_another(text: str) -> None:
    old, new = functions("def f(a): return a", text)
    old.calls = 3  # type: ignore[attr-defined]
    undo = ExitStack()
    assert Functions(undo, Lineage()).become(old, new)
    assert (old.__code__, old.__defaults__, old.calls) == (new.__code__, (1,), 3)  # type: ignore[attr-defined]
    undo.close()
    assert (old(5), old.__defaults__) == (5, None)


def test_a_closure_of_other_variables_calls_the_other() -> None:
    old, new = functions("def g(a):\n  def f(): return a\n  return f\nf = g(1)", "def f(): return 2")
    undo = ExitStack()
    assert not Functions(undo, Lineage()).become(old, new)
    assert old() == 2
    undo.close()
    assert old() == 1


def test_only_fresh_defaults_are_new_objects() -> None:
    old, new = functions("def f(a=[], *, k=[]): pass", "def f(b=1, a=[], *, k=[]): pass")
    a, k = old.__defaults__, old.__kwdefaults__
    assert a is not None
    assert k is not None
    set_signature(old, old.__code__, new, {"b", "k"}, ExitStack())
    assert old.__defaults__ is not None
    assert old.__defaults__[0] == 1
    assert old.__defaults__[1] is a[0]
    assert old.__kwdefaults__ is not None
    assert old.__kwdefaults__["k"] is not k["k"]
