from __future__ import annotations

import pytest
from basilisp.lang import reader, runtime
from basilisp.lang import symbol as sym

from device_server.reload import Tier
from device_server.reload.basilisp_plan import title
from tests.device_server.reload.basilisp_world import World, path_of


@pytest.mark.parametrize(
    "broken", ["(defn f [] (", "(defn f [] 1))", '(def a "', "(def a ::nobody/k)", "(def a #nobody 1)"]
)
def test_text_that_cannot_be_read_is_refused_with_its_place(world: World, broken: str) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n")
    with pytest.raises(reader.SyntaxError) as raised:
        world.plan("shop", f"(ns shop)\n\n{broken}\n")
    assert raised.value.filename == path_of("shop")
    assert raised.value.line >= 3


def test_planning_runs_nothing(world: World) -> None:
    text = "(ns shop)\n(defrecord Box [w])\n(def log (atom []))\n"
    world.load("shop", text)
    world.value("(def ->Box (fn [w] (swap! log conj w)))")
    world.plan("shop", f"{text}(swap! log conj 1)\n(defmacro m [] (swap! log conj 2))\n(m)\n(def box #shop.Box [3])")
    assert world.value("(= [] @log)") is True


def test_an_alias_that_the_new_text_adds_can_be_used_below(world: World) -> None:
    world.load("shop", "(ns shop)\n(def a 1)\n")
    plan = world.plan("shop", "(ns shop (:require [not.yet.there :as there]))\n(def a ::there/k)\n(def b `there/x)\n")
    assert plan.tier is Tier.STRUCTURAL
    assert runtime.Namespace.get(sym.symbol("not.yet.there")) is None


def test_a_plan_names_the_deepest_edit(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n(def a (f))\n")
    assert world.plan("shop", "(ns shop)\n(defn f [] 2)\n(def a (f))\n").reason == "f changed"
    assert world.plan("shop", "(ns shop)\n(defn f [] 2)\n(def a (inc (f)))\n").reason == "a runs again"
    assert world.plan("shop", "(ns shop)\n(def a (f))\n").reason == "f is gone"
    assert world.plan("shop", "(ns shop)\n(defn f [] 1)\n(def a (f))\n\n").reason == ""


def test_whatever_is_evaluated_runs_code_of_the_program(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n")
    assert world.plan("shop", "(ns shop)\n(defn f [] 2)\n").runs_code
    assert not world.plan("shop", "(ns shop)\n\n(defn f [] 1)\n").runs_code


def test_what_only_stands_elsewhere_is_moved(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n(defn g [] 2)\n")
    plan = world.plan("shop", "(ns shop)\n\n(defn g [] 2)\n(defn f [] ; one\n 1)\n")
    assert (plan.tier, plan.edits, plan.removed) == (Tier.NONE, {}, ())
    assert {(title(old), old.line, new.line) for old, new in plan.moved} == {("f", 2, 4), ("g", 3, 3)} - {("g", 3, 3)}
