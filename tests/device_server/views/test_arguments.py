"""What callers pass is checked, and refused with what would be valid."""

from __future__ import annotations

from fractions import Fraction

import pytest

from device_server.views import arguments


class Keyword:
    """As Basilisp's."""

    name = "top-leading"


def test_a_keyword_is_a_name_as_python_writes_it() -> None:
    assert arguments.word(Keyword()) == arguments.word("top-leading") == "top_leading"
    assert arguments.is_word(Keyword())
    assert not arguments.is_word(3)


def test_an_unknown_choice_is_told_the_valid_ones() -> None:
    with pytest.raises(ValueError, match="Unknown alignment 'middle'; valid are: top, center"):
        arguments.choice("alignment", "middle", ("top", "center"))
    with pytest.raises(TypeError, match="A name is needed"):
        arguments.choice("alignment", 3, ("top",))


@pytest.mark.parametrize("value", [-1, 20_001, float("nan"), float("inf")])
def test_a_number_out_of_bounds_is_told_the_bounds(value: float) -> None:
    with pytest.raises(ValueError, match="width is from 0 to 20000"):
        arguments.number("width", value)


@pytest.mark.parametrize("value", ["3", None, True, [1]])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="width is a number"):
        arguments.number("width", value)
    with pytest.raises(TypeError, match="lines is a whole number"):
        arguments.whole("lines", value, 1, 3)


def test_none_may_stay_none() -> None:
    assert arguments.optional_number("width", None) is None
    assert arguments.optional_number("width", 3) == 3.0


def test_a_whole_number_has_bounds() -> None:
    assert arguments.whole("lines", 3, 1, 3) == 3
    with pytest.raises(ValueError, match="lines is from 1 to 3, not 4"):
        arguments.whole("lines", 4, 1, 3)


def test_an_action_must_be_callable() -> None:
    arguments.function("The action", print)
    with pytest.raises(TypeError, match="The action is a function, not 3"):
        arguments.function("The action", 3)


def test_a_fraction_is_a_number_as_basilisp_divides_into_them() -> None:
    assert arguments.number("width", Fraction(96, 5)) == 19.2
