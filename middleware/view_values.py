"""View operations' parameters and results, between what bencode can carry and what the device's JSON has. Pure."""

from __future__ import annotations

import math
from typing import Final

from device_server import wire
from middleware.request import Bencode, Refusal
from middleware.view_ops import FLAGS, NUMBERS, Kind, Parameter

PRESETS: Final[dict[str, dict[str, wire.JSON]]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "ltr": {"layout_direction": "ltr"},
    "rtl": {"layout_direction": "rtl"},
    "bold": {"legibility_weight": "bold"},
    **{
        size: {"dynamic_type_size": size}
        for size in (
            "x_small", "small", "medium", "large", "x_large", "xx_large", "xxx_large",
            "accessibility1", "accessibility2", "accessibility3", "accessibility4", "accessibility5",
        )
    },
}  # fmt: skip
"""Words for traits; the device knows traits only."""


def to_wire(parameter: Parameter, value: Bencode) -> wire.JSON:
    """The value of a parameter as the device gets it. Raises: Refusal."""
    match parameter.kind:
        case Kind.TEXT:
            return _text(parameter.name, value)
        case Kind.WHOLE | Kind.NUMBER:
            return _number(parameter, value)
        case Kind.TRAITS:
            return traits(value, parameter.name)
        case Kind.VARIANTS:
            return [traits(each, parameter.name) for each in _items(parameter.name, value)]
        case Kind.MASKS:
            return [_mask(parameter.name, each) for each in _items(parameter.name, value)]


def traits(value: Bencode, name: str = "traits") -> dict[str, wire.JSON]:
    """Trait -> value, for what Kind.TRAITS takes. Raises: Refusal."""
    if isinstance(value, dict):
        return {key.replace("-", "_"): _trait(name, each) for key, each in value.items()}
    said: dict[str, wire.JSON] = {}
    for text in value if isinstance(value, list) else [value]:
        for each in _text(name, text).replace(",", " ").split():
            key, equals, of_it = each.partition("=")
            word = key.replace("-", "_")
            if equals:
                said[word] = int(of_it) if of_it.isdecimal() and len(of_it) < 10 else of_it
            elif word in PRESETS:
                said |= PRESETS[word]
            else:
                raise Refusal(
                    f"Unknown preset {key!r}; valid are: {', '.join(PRESETS)}, and traits with values: locale=ar",
                    f"bad-{name}",
                )
    return said


def to_bencode(value: wire.JSON) -> Bencode:
    """A result as nREPL carries it: what is null is left out, true and false are words, as is what has a fraction."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return int(value) if value.is_integer() else repr(value)
        case list():
            return [to_bencode(each) for each in value if each is not None]
        case dict():
            return {key: to_bencode(each) for key, each in value.items() if each is not None}
        case None:
            return []
        case _:
            return str(value) if isinstance(value, str) else value


def from_bencode(value: Bencode, key: str = "") -> wire.JSON:
    """The reverse, for a result under this key."""
    match value:
        case dict():
            return {name: from_bencode(each, name) for name, each in value.items()}
        case list():
            return [from_bencode(each, key) for each in value]
        case bytes():
            return value.decode(errors="replace")
        case str() if key in FLAGS:
            return value == "true"
        case str() if key in NUMBERS:
            return float(value)
        case _:
            return value


def _text(name: str, value: Bencode) -> str:
    if isinstance(value, str):
        return value
    raise Refusal(f"'{name}' must be a string", f"bad-{name}")


def _trait(name: str, value: Bencode) -> wire.JSON:
    if isinstance(value, str | int):
        return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 10 else value
    if isinstance(value, list):
        return [_finite(name, each) for each in value]
    raise Refusal(f"'{name}' must be a map from traits to texts or integers", f"bad-{name}")


def _number(parameter: Parameter, value: Bencode) -> wire.JSON:
    number = _finite(parameter.name, value)
    if number.is_integer():
        return int(number)
    if parameter.kind is Kind.WHOLE:
        raise Refusal(f"'{parameter.name}' must be an integer", f"bad-{parameter.name}")
    return number


def _finite(name: str, value: Bencode) -> float:
    try:
        number = float(value) if isinstance(value, str | int) else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Refusal(f"'{name}' must be a number", f"bad-{name}")
    return number


def _items(name: str, value: Bencode) -> list[Bencode]:
    if isinstance(value, list) and value:
        return value
    raise Refusal(f"'{name}' must be a list that is not empty", f"bad-{name}")


def _mask(name: str, value: Bencode) -> wire.JSON:
    sides = value.split(",") if isinstance(value, str) else value
    if not isinstance(sides, list) or len(sides) != 4:
        raise Refusal(f"Each of '{name}' must be x,y,width,height", f"bad-{name}")
    return [_finite(name, side) for side in sides]
