"""A to-do list to play with from a REPL: `todo.add("Water the plants")`, then `print(todo.as_text())`."""

from datetime import date

from todo import report
from todo.store import add, all_items, clear, find, finish, remove, reopen

__all__ = ["add", "all_items", "as_text", "clear", "find", "finish", "remove", "reopen"]


def as_text(today: date | None = None) -> str:
    """The whole list as it reads today."""
    return report.report(all_items(), today or date.today())
