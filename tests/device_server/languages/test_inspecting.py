"""The page of a value: its form, and that nothing a value does keeps it from being drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from device_server.languages.inspecting import Config, Page, Show, class_name
from device_server.languages.python_inspecting import PythonInspecting
from device_server.languages.python_printing import bounded_repr
from device_server.languages.shown import Shown, Style
from tests.device_server.pages import contents, elements, lines


def new_page(show: Show = bounded_repr, first_index: int = 0, **settings: int) -> Page:
    return Page(show, PythonInspecting(), Config(**settings), 0, first_index)  # type: ignore[arg-type]


@given(st.text())
def test_any_text_comes_back_as_it_was(text: str) -> None:
    page = new_page()
    page.value(text, text=text)
    page.text(text)
    assert elements(str(page)) == [(text, 0), (text, None)]


def test_values_are_numbered_from_where_the_page_before_ended() -> None:
    page = new_page(first_index=7)
    page.labelled("A", 1)
    page.labelled("B", 2, ".b")
    assert [number for _, number in elements(str(page)) if number is not None] == [7, 8]
    assert (page.steps[8].value, page.steps[8].text, page.next_index) == (2, ".b", 9)


def test_sections_are_indented_below_their_title() -> None:
    page = new_page()
    page.line("head")
    with page.section("Outer"):
        page.line("one")
        page.labelled("two", 2)
    page.line("end")
    assert lines(str(page)) == ["head", "", "--- Outer:", "  one", "  two: 2", "end"]


def test_printing_that_raises_is_said_in_its_place() -> None:
    def broken(value: object, style: Style) -> Shown:
        raise SystemExit

    assert new_page(broken).printed([]) == "<list, printing it raises SystemExit>"


def test_a_page_has_an_end_whatever_the_settings() -> None:
    page = new_page(page_size=10**6, max_value_length=10**7, max_atom_length=10**7)
    page.items(["x" * 10**6] * 10, 10)
    assert len(str(page)) < 5 * 10**6


def test_items_that_cannot_be_had_are_said_to_be() -> None:
    def items() -> object:
        yield 1
        raise ValueError("no more")

    page = new_page()
    with page.section("Contents"):
        page.items(items(), None)  # type: ignore[arg-type]
    assert contents(str(page)) == ["<its items cannot be had: ValueError: no more>"]


def test_a_class_is_called_by_its_full_name_unless_it_is_built_in() -> None:
    assert [class_name(dict), class_name(Page)] == ["dict", "device_server.languages.inspecting.Page"]
