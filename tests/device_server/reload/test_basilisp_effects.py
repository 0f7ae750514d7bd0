from __future__ import annotations

from device_server.reload.basilisp_effects import Effects, has_macros
from device_server.reload.basilisp_forms import Form
from tests.device_server.reload.basilisp_world import World


def form(text: str, namespace: str = "till") -> Form:
    return Form(text, 1, 0, namespace)


def test_values_concern_what_is_computed_from_them(world: World) -> None:
    world.load("shop", "(ns shop)\n(def price 1)")
    world.load("till", "(ns till (:require [shop :as s :refer [price]]))")
    effects = Effects()
    effects.values.add(("shop", "price"))
    concerned = [form(text) for text in ("(def a price)", "(def a [s/price])", "(def a (shop/price))")]
    assert [*map(effects.concern, concerned)] == [True] * 3
    others = [form(text) for text in ("(defn f [] price)", "(def a #(price))", "(def a other/price)", "(def prices 1)")]
    assert [*map(effects.concern, others)] == [False] * 4


def test_macros_concern_all_that_use_them_and_functions_only_macros(world: World) -> None:
    world.load("shop", "(ns shop)\n(def wrap 1)\n(def m 1)\n(def via 1)")
    effects = Effects()
    effects.functions.add(("shop", "wrap"))
    assert not effects.concern(form("(defn via [x] (wrap x))", "shop"))
    assert not effects.concern(form("(defmacro m [x] (via x))", "shop"))
    assert effects.concern(form("(defn f [] (m 1))", "shop"))


def test_a_file_without_the_name_is_not_concerned() -> None:
    effects = Effects()
    assert not effects.may_concern("(def a price)", has_macros=True)
    effects.functions.add(("shop", "price"))
    assert effects.may_concern("(defmacro a [] price)", has_macros=has_macros("(defmacro a [] price)"))
    assert not effects.may_concern("(def a price)", has_macros=has_macros("(def a price)"))
