"""Edits of Basilisp that fail at each step: nothing of the program has changed, down to the identities of objects."""

from __future__ import annotations

import linecache
import sys

import pytest
from basilisp.lang import runtime
from basilisp.lang import symbol as sym

from device_server.languages import Source, buffers
from device_server.reload import Reloading
from device_server.reload.basilisp_hooks import BasilispHooks
from device_server.reload.reloader import Edited, Reloader
from tests.device_server.reload.basilisp_edits import EDITS, Edit, file_text
from tests.device_server.reload.basilisp_world import World, namespace, path_of
from tests.device_server.reload.injection import WatchedGate, failures_that_leave_nothing
from tests.device_server.reload.picture import Picture, picture

_COSTLY = {"(defrecord": (97, 30011), "(defprotocol": (9, 2003), "(defmacro": (5, 1009), "(ns shop (:": (9, 2003)}
"""What takes Basilisp long to evaluate, and of how many announcements and lines one is tried then."""
_LEFT_OUT = {"an expression", "fields of a record that values are made of"}
"""What the program's own code has done while the edit ran stays done; and one record is slow enough."""
EVERYTHING = """
(ns shop (:require [basilisp.string :as text]))
(defonce sold (atom 0))
(def limit 10)
(defn over? [n] (> n limit))
(defn adder [n] (fn [x] (+ x n)))
(def add3 (adder 3))
(defmacro twice [x] `(do ~x ~x))
(defn sell [] (twice (swap! sold inc)))
(defmulti cost :kind)
(defmethod cost :a [_] 1)
(defprotocol Shape (area [this]))
(deftype Box [w] Shape (area [_] w))
(def box (->Box 3))
"""


def look(world: World) -> Picture:
    """All that an edit could touch."""
    names = [each.module for each in world.loaded]
    libs = runtime.Var.find_safe(sym.symbol("*loaded-libs*", ns=runtime.CORE_NS)).value
    texts = [(each.path, each.text, linecache.getlines(each.path)) for each in world.loaded]
    roots: dict[str, object] = {name: sys.modules[name] for name in names}
    for name in names:
        roots[f"namespace {name}"] = namespace(name)
        roots |= {f"{name}/{symbol.name}": var for symbol, var in namespace(name).interns.items()}
    roots |= {"libs": libs.deref(), "namespaces": runtime.Namespace.ns_cache(), "modules": repr([*sys.modules])}
    return picture({**roots, "texts": repr(texts)})


@pytest.mark.parametrize("edit", [edit for edit in EDITS if edit.kind not in _LEFT_OUT], ids=lambda edit: edit.kind)
def test_an_edit_that_fails_at_any_step_leaves_nothing(world: World, edit: Edit) -> None:
    world.load("shop", file_text(edit.before))
    if edit.beside:
        world.load("till", edit.beside)
    world.value(edit.meanwhile)
    text = edit.before + edit.after
    strides = next((strides for costly, strides in _COSTLY.items() if costly in text), (4, 907))
    there, back = (Edited(path_of("shop"), file_text(each)) for each in (edit.after, edit.before))
    assert failures(world, there, back, strides) > 0


def test_a_whole_namespace_that_fails_as_it_runs_again_leaves_nothing(world: World) -> None:
    world.load("shop", EVERYTHING)
    forced = Edited(path_of("shop"), EVERYTHING, is_forced=True)
    assert failures(world, forced, forced, (29, 9001)) > 2


def failures(world: World, there: Edited, back: Edited, strides: tuple[int, int]) -> int:
    """Fail at the steps of these edits; how often."""
    for loaded in world.loaded:
        buffers.remember_file(Source(loaded.text, loaded.path))
    gate = WatchedGate()
    reloading = Reloading(world.reloads, BasilispHooks(), lambda _: None)
    reloader = Reloader(world.loaded, {"basilisp": reloading}, gate, lambda: False)
    return failures_that_leave_nothing(reloader, ([there], [back]), gate, lambda: look(world), strides=strides)
