from __future__ import annotations

import sys
from contextlib import ExitStack

from basilisp.lang import map as lmap
from basilisp.lang import runtime
from basilisp.lang import symbol as sym

from device_server.loaded import Loaded
from device_server.reload.basilisp_snapshot import keep_current_namespace, keep_loaded, keep_namespace, keep_value
from tests.device_server.reload.basilisp_world import World, holdings, namespace


def test_a_namespace_is_put_back_whatever_was_done_to_it(world: World) -> None:
    world.load("shop", "(ns shop)\n(def ^:dynamic a 1)\n(defn f [] 1)\n(declare later)")
    before = holdings("shop")
    with ExitStack() as undo:
        keep_namespace(namespace("shop"), undo)
        world.value("(def a 2) (def b 3) (alter-var-root #'f constantly) (def later 1) (ns-unmap 'shop 'f)")
        world.value("(alter-meta! *ns* assoc :doc 1) (require '[basilisp.string :as text]) (import math)")
    assert holdings("shop") == before
    assert not namespace("shop").find(sym.symbol("later")).is_bound


def test_methods_and_extensions_are_put_back(world: World) -> None:
    world.load("shop", "(ns shop)\n(defmulti m :k)\n(defprotocol Shape (area [this]))")
    with ExitStack() as undo:
        for name in ("m", "area"):
            keep_value(world.value(name), undo)
        world.value("(defmethod m :a [_] 1) (extend-type python/str Shape (area [_] 1))")
        assert world.value('[(m {:k :a}) (area "s")]') == world.value("[1 1]")
    assert world.value('(try (area "s") (catch python/Exception e :none))') == world.value(":none")
    assert world.value("(empty? (methods m))") is True


def test_what_was_loaded_meanwhile_is_forgotten(world: World) -> None:
    world.load("shop", "(ns shop)")
    with ExitStack() as undo:
        keep_loaded(world.loaded, undo)
        world.load("till", "(ns till)")
        world.loaded.note(Loaded("other", "/project/other.py", "python", ""))
    assert runtime.Namespace.get(sym.symbol("till")) is None
    assert "till" not in sys.modules
    assert [loaded.module for loaded in world.loaded] == ["shop"]
    assert world.value("(contains? (loaded-libs) 'till)") is False


def test_the_current_namespace_is_what_it_was_though_nobody_has_left_the_one_that_was_entered(world: World) -> None:
    world.load("shop", "(ns shop)")
    with runtime.ns_bindings("user"):
        with ExitStack() as undo:
            keep_current_namespace(undo)
            runtime.push_thread_bindings(lmap.map({runtime.Var.find_safe(runtime.NS_VAR_SYM): namespace("shop")}))
            assert str(runtime.get_current_ns().name) == "shop"
        assert str(runtime.get_current_ns().name) == "user"
