"""Classes that were made anew become part of the old ones, or take their place."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest

from device_server.reload.python_classes import Classes
from device_server.reload.python_functions import Functions
from device_server.reload.python_lineage import Lineage


def made(*texts: str) -> list[Any]:
    namespace: dict[str, object] = {"__name__": "m"}
    found = []
    for text in texts:
        exec(compile(text, "m.py", "exec", dont_inherit=True), namespace)
        found.append(namespace["A"])
    return found


def classes(undo: ExitStack) -> Classes:
    return Classes(Functions(undo, Lineage()), undo)


def test_a_class_becomes_what_it_was_made_again_as() -> None:
    old, new = made("class A:\n  x = 1\n  def m(self): return 1\n  def gone(self): pass",
                    "class A:\n  x = 2\n  y = 3\n  def m(self): return super().__class__, __class__")  # fmt: skip
    instance, m = old(), old.m
    undo = ExitStack()
    merged = classes(undo).merge(old, new, {"x"})
    assert id(merged) == id(old)
    assert (instance.x, instance.y, instance.m()[1], hasattr(old, "gone")) == (1, 3, old, False)
    undo.close()
    assert (instance.m(), old.m is m, hasattr(old, "gone"), hasattr(old, "y")) == (1, True, True, False)


def test_instances_move_where_the_layout_allows() -> None:
    old, new = made("class B: pass\nclass A: pass", "class A(B): pass")
    instance = old()
    holder = [old, {"a": old}]
    undo = ExitStack()
    now = classes(undo)
    assert now.merge(old, new) is new
    assert type(instance) is new
    assert holder == [new, {"a": new}]
    assert (now.migrated, now.left) == (["1 of A"], [])
    undo.close()
    assert type(instance) is old
    assert holder == [old, {"a": old}]


def test_instances_of_another_layout_are_left_and_told() -> None:
    old, new = made("class A:\n  __slots__ = 'x'", "class A:\n  __slots__ = 'x', 'y'")
    instance = old()
    now = classes(ExitStack())
    assert now.merge(old, new) is new
    assert type(instance) is old
    assert now.left == ["1 of A stay as they were made: their layout is another"]


@pytest.mark.parametrize("kind", ["Enum", "IntEnum", "Flag"])
def test_members_of_enums_stay_where_they_can(kind: str) -> None:
    head = f"import enum\nclass A(enum.{kind}):\n"
    old, new = made(head + "  X = 1\n  Y = 2\n", head + "  X = 1\n  Y = 4\n  Z = 8\n")
    x = old.X
    undo = ExitStack()
    merged = classes(undo).merge(old, new)
    assert id(merged) == id(old)
    assert (old.X is x, old(1) is x, old.Y.value, old(4) is old.Y, old(8).name, len(old)) == (
        True,
        True,
        4,
        True,
        "Z",
        3,
    )
    assert all(isinstance(each, old) for each in old)
    undo.close()
    assert (old.X is x, old.Y.value, old(2) is old.Y, hasattr(old, "Z")) == (True, 2, True, False)


def test_attributes_are_bound_as_a_class_statement_would() -> None:
    (old,) = made("class A:\n  x = 1")
    (namespace,) = ({},)  # type: tuple[dict[str, object]]
    exec("def __init_subclass__(cls): cls.seen = True\ndef m(self): return 1", namespace)
    undo = ExitStack()
    classes(undo).set_attributes(old, {key: namespace[key] for key in ("__init_subclass__", "m")}, ["x"])
    assert type("B", (old,), {}).seen  # type: ignore[attr-defined]
    assert (old().m(), hasattr(old, "x")) == (1, False)
    undo.close()
    assert (hasattr(old, "m"), old.x) == (False, 1)
