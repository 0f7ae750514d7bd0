"""What a thing to do is. Values only: every change gives a new item."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to do."""

    id: int
    title: str
    due: date | None = None
    tags: frozenset[str] = frozenset()
    done: bool = False


def finished(item: Item) -> Item:
    return replace(item, done=True)


def reopened(item: Item) -> Item:
    return replace(item, done=False)


def is_overdue(item: Item, today: date) -> bool:
    return not item.done and item.due is not None and item.due < today


def urgency(item: Item) -> tuple[bool, date, int]:
    """Sorts open items before finished ones, then by date (none is last), then by age."""
    return (item.done, item.due or date.max, item.id)


def by_urgency(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=urgency)


def with_tag(items: Iterable[Item], tag: str) -> list[Item]:
    return [item for item in items if tag in item.tags]
