from __future__ import annotations

import traceback

from tests.device_server.reload.basilisp_world import World, path_of

BEFORE = """(ns shop)
(defn f [] (/ 1 0))
(defn g []
  (map (fn [x] (/ x 0)) [1]))
(deftype Box [w] (__str__ [_] (/ w 0)))
"""


def failing_line(world: World, code: str) -> int | None:
    try:
        world.value(code)
    except ZeroDivisionError as error:
        return [
            frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path_of("shop")
        ][-1]
    raise AssertionError(f"{code} has not failed")


def test_what_has_moved_is_found_on_its_new_line(world: World) -> None:
    world.load("shop", BEFORE)
    world.edit("shop", BEFORE.replace("(ns shop)\n", "(ns shop)\n;; one\n;; two\n(def new 1)\n"))
    assert [world.value(f"(:line (meta #'{name}))") for name in ("f", "g", "new")] == [5, 6, 4]
    lines = [failing_line(world, code) for code in ("(f)", "(doall (g))", "(python/str (->Box 1))")]
    assert lines == [5, 7, 8]
    world.undo.close()
    assert (world.value("(:line (meta #'f))"), failing_line(world, "(f)")) == (2, 2)


def test_closures_that_live_are_found_after_their_function_has_moved(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn adder [n] (fn [x] (+ x n)))\n")
    world.value("(def add3 (adder 3))")
    world.edit("shop", "(ns shop)\n\n\n(defn adder [n] (fn [x] (+ x n)))\n")
    world.edit("shop", "(ns shop)\n\n\n(defn adder [n] (fn [x] (* x n)))\n")
    assert world.value("(add3 5)") == 15
