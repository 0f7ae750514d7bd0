"""The previews of a module."""

from __future__ import annotations

import types

import pytest

from device_server.hosting.previews import chosen, of_module
from device_server.hosting.refusal import RefusedError

TEXT = """
from device_server import views as v

@v.preview("Second", "dark")
@v.preview("First")
def one():
    return v.Text("one")

@v.preview("Third", size="320x480")
def two():
    return v.Text("two")

again = one
"""


@pytest.fixture
def module() -> types.ModuleType:
    module = types.ModuleType("shown")
    exec(compile(TEXT, "shown.py", "exec"), vars(module))
    return module


def test_they_are_told_in_the_order_of_the_text_each_once(module: types.ModuleType) -> None:
    assert [(each.index, each.name) for each in of_module(module, "shown")] == [
        (0, "Second"),
        (1, "First"),
        (2, "Third"),
    ]


def test_one_is_chosen_by_its_place_or_name(module: types.ModuleType) -> None:
    assert chosen(module, "shown", 2, None).told()["traits"] == {"size": [320.0, 480.0]}
    assert chosen(module, "shown", None, "First").title == "shown: First"


@pytest.mark.parametrize(("index", "name"), [(3, None), (-1, None), (None, "Fourth"), (None, None)])
def test_one_that_there_is_not_is_refused_with_those_that_there_are(
    module: types.ModuleType, index: int | None, name: str | None
) -> None:
    with pytest.raises(RefusedError, match="there are: 0 'Second'; 1 'First'; 2 'Third'"):
        chosen(module, "shown", index, name)


def test_a_module_without_any_says_how_to_mark_one() -> None:
    with pytest.raises(RefusedError, match="@preview"):
        chosen(types.ModuleType("empty"), "empty", 0, None)
