"""What is said of Python's values, of every kind and however they behave."""

from __future__ import annotations

import sys
import types
from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from device_server.languages import NamespaceNotFoundError
from device_server.languages.inspecting import Config, Page
from device_server.languages.python_inspecting import PythonInspecting
from device_server.languages.python_printing import bounded_repr
from tests.device_server.pages import contents, lines

INSPECTING = PythonInspecting()


def drawn(value: object, **settings: int) -> str:
    page = Page(bounded_repr, INSPECTING, Config(**settings), 0)  # type: ignore[arg-type]
    INSPECTING.draw(page, value)
    return str(page)


class Slotted:
    __slots__ = ("missing", "x")

    def __init__(self) -> None:
        self.x = 1


class Hostile:
    """Raises whatever is done with it, but for looking."""

    def __init__(self) -> None:
        object.__setattr__(self, "inside", 1)

    def __getattribute__(self, name: str) -> object:
        raise ZeroDivisionError(name)

    def __repr__(self) -> str:
        raise ZeroDivisionError("repr")

    def __eq__(self, other: object) -> bool:
        raise ZeroDivisionError("eq")

    __hash__ = None  # type: ignore[assignment]


class BrokenMapping(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        yield "a"

    def __len__(self) -> int:
        raise OSError("no length")

    def __repr__(self) -> str:
        return "BrokenMapping()"


class WithProperty:
    asked = 0

    @property
    def costly(self) -> int:
        type(self).asked += 1
        return 1


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ([1, "a"], ["0. 1", "1. 'a'"]),
        ((1,), ["0. 1"]),
        (range(2), ["0. 0", "1. 1"]),
        (deque([5]), ["0. 5"]),
        ({7}, ["0. 7"]),
        ({"a": 1, (2,): None}, ["'a' = 1", "(2,) = None"]),
        (OrderedDict(a=1), ["'a' = 1"]),
        ({"a": 1}.keys(), ["0. 'a'"]),
        ([], []),
    ],
)
def test_collections_show_their_items(value: object, items: list[str]) -> None:
    assert contents(drawn(value)) == items


def test_one_page_of_a_collection_is_looked_at_and_no_more() -> None:
    class Counting(list[int]):
        taken = 0

        def __iter__(self) -> Iterator[int]:
            for item in super().__iter__():
                type(self).taken += 1
                yield item

    drawn(Counting(range(1000)), page_size=3)
    assert Counting.taken == 4


def test_an_iterator_is_not_used_up_by_looking() -> None:
    numbers = iter([1, 2])
    drawn(numbers)
    drawn(n for n in numbers)
    assert list(numbers) == [1, 2]


def test_a_collection_within_itself_is_drawn() -> None:
    ring: list[object] = []
    ring.append(ring)
    assert contents(drawn(ring)) == ["0. [[...]]"]


def test_attributes_are_those_that_are_stored() -> None:
    assert contents(drawn(Slotted()), "Attributes") == ["x = 1"]
    assert contents(drawn(types.SimpleNamespace(b=2, a=1)), "Attributes") == ["a = 1", "b = 2"]


def test_properties_are_not_asked_for() -> None:
    drawn(WithProperty())
    assert WithProperty.asked == 0


def test_an_object_that_raises_at_everything_is_drawn() -> None:
    page = drawn(Hostile())
    assert "Value: <Hostile, printing it raises ZeroDivisionError>" in lines(page)
    assert contents(page, "Attributes") == ["inside = 1"]


def test_a_collection_that_raises_says_what() -> None:
    assert contents(drawn(BrokenMapping())) == ["<its items cannot be had: KeyError: 'a'>"]


def test_a_text_is_shown_in_its_lines() -> None:
    page = drawn('a\n  "b"\\')
    assert "Length: 8" in lines(page)
    assert contents(page, "Print") == ["a", '"b"\\']


def test_a_long_text_is_shown_as_far_as_the_settings_allow() -> None:
    assert contents(drawn("x" * 100, max_value_length=10), "Print") == ["xxxxxxxxxx", "..."]


def test_bytes_are_shown_in_hexadecimal() -> None:
    (line,) = contents(drawn(b"ab\x00\xff"))
    assert line.split("  ")[0] == "00000000"
    assert line.split()[1:] == ["61", "62", "00", "ff", "ab··"]


@pytest.mark.parametrize("value", [1, 1.5, True, 2j])
def test_numbers_are_their_own_value(value: object) -> None:
    assert f"Value: {value!r}" in lines(drawn(value))


def test_a_class_shows_where_it_stands_and_what_it_defines() -> None:
    page = drawn(WithProperty)
    assert contents(page, "Class hierarchy") == ["object"]
    assert "asked = 0" in contents(page, "Attributes")


def test_a_module_shows_its_names_public_ones_first() -> None:
    module = types.ModuleType("mod", "What it is for.")
    module.__dict__.update(_private=1, public=2)
    page = drawn(module)
    assert contents(page)[0] == "public = 2"
    assert contents(page, "Documentation") == ["What it is for."]


def test_a_function_shows_its_signature_place_and_what_it_closes_over() -> None:
    def outer(x: int) -> object:
        def inner(y: int = 5) -> int:
            """Add."""
            return x + y

        return inner

    page = drawn(outer(3))
    assert "Signature: (y: 'int' = 5) -> 'int'" in lines(page)
    assert any(line.startswith(f"Defined at: {Path(__file__)}:") for line in lines(page))
    assert contents(page, "Closed over") == ["x: 3"]
    assert "__defaults__ = (5,)" in contents(page, "Attributes")
    assert "Signature: (obj, /)" in lines(drawn(len))


def test_an_exception_shows_its_causes_and_where_it_began() -> None:
    def fail() -> None:
        raise KeyError("inner")

    try:
        try:
            fail()
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        page = drawn(error)
    assert contents(page, "Causes") == ["ValueError: outer", "KeyError: 'inner'"]
    assert contents(page, "Trace")[-1].endswith(" in fail")
    assert "args = ('outer',)" in contents(page, "Attributes")


def test_none_is_drawn() -> None:
    assert lines(drawn(None)) == ["Value: None"]


def test_a_name_is_given_in_a_module() -> None:
    module = sys.modules["inspected"] = types.ModuleType("inspected")
    INSPECTING.define("inspected", "x", 1)
    assert module.__dict__["x"] == 1
    with pytest.raises(ValueError, match="'a b' cannot be the name"):
        INSPECTING.define("inspected", "a b", 1)
    del sys.modules["inspected"]
    with pytest.raises(NamespaceNotFoundError):
        INSPECTING.define("inspected", "x", 1)


def test_steps_are_pythons() -> None:
    steps = [INSPECTING.nth(3), INSPECTING.key("a", "'a'"), INSPECTING.attribute("b")]
    assert INSPECTING.path(steps) == "[3]['a'].b"
