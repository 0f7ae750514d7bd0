from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from device_server.reload.basilisp_live import (
    count_instances,
    is_protocol,
    registry_of,
    renew,
)
from tests.device_server.reload.basilisp_world import World


def versions(world: World, before: str, after: str, name: str) -> tuple[Any, Any]:
    """What one definition gave, and what another gives."""
    world.load("shop", f"(ns shop)\n{before}")
    old = world.value(name)
    world.value(after)
    return old, world.value(name)


def test_a_renewed_function_is_the_same_object_and_can_be_put_back(world: World) -> None:
    old, new = versions(world, "(defn f [x] (inc x))", "(defn f ([x] (dec x)) ([x y] y))", "f")
    with ExitStack() as undo:
        assert renew(old, new, undo) == 0
        assert (old(1), old(1, 7), old.arities) == (0, 7, new.arities)
    assert old(1) == 2
    assert old.arities != new.arities


def test_a_function_of_another_name_is_left_alone(world: World) -> None:
    old, new = versions(world, "(defn g [] 1) (def f g)", "(defn f [] 2)", "f")
    assert renew(old, new, ExitStack()) is None
    assert old() == 1


def test_functions_that_a_function_has_made_are_renewed_or_counted(world: World) -> None:
    old, new = versions(world, "(defn adder [n] (fn [x] (+ x n)))", "(defn adder [n] (fn [x] (* x n)))", "adder")
    held = old(3)
    assert renew(old, new, ExitStack()) == 0
    assert held(5) == 15
    other = world.value("(defn adder [n m] (fn [x] (+ x n m))) adder")
    assert renew(old, other, ExitStack()) == 1
    assert held(5) == 15


def test_instances_are_counted(world: World) -> None:
    world.load("shop", "(ns shop)\n(deftype Box [w])\n(def boxes [(->Box 1) (->Box 2)])")
    cls = world.value("Box")
    assert isinstance(cls, type)
    assert count_instances(cls) == 2


def test_a_class_with_other_fields_is_not_renewed(world: World) -> None:
    old, new = versions(world, "(deftype Box [w])", "(deftype Box [w h])", "Box")
    assert renew(old, new, ExitStack()) is None


def test_protocols_and_their_methods_are_told_from_other_things(world: World) -> None:
    world.load("shop", "(ns shop)\n(defprotocol Shape (area [this]))\n(defn f [] 1)")
    assert is_protocol(world.value("Shape"))
    assert not is_protocol(world.value("{:interface 1}"))
    assert registry_of(world.value("area")) is not None
    assert registry_of(world.value("f")) is None
