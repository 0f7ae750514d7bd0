"""Calls of Python functions, named. What the languages make of exceptions has tests beside theirs."""

from __future__ import annotations

import sys
from types import FrameType

import pytest

from device_server.languages import stacktraces


class Outer:
    def method(self) -> FrameType:
        return sys._getframe()

    def closure(self) -> FrameType:
        def inner() -> FrameType:
            return sys._getframe()

        return inner()


def function() -> FrameType:
    return sys._getframe()


@pytest.mark.parametrize(
    ("frame", "owner", "method"),
    [
        (function(), "", "function"),
        (Outer().method(), ".Outer", "method"),
        (Outer().closure(), ".Outer.closure", "inner"),
        ((lambda: sys._getframe())(), "", "<lambda>"),
    ],
)
def test_a_module_or_class_owns_its_functions(frame: FrameType, owner: str, method: str) -> None:
    owner = f"{__name__}{owner}"
    assert stacktraces.python_call(frame) == {
        "name": f"{owner}/{method}",
        "class": owner,
        "method": method,
        "lang": "python",
    }


def test_without_an_error_there_are_no_causes() -> None:
    assert stacktraces.analysis(None, lambda _: {}, stacktraces.python_call, ()) == {"causes": []}


def test_the_calls_of_what_is_said_to_be_machinery_are_tooling() -> None:
    try:
        function().no_such_name  # type: ignore[attr-defined]  # noqa: B018
    except AttributeError as error:
        found = stacktraces.analysis(error, lambda _: {"message": "m"}, stacktraces.python_call, (__file__,))
    match found["causes"]:
        case [{"class": owner, "message": message, "frames": [{"flags": flags}]}]:
            assert (owner, message, flags) == ("AttributeError", "m", ["python", "tooling"])
        case other:
            raise AssertionError(other)
