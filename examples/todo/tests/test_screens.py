from datetime import date

from device_server.views.preview import previews
from device_server.views.scene import Scene, render
from device_server.views.state import Store
from device_server.views.touch import Gesture, Target, touch
from device_server.views.traits import Traits, layered
from todo import screens, store
from todo.model import Item

TODAY = date(2024, 5, 17)


def labels(scene: Scene) -> list[str]:
    return [element.label for element in scene.elements().all() if element.label]


def test_every_preview_has_a_picture_of_its_own() -> None:
    marked = [(function, each) for function in vars(screens).values() for each in previews(function)]
    pictures = {each.name: render(function, traits=layered(each.traits)).picture().data for function, each in marked}
    assert len(marked) == len(pictures) == len(set(pictures.values())) == 8


def test_the_list_tells_what_its_items_are() -> None:
    shown = labels(render(lambda: screens.item_list(screens.SAMPLES, TODAY)))
    assert shown[:2] == ["To do", "1 of 5 done"]
    assert {"Pay the rent", "overdue since 01 May", "today", "#birthday #family"} <= set(shown)


def test_an_empty_list_says_so() -> None:
    assert "Nothing to do" in labels(render(lambda: screens.item_list([], TODAY)))


def test_a_tap_on_a_row_finishes_the_item() -> None:
    item = store.add("Water the plants")
    touch(render(screens.screen), Target(identifier=f"item-{item.id}"), Gesture("tap"))
    assert store.find(item.id).done
    assert "1 of 1 done" in labels(render(screens.screen))


def test_the_form_adds_what_was_typed_and_is_empty_again() -> None:
    added: list[tuple[str, list[str]]] = []
    states, small = Store(), Traits().with_traits(size="390x300")

    def form() -> Scene:
        return render(lambda: screens.item_form(lambda title, tags: added.append((title, tags))), states, small)

    touch(form(), Target(role="text_field"), Gesture("type", text="Book the ferry "))
    touch(form(), Target(role="toggle"), Gesture("tap"))
    touch(form(), Target(label="Add"), Gesture("tap"))
    assert added == [("Book the ferry", ["home", "1h"])]
    assert [each.value for each in form().elements().all() if each.role == "text_field"] == [""]


def test_the_counter_counts_as_far_as_its_goal() -> None:
    states = Store()
    for _ in range(2):
        touch(render(lambda: screens.counter(2), states), Target(label="One more"), Gesture("tap"))
    done = render(lambda: screens.counter(2), states).elements().all()
    assert ["disabled" in each.traits for each in done if each.label == "One more"] == [True]


def test_the_chart_has_a_bar_for_each_kind() -> None:
    items = [*screens.SAMPLES, Item(6, "Buy milk")]
    shown = labels(render(lambda: screens.chart(items, TODAY)))
    assert {"Overdue: 1", "To do: 4", "Done: 1"} <= set(shown)
