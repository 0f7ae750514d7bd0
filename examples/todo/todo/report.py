"""How a list reads. Text only; where it goes is the caller's business."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from todo.model import Item, is_overdue

TITLE = "To do"


def report(items: Collection[Item], today: date) -> str:
    """A heading, a line for each item in the order given, and a summary."""
    lines = [line(item, today) for item in items]
    return "\n".join([TITLE, "-" * len(TITLE), *lines, summary(items)])


def line(item: Item, today: date) -> str:
    return " ".join(part for part in (box(item), item.title, when(item, today), tags(item)) if part)


def box(item: Item) -> str:
    return "[x]" if item.done else "[ ]"


def when(item: Item, today: date) -> str:
    """The date in a reader's terms, "" when there is none to tell."""
    if item.due is None or item.done:
        return ""
    if is_overdue(item, today):
        return f"(overdue since {item.due:%d %b})"
    if item.due == today:
        return "(today)"
    return f"(by {item.due:%d %b})"


def tags(item: Item) -> str:
    return " ".join(f"#{tag}" for tag in sorted(item.tags))


def summary(items: Collection[Item]) -> str:
    done = sum(item.done for item in items)
    return f"{done} of {len(items)} done"
