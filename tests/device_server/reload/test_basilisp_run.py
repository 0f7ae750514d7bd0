from __future__ import annotations

import pytest

from device_server.reload.basilisp_run import MAX_ITEMS, is_plain
from tests.device_server.reload.basilisp_world import World, worlds


@pytest.mark.parametrize(
    ("code", "is_data"),
    [
        ('[1 "a" :k nil {:a #{1.5}}]', True),
        ("'(a b)", True),
        ("[(atom 1)]", False),
        ("(map python/print [1])", False),
        ("python/print", False),
        (f"(vec (range {MAX_ITEMS + 1}))", False),
    ],
)
def test_data_is_told_from_state_without_running_anything(
    code: str, is_data: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with worlds() as world:
        world.load("shop", "(ns shop)")
        assert is_plain(world.value(code)) is is_data
    assert not capsys.readouterr().out


def test_a_record_is_data(world: World) -> None:
    world.load("shop", "(ns shop)\n(deftype Box [w])")
    assert not is_plain(world.value("(->Box 1)"))


def test_an_outcome_says_each_thing_once(world: World) -> None:
    world.load("shop", "(ns shop)\n(def gone 1)\n(def a (atom 1))\n")
    world.load("till", "(ns till (:require [shop]))\n(defn f [] shop/gone)\n(defn g [] shop/gone)\n")
    _, outcome = world.edit("shop", "(ns shop)\n(def a (atom 2))\n")
    assert outcome.reason == "gone is gone; a was made anew; till uses gone, which is gone"
