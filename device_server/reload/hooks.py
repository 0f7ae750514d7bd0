"""What a Python program says about its own reloading: functions that are called around edits.

This is for programs; who calls these functions, and when, is reloader.py's business.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Final, TypeVar

from device_server.reload import When

F = TypeVar("F", bound=Callable[[], object])

ATTRIBUTE: Final = "__reload_hooks__"
"""Where a function says when it is called: a set of `When`."""


def before_reload(function: F) -> F:
    """Decorates a function of a module, without arguments, that is called before an edit is applied.

    When it raises, the edit is refused. Raises: TypeError, when it is no function, or one to be awaited.
    """
    return _marked(function, When.BEFORE)


def after_reload(function: F) -> F:
    """The same for a function that is called when an edit has been applied, or has been taken back.

    When it raises, the edit is taken back.
    """
    return _marked(function, When.AFTER)


def _marked(function: F, when: When) -> F:
    if type(function) is not FunctionType or inspect.iscoroutinefunction(function):
        raise TypeError(f"What is called {when} must be a plain function without arguments, not {function!r}")
    setattr(function, ATTRIBUTE, getattr(function, ATTRIBUTE, frozenset()) | {when})
    return function
