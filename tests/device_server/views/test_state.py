"""States belong to the place of their view, and outlive edits around it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from device_server import views as v
from device_server.views.state import State, Store, current_traits
from device_server.views.traits import Traits
from device_server.views.tree import evaluate


def counter(seen: dict[str, State[int]], name: str, initial: int = 0) -> Callable[[], object]:
    def count() -> object:
        seen[name] = v.State(initial)
        return v.Text(seen[name].value)

    return count


def evaluated(view: object, store: Store) -> None:
    evaluate(view, store, Traits())


def test_a_state_outlives_the_evaluation_of_its_view() -> None:
    store, seen = Store(), dict[str, State[int]]()
    evaluated(counter(seen, "a"), store)
    seen["a"].value = 5
    evaluated(counter(seen, "a"), store)
    assert seen["a"].value == 5


def test_views_of_a_kind_have_states_of_their_own() -> None:
    store, seen = Store(), dict[str, State[int]]()

    def both() -> object:
        return v.HStack(counter(seen, "a"), counter(seen, "b"))

    evaluated(both, store)
    seen["b"].value = 7
    evaluated(both, store)
    assert (seen["a"].value, seen["b"].value) == (0, 7)


def test_an_edit_around_a_view_leaves_its_state_alone() -> None:
    store, seen = Store(), dict[str, State[int]]()
    bodies: list[Callable[[], object]] = [
        lambda: v.VStack(v.View(counter(seen, "a"))),
        lambda: v.VStack(
            v.Text("new"), v.HStack(v.View(counter(seen, "a", 100)).padding(), v.State("other").value and None)
        ),
    ]

    def screen() -> object:
        return bodies[0]()

    evaluated(screen, store)
    seen["a"].value = 3
    bodies.pop(0)
    evaluated(screen, store)
    assert seen["a"].value == 3


def test_another_type_of_initial_value_is_another_state() -> None:
    store, kept = Store(), list[State[object]]()

    def view(initial: object) -> Callable[[], object]:
        def body() -> object:
            kept.append(State(initial))
            return v.Text(kept[-1].value)

        return body

    evaluated(view(0), store)
    kept[-1].value = 5
    evaluated(view("text"), store)
    assert [state.value for state in kept] == [5, "text"]


def test_items_keep_their_states_when_they_move_and_lose_them_when_they_go() -> None:
    store, seen = Store(), dict[str, State[int]]()
    items = ["a", "b"]

    def row(item: str) -> object:
        seen[item] = v.State(0)
        return v.Text(seen[item].value)

    def rows() -> object:
        return v.VStack(v.ForEach(items, row, key=str))

    evaluated(rows, store)
    seen["b"].value = 9
    items.reverse()
    evaluated(rows, store)
    assert (seen["a"].value, seen["b"].value) == (0, 9)
    items.remove("b")
    evaluated(rows, store)
    items.append("b")
    evaluated(rows, store)
    assert seen["b"].value == 0


def test_an_identifier_says_which_view_it_is() -> None:
    store, seen = Store(), dict[str, State[int]]()
    names = ["a", "b"]

    def screen() -> object:
        return v.VStack(*(v.View(counter(seen, name)).identifier(name) for name in names))

    evaluated(screen, store)
    seen["b"].value = 4
    names.remove("a")
    evaluated(screen, store)
    assert seen["b"].value == 4


def test_two_views_with_one_identifier_do_not_share_a_state() -> None:
    store, seen = Store(), dict[str, State[int]]()
    evaluated(lambda: v.VStack(*(v.View(counter(seen, name)).identifier("same") for name in "ab")), store)
    seen["a"].value = 4
    assert seen["b"].value == 0


def test_a_name_tells_states_apart_whatever_their_order() -> None:
    store, kept = Store(), dict[str, State[int]]()
    order = ["x", "y"]

    def view() -> object:
        kept.update({name: State(0, name) for name in order})
        return v.Text("")

    evaluated(view, store)
    kept["x"].value = 1
    order.reverse()
    evaluated(view, store)
    assert (kept["x"].value, kept["y"].value) == (1, 0)
    order.append("x")
    with pytest.raises(ValueError, match="Two states of a view have the name 'x'"):
        evaluated(view, store)


def test_a_view_that_raises_leaves_its_states_as_they_were() -> None:
    store, seen = Store(), dict[str, State[int]]()
    is_broken = [False]

    def view() -> object:
        shown = counter(seen, "a")()
        if is_broken[0]:
            raise ZeroDivisionError
        return shown

    evaluated(view, store)
    seen["a"].value = 8
    is_broken[0] = True
    with pytest.raises(ZeroDivisionError):
        evaluated(view, store)
    assert store.is_stale
    is_broken[0] = False
    evaluated(view, store)
    assert (seen["a"].value, store.is_stale) == (8, False)


def test_a_change_tells_the_stores_that_have_shown_it_and_no_others() -> None:
    told = list[str]()
    shared = State(1)
    shows, not_shows = Store(lambda: told.append("shows")), Store(lambda: told.append("not"))
    evaluated(lambda: v.Text(shared.value), shows)
    evaluated(lambda: v.Text("nothing of it"), not_shows)
    shared.value = 2
    assert (told, shows.is_stale, not_shows.is_stale) == (["shows"], True, False)


def test_a_change_while_a_view_is_evaluated_is_refused() -> None:
    def view() -> object:
        v.State(0).value = 1
        return v.Text("")

    with pytest.raises(RuntimeError, match="Change it in an action"):
        evaluated(view, Store())


def test_a_state_is_an_atom() -> None:
    state = State(1)
    assert (state.deref(), state.update(lambda n: n + 1), state.compare_and_set(5, 6), repr(state)) == (
        1,
        2,
        False,
        "State(2)",
    )
    assert state.compare_and_set(state.deref(), 3)
    assert state.value == 3


def test_a_view_can_ask_for_its_traits() -> None:
    asked = list[str]()
    evaluate(lambda: asked.append(current_traits().locale), Store(), Traits().with_traits(locale="de"))
    assert asked == ["de"]
    with pytest.raises(RuntimeError, match="No view is being evaluated"):
        current_traits()
