"""The list itself: the only module here with state. It lives as long as the process."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from todo import model
from todo.model import Item

items: dict[int, Item] = {}


def add(title: str, due: date | None = None, tags: Iterable[str] = ()) -> Item:
    """Put a new item on the list. Raises: ValueError when the title is blank."""
    title = title.strip()
    if not title:
        raise ValueError("An item needs a title")
    item = Item(next_id(), title, due, frozenset(tags))
    items[item.id] = item
    return item


def next_id() -> int:
    return max(items, default=0) + 1


def find(item_id: int) -> Item:
    """Raises: KeyError when there is no such item."""
    return items[item_id]


def finish(item_id: int) -> Item:
    """Mark an item as done. Raises: KeyError when there is no such item."""
    items[item_id] = model.finished(find(item_id))
    return items[item_id]


def reopen(item_id: int) -> Item:
    """Mark an item as not done after all. Raises: KeyError when there is no such item."""
    items[item_id] = model.reopened(find(item_id))
    return items[item_id]


def remove(item_id: int) -> Item:
    """Take an item off the list and return it. Raises: KeyError when there is no such item."""
    return items.pop(item_id)


def clear() -> None:
    items.clear()


def all_items() -> list[Item]:
    """The items, most urgent first."""
    return model.by_urgency(items.values())
