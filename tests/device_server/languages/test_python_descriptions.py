"""Descriptions of Python's values: what they say, and that nothing of the program runs to make them."""

from __future__ import annotations

import collections
import dataclasses
import functools
import types
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from device_server.languages.python_descriptions import bounded_text, class_name, described, members
from device_server.wire import encode


def of(source: str, name: str) -> dict[str, Any]:
    """The description of a name, after running the source as module `m`."""
    held: dict[str, Any] = {"__name__": "m"}
    exec(compile(source, "m.py", "exec"), held)
    return described(held[name], "m")


@pytest.mark.parametrize(
    ("parameters", "arglist"),
    [
        ("", "()"),
        ("x", "(x)"),
        ("x, *more", "(x, *more)"),
        ("x, y=1, *, z='a', **rest", "(x, y=1, *, z='a', **rest)"),
        ("x, /, y, *a, k", "(x, /, y, *a, k)"),
        ("x=None, y=[], z=[1], w=object()", "(x=None, y=[], z=..., w=...)"),
        ("x='" + "long" * 100 + "'", "(x=...)"),
    ],
)
def test_a_function_is_told_as_it_is_called(parameters: str, arglist: str) -> None:
    told = of(f'\ndef f({parameters}):\n  "Doc."\n  local = 1', "f")
    assert told == {"type": "function", "arglists": [arglist], "doc": "Doc.", "file": "m.py", "line": 2}


def test_what_a_decorator_wraps_is_told_where_it_is_written() -> None:
    source = (
        "import functools\ndef loud(f):\n  @functools.wraps(f)\n  def g(*a): return f(*a)\n  return g\n"
        "@loud\ndef f(x): 'Doc.'\n@functools.lru_cache\ndef c(y): 'Kept.'\n"
    )
    assert (of(source, "f")["arglists"], of(source, "f")["line"]) == (["(x)"], 6)
    assert (of(source, "c")["arglists"], of(source, "c")["doc"]) == (["(y)"], "Kept.")


def test_functions_written_in_c_tell_their_signature() -> None:
    assert described(len, "m")["arglists"] == ["(obj, /)"]
    assert described(members, "m")["target"] == "device_server.languages.python_descriptions.members"
    assert members(str)["upper"] == {"type": "method", "arglists": ["()"], "doc": str.upper.__doc__}


def test_a_class_is_told_with_its_members() -> None:
    source = """
class Base:
    def inherited(self, a): "Of the base."
class Thing(Base):
    "A thing."
    size: int
    kind = "k"
    def __init__(self, name, *, big=False): pass
    def grow(self, by=1): "Grows."
    @staticmethod
    def made(x): pass
    @classmethod
    def other(cls, y): pass
    @property
    def name(self): "Its name."
"""
    told = of(source, "Thing")
    assert (told["type"], told["doc"], told["arglists"]) == ("class", "A thing.", ["(name, *, big=False)"])
    kinds = {name: (each["type"], each.get("arglists"), each.get("doc")) for name, each in told["members"].items()}
    assert kinds == {
        "inherited": ("method", ["(a)"], "Of the base."),
        "size": ("field", None, None),
        "kind": ("field", None, None),
        "grow": ("method", ["(by=1)"], "Grows."),
        "made": ("static-method", ["(x)"], None),
        "other": ("static-method", ["(y)"], None),
        "name": ("field", None, "Its name."),
    }


def test_what_comes_from_another_modules_class_is_told_by_its_place() -> None:
    told = of("import collections\nclass D(collections.OrderedDict): pass", "D")
    assert told["members"]["keys"] == {
        "type": "method",
        "arglists": described(collections.OrderedDict.keys, "m")["arglists"],
        "target": "collections.OrderedDict.keys",
    }
    foreign = described(collections.OrderedDict, "m")
    assert foreign["target"] == "collections.OrderedDict"
    assert "members" not in foreign


def test_fields_of_data_classes_are_told() -> None:
    @dataclasses.dataclass(slots=True)
    class Point:
        x: int
        y: int = 0

    assert described(Point, Point.__module__)["arglists"] == ["(x, y=0)"]
    assert {name for name, each in members(Point).items() if each["type"] == "field"} == {"x", "y"}  # type: ignore[index,call-overload]


def test_other_values_are_told_by_their_class() -> None:
    assert described(1, "m") == {"type": "variable", "class_name": "builtins.int"}
    assert described(types, "m") == {"type": "module", "target": "types"}
    assert class_name(type(functools.partial(len))) == "functools.partial"


class _Mine(BaseException):
    """Nothing catches it by accident."""


def refuse(*_: object, **__: object) -> NoReturn:
    raise _Mine


class Meta(type):
    __getattribute__ = __instancecheck__ = __subclasscheck__ = refuse
    mro_is = 1


HOSTILE = dict.fromkeys(("__getattribute__", "__getattr__", "__eq__", "__hash__", "__bool__", "__repr__"), refuse)


def hostile_class() -> type:
    return Meta("Hostile", (), {**HOSTILE, "__doc__": property(refuse), "field": property(refuse), "__slots__": ()})


def hostile_function() -> object:
    def f(x: object = hostile_class()) -> None: ...

    f.__doc__ = object()  # type: ignore[assignment]
    f.__module__ = object()  # type: ignore[assignment]
    f.__signature__ = property(refuse)  # type: ignore[attr-defined]
    f.__wrapped__ = f  # type: ignore[attr-defined]
    return f


def hostile_module() -> types.ModuleType:
    class Lazy(types.ModuleType):
        __dict__ = property(refuse)
        __getattribute__ = refuse

    return Lazy("lazy")


@pytest.mark.parametrize(
    "make",
    [
        hostile_class,
        lambda: object.__new__(hostile_class()),
        hostile_function,
        hostile_module,
        lambda: types.MethodType(object.__new__(type("Callable", (), {**HOSTILE, "__call__": refuse})), 1),
        lambda: type("Docs", (), {"__doc__": type("Text", (str,), HOSTILE)("text")}),
        lambda: type("Members", (), {f"m{number}": number for number in range(100_000)}),
        lambda: type("Long", (), {"x" * 1_000_000: 1, "__module__": 3}),
    ],
)
def test_no_code_of_what_is_described_runs_and_what_is_told_is_bounded(make: Callable[[], object]) -> None:
    assert len(encode(described(make(), "m"))) < 1_000_000


def test_long_texts_are_cut() -> None:
    assert bounded_text("x" * 100_000, 10) == "x" * 10 + "..."
    assert bounded_text(3) is None
