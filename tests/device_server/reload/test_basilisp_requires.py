from __future__ import annotations

from device_server.reload.basilisp_forms import tree
from device_server.reload.basilisp_requires import aliases, forget
from tests.device_server.reload.basilisp_world import World, namespace

NS = """(ns shop (:require [basilisp.string :as text :refer [join]]
                   [basilisp.set :as sets])
         (:import [math :as m :refer [pi]]))"""


def test_aliases_are_those_of_requirements() -> None:
    assert aliases(tree("(ns a (:require [b.c :as c] d.e [f :as-alias g]) (:import x))")) == {
        "b.c": "b.c", "c": "b.c", "d.e": "d.e", "f": "f", "g": "f",
    }  # fmt: skip
    assert aliases(tree("(require '[b.c :as c])")) == {"b.c": "b.c", "c": "b.c"}


def test_what_the_new_form_declares_too_stays(world: World) -> None:
    world.load("shop", NS)
    forget(namespace("shop"), tree(NS), tree("(ns shop (:require [basilisp.set :as sets]))"))
    shop = namespace("shop")
    assert {str(name) for name in shop.aliases} == {"sets", "basilisp.set", "basilisp.core"}
    assert {str(name) for name, var in shop.refers.items() if var.ns.name != "basilisp.core"} == set()
    assert not [*shop.import_aliases, *shop.import_refers]
    assert "math" not in {str(name) for name in shop.imports}


def test_names_of_the_core_go_when_what_is_said_of_them_changes(world: World) -> None:
    world.load("shop", "(ns shop)")
    forget(namespace("shop"), tree("(ns shop)"), tree("(ns shop (:refer-basilisp :exclude [get]))"))
    assert len(namespace("shop").refers) == 0
