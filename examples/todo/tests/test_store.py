from datetime import date

import pytest

from todo import store


def test_an_added_item_is_found_by_its_id() -> None:
    item = store.add("Water the plants", tags=["home"])
    assert store.find(item.id) == item


def test_ids_count_up_from_one() -> None:
    assert [store.add(title).id for title in ("a", "b")] == [1, 2]


def test_a_blank_title_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a title"):
        store.add("  ")


def test_a_finished_item_can_be_reopened() -> None:
    item = store.add("Water the plants")
    assert store.finish(item.id).done
    assert store.reopen(item.id) == item


def test_a_removed_item_is_gone() -> None:
    item = store.add("Water the plants")
    assert store.remove(item.id) == item
    with pytest.raises(KeyError):
        store.find(item.id)


def test_all_items_are_listed_most_urgent_first() -> None:
    store.add("Someday")
    store.add("Soon", due=date(2024, 5, 17))
    assert [item.title for item in store.all_items()] == ["Soon", "Someday"]
