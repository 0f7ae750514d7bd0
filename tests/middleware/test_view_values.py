"""Parameters and results of view operations, as bencode and as JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from middleware.request import Bencode, Refusal
from middleware.view_ops import Kind, Parameter
from middleware.view_values import from_bencode, to_bencode, to_wire, traits


def sent(kind: Kind, value: Bencode) -> wire.JSON:
    return to_wire(Parameter("it", kind, ""), value)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("dark", ["dark"]),
        ("dark,locale=ar,scale=2", ["dark", {"locale": "ar"}, {"scale": 2}]),
        ("dark locale=ar", ["dark", {"locale": "ar"}]),
        (["dark", "rtl,color-scheme=light"], ["dark", "rtl", {"color_scheme": "light"}]),
        ({"color-scheme": "dark", "size": ["320", 480]}, [{"color_scheme": "dark", "size": [320, 480]}]),
        (["dark", {"scale": "2"}], ["dark", {"scale": 2}]),
        ("", []),
    ],
)
def test_traits_are_said_in_many_ways(said: Bencode, expected: wire.JSON) -> None:
    assert traits(said) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (Kind.TEXT, "a", "a"),
        (Kind.WHOLE, 3, 3),
        (Kind.WHOLE, "3", 3),
        (Kind.NUMBER, "1.5", 1.5),
        (Kind.NUMBER, 2, 2),
        (Kind.VARIANTS, ["dark", "rtl,bold"], [["dark"], ["rtl", "bold"]]),
        (Kind.MASKS, ["0,1,2,3.5", [1, 2, 3, 4]], [[0, 1, 2, 3.5], [1, 2, 3, 4]]),
    ],
)
def test_a_parameter_is_sent_as_the_device_takes_it(kind: Kind, value: Bencode, expected: wire.JSON) -> None:
    assert sent(kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.TEXT, 1, "'it' must be a string"),
        (Kind.WHOLE, "1.5", "'it' must be an integer"),
        (Kind.WHOLE, "", "'it' must be a number"),
        (Kind.NUMBER, "nan", "'it' must be a number"),
        (Kind.NUMBER, "inf", "'it' must be a number"),
        (Kind.NUMBER, [], "'it' must be a number"),
        (Kind.TRAITS, 1, "'it' must be a string"),
        (Kind.TRAITS, {"locale": {}}, "'it' must be a map"),
        (Kind.VARIANTS, "dark", "'it' must be a list"),
        (Kind.VARIANTS, [], "'it' must be a list"),
        (Kind.MASKS, ["1,2,3"], "Each of 'it' must be x,y,width,height"),
        (Kind.MASKS, ["1,2,3,x"], "'it' must be a number"),
    ],
)
def test_what_cannot_be_sent_is_refused(kind: Kind, value: Bencode, text: str) -> None:
    with pytest.raises(Refusal, match=text):
        sent(kind, value)


def test_results_come_back_as_they_were() -> None:
    told: wire.JSON = {
        "enabled": True,
        "changed": False,
        "share": 0.25,
        "frame": {"x": 1.5, "y": 2, "width": 3, "height": 4},
        "elements": [{"label": "true", "value": "1.5", "children": []}],
    }
    assert from_bencode(to_bencode(told)) == told


def test_what_is_null_is_left_out() -> None:
    assert to_bencode({"a": None, "b": [None, 1]}) == {"b": [1]}


LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))
def test_bencode_can_carry_any_result(value: wire.JSON) -> None:
    def check(told: Bencode) -> None:
        assert isinstance(told, str | int | list | dict)
        assert not isinstance(told, bool)
        for each in told if isinstance(told, list) else told.values() if isinstance(told, dict) else ():
            check(each)

    check(to_bencode(value))
