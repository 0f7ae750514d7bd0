from __future__ import annotations

import pytest

from device_server.reload.basilisp_temporaries import drop
from tests.device_server.reload.basilisp_world import World, namespace


def test_only_made_up_names_go_that_no_function_asks_for() -> None:
    code = compile(
        "lisp_fn_1 = [1]\nc_2 = 3\nkept = lisp_fn_1\nprice_9 = 4\nx_8 = y_7 = 0\n"
        "def f(): return [c_2 for _ in kept]\n"
        "def __lisp_expr___3(): return lisp_fn_1",
        "shop",
        "exec",
    )
    before: dict[str, object] = {"price_9": 1}
    module = {**before}
    exec(code, module)
    drop(module, before, [code], ["x_8"])
    assert {*module} - {"__builtins__"} == {"c_2", "kept", "price_9", "x_8", "f"}


@pytest.mark.parametrize(
    ("form", "most"),
    [
        ("(def xs (mapv (fn [x] (+ x {})) [1 2]))", 0),
        ("(defmulti cost :kind)\n(defmethod cost :a [_] {})", 0),
        ("(deftype Box [w] (__str__ [_] (str {})))", 0),
        ('(defprotocol Shape "{}" (area [this]))', 20),
    ],
)
def test_edits_leave_few_names_behind(world: World, form: str, most: int) -> None:
    world.load("shop", f"(ns shop)\n{form.format(0)}")
    world.edit("shop", f"(ns shop)\n{form.format(1)}")
    before = len(vars(namespace("shop").module))
    for number in range(2, 12):
        world.edit("shop", f"(ns shop)\n{form.format(number)}")
    assert len(vars(namespace("shop").module)) <= before + most


def test_a_var_may_be_called_like_a_made_up_name(world: World) -> None:
    world.load("shop", "(ns shop)")
    world.edit("shop", "(ns shop)\n(def price-1 5)\n(def price_2 6)\n(defn f [] (+ price-1 price_2))")
    assert world.value("(f)") == 11
