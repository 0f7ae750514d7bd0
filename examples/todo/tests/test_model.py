from datetime import date

from todo import model
from todo.model import Item

TODAY = date(2024, 5, 17)
YESTERDAY = date(2024, 5, 16)


def test_finishing_leaves_the_old_item_as_it_was() -> None:
    item = Item(1, "Water the plants")
    assert model.finished(item).done
    assert not item.done


def test_reopening_undoes_finishing() -> None:
    item = Item(1, "Water the plants")
    assert model.reopened(model.finished(item)) == item


def test_an_item_is_overdue_from_the_day_after_its_date() -> None:
    assert model.is_overdue(Item(1, "Taxes", due=YESTERDAY), TODAY)
    assert not model.is_overdue(Item(1, "Taxes", due=TODAY), TODAY)


def test_what_is_done_or_has_no_date_is_never_overdue() -> None:
    assert not model.is_overdue(Item(1, "Taxes", due=YESTERDAY, done=True), TODAY)
    assert not model.is_overdue(Item(1, "Learn the cello"), TODAY)


def test_the_most_urgent_item_comes_first() -> None:
    done, someday, soon = Item(1, "a", done=True), Item(2, "b"), Item(3, "c", due=TODAY)
    assert model.by_urgency([done, someday, soon]) == [soon, someday, done]


def test_items_are_chosen_by_tag() -> None:
    home, work = Item(1, "a", tags=frozenset({"home"})), Item(2, "b", tags=frozenset({"work"}))
    assert model.with_tag([home, work], "work") == [work]
