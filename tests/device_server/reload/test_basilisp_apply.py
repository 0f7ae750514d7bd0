"""Edits of Basilisp files as a program meets them."""

from __future__ import annotations

import sys

import pytest
from basilisp.lang.compiler import CompilerException
from basilisp.lang.reader import UnexpectedEOFError

from device_server.languages import basilisp_errors
from device_server.loaded import Loaded
from device_server.reload import State, Tier
from tests.device_server.reload.basilisp_edits import EDITS, Edit, file_text
from tests.device_server.reload.basilisp_world import World, holdings, path_of

FAILING = '\n(throw (python/ValueError "at the end"))\n'


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.kind)
def test_an_edit_that_fails_has_changed_nothing_and_one_that_works_all_it_must(world: World, edit: Edit) -> None:
    world.load("shop", file_text(edit.before))
    if edit.beside:
        world.load("till", edit.beside)
    world.value(edit.meanwhile)
    names = ("shop", "till") if edit.beside else ("shop",)
    before, modules = [holdings(name) for name in names], {**sys.modules}
    with pytest.raises(ValueError, match="at the end"):
        world.edit("shop", file_text(edit.after) + FAILING)
    assert [holdings(name) for name in names] == before
    assert sys.modules == modules

    plan, outcome = world.edit("shop", file_text(edit.after))
    assert (plan.tier, outcome.state) == (edit.tier, edit.state)
    assert edit.says in outcome.reason
    assert edit.stale in " ".join(outcome.stale) if edit.stale else not outcome.stale
    for code, wanted in edit.then:
        assert world.value(f"(= {code} {wanted})") is True, (code, world.value(f"(pr-str {code})"))


def test_the_table_has_every_kind_once_and_enough_of_them() -> None:
    kinds = [edit.kind for edit in EDITS]
    assert len({*kinds}) == len(kinds) >= 25
    assert {edit.tier for edit in EDITS} == {*Tier}


def innermost(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def test_an_edit_that_uses_a_name_it_takes_out_is_refused(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn a [] 1)\n(defn b [] (a))\n")
    with pytest.raises(CompilerException) as raised:
        world.edit("shop", "(ns shop)\n(defn b [] (a))\n")
    assert "unable to resolve symbol 'a'" in str(innermost(raised.value))
    assert world.value("[(a) (b)]") == world.value("[1 1]")


def test_an_error_says_the_line_of_the_file(world: World) -> None:
    world.load("shop", "(ns shop)\n\n(defn a [] 1)\n")
    with pytest.raises(CompilerException) as raised:
        world.edit("shop", "(ns shop)\n\n(defn a []\n  (nowhere))\n")
    location = basilisp_errors.report(raised.value, "<typed>").location
    assert isinstance(location, dict)
    assert (location["file"], location["line"]) == (path_of("shop"), 4)


def test_what_is_never_closed_is_told_where_it_begins(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n")
    with pytest.raises(UnexpectedEOFError) as raised:
        world.plan("shop", "(ns shop)\n(defn f []\n  (inc 1)\n\n(defn g [] 1)\n")
    assert (raised.value.line, raised.value.col, raised.value.filename) == (2, 0, path_of("shop"))


@pytest.mark.parametrize("wrong", ["(defn f (+ 1 2))", "(let [a] a)", "(defn f [x] (when-let x 1))"])
def test_a_form_that_its_macro_refuses_is_told_by_its_place(world: World, wrong: str) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n")
    with pytest.raises(CompilerException) as raised:
        world.edit("shop", f"(ns shop)\n\n{wrong}\n")
    location = basilisp_errors.report(raised.value, "<typed>").location
    assert isinstance(location, dict)
    assert (location["file"], location["line"]) == (path_of("shop"), 3)


def test_a_forced_edit_runs_everything_again_but_what_is_defined_once(world: World) -> None:
    text = "(ns shop)\n(defonce kept (atom 0))\n(def made (atom 0))\n(defn f [] 1)\n"
    world.load("shop", text)
    world.value("(reset! kept 1) (reset! made 1) (def held f)")
    plan, outcome = world.edit("shop", text, is_forced=True)
    assert (plan.tier, outcome.state, outcome.reason) == (Tier.STRUCTURAL, State.RESET, "made was made anew")
    assert world.value("[@kept @made (identical? f held)]") == world.value("[1 0 true]")


def test_edits_of_several_files_are_applied_in_the_order_of_loading(world: World) -> None:
    world.load("shop", "(ns shop)\n(def price 1)\n")
    world.load("till", "(ns till (:require [shop]))\n(def total (* 2 shop/price))\n")
    till = world.plan("till", "(ns till (:require [shop]))\n(def total (* 3 shop/price shop/rate))\n")
    shop = world.plan("shop", "(ns shop)\n(def price 10)\n(def rate 2)\n")
    outcome = world.apply(till, shop)
    assert outcome.reloaded == ("shop", "till")
    assert world.value("till/total") == 60


def test_after_a_failed_edit_of_a_protocols_method_types_are_extended_to_the_old_one(world: World) -> None:
    world.load("shop", "(ns shop)\n(defprotocol Shape (area [this]))\n")
    with pytest.raises(ValueError, match="at the end"):
        world.edit("shop", "(ns shop)\n(defprotocol Shape (area [this by]))\n" + FAILING)
    assert world.value('(extend-type python/str Shape (area [s] (count s))) (area "abc")') == 3


def test_after_a_failed_edit_a_multimethod_that_the_program_has_wrapped_dispatches_as_before(world: World) -> None:
    world.load("shop", "(ns shop)\n(defmulti cost :kind)\n(defmethod cost :a [_] 1)\n(def held cost)\n")
    world.value("(alter-var-root #'cost (fn [inner] (fn [x] [(inner x)])))")
    with pytest.raises(ValueError, match="at the end"):
        world.edit("shop", "(ns shop)\n(defmulti cost :sort)\n(def held cost)\n" + FAILING)
    assert world.value("[(@#'cost {:kind :a}) (held {:kind :a})]") == world.value("[[1] 1]")


def test_python_code_that_has_a_namespace_as_a_module_follows(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn next-price [n] (+ n 1))\n(def top-price 10)\n(def old-price 1)\n")
    module = sys.modules["shop"]
    imported = module.next_price
    world.edit("shop", "(ns shop)\n(defn next-price [n] (+ n 2))\n(def top-price 20)\n")
    assert (imported(1), module.next_price(1), module.top_price) == (3, 3, 20)
    assert not hasattr(module, "old_price")


def test_a_name_that_comes_back_is_the_var_that_it_was(world: World) -> None:
    text = "(ns shop)\n(defn f [] 1)\n"
    world.load("shop", text)
    world.value("(def held #'f)")
    world.edit("shop", "(ns shop)\n")
    world.edit("shop", text.replace("1", "2"))
    assert world.value("[(held) (identical? held #'f)]") == world.value("[2 true]")


def test_a_function_that_comes_back_is_renewed_and_no_state_is_lost(world: World) -> None:
    text = "(ns shop)\n(defn f [] 1)\n"
    world.load("shop", text)
    world.value("(def held f)")
    world.edit("shop", "(ns shop)\n#_(defn f [] 1)\n")
    _, outcome = world.edit("shop", text.replace("1", "2"))
    assert (outcome.state, outcome.reason) == (State.KEPT, "")
    assert world.value("[(held) (identical? held f)]") == world.value("[2 true]")


def test_a_name_of_a_namespace_that_was_removed_does_not_come_back(world: World) -> None:
    world.load("shop", "(ns shop)\n(defn f [] 1)\n")
    world.edit("shop", "(ns shop)\n")
    world.value("(remove-ns 'shop)", "user")
    world.load("shop", "(ns shop)\n")
    world.edit("shop", "(ns shop)\n(defn f [] 2)\n")
    assert world.value("[(f) (identical? *ns* (.-ns #'f))]") == world.value("[2 true]")


def test_a_function_is_edited_again_and_again_whatever_it_is_made_of(world: World) -> None:
    bodies = ("n", "(if (> n 0) (recur (dec n) nil) n)", "[n more]", "(if (> n 0) (recur (dec n) nil) :end)", "(inc n)")
    world.load("shop", "(ns shop)\n(defn f [n & more] :first)\n(def held f)\n")
    results = []
    for body in bodies:
        world.edit("shop", f"(ns shop)\n(defn f [n & more] {body})\n(def held f)\n")
        results.append(world.value("(= (held 3) (f 3) (apply held [3]))"))
    assert results == [True] * len(bodies)
    assert world.value("(held 3)") == 4


def test_files_of_other_languages_are_left_alone(world: World) -> None:
    world.load("shop", "(ns shop)\n(def price 1)\n")
    world.loaded.note(Loaded("sums", "/project/sums.py", "python", "from shop import price\n(price"))
    assert world.edit("shop", "(ns shop)\n(def price 2)\n")[1].reloaded == ("shop",)
