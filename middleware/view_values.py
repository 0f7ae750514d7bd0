"""View operations' parameters and results, between what bencode can carry and what the device's JSON has. Pure."""

from __future__ import annotations

import math

from device_server import wire
from middleware.request import Bencode, Refusal
from middleware.view_ops import FLAGS, NUMBERS, Kind, Parameter


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


def traits(value: Bencode, name: str = "traits") -> list[wire.JSON]:
    """Presets, and objects of traits and values, for what Kind.TRAITS takes. Raises: Refusal."""
    said: list[wire.JSON] = []
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict):
            said.append({key.replace("-", "_"): _trait(name, of_it) for key, of_it in each.items()})
        else:
            said += map(_word, _text(name, each).replace(",", " ").split())
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


def _word(text: str) -> wire.JSON:
    """A preset, or a trait with its value."""
    name, equals, value = text.partition("=")
    return {name.replace("-", "_"): _whole_or_text(value)} if equals else name


def _whole_or_text(value: str) -> int | str:
    return int(value) if value.isdecimal() and len(value) < 10 else value


def _trait(name: str, value: Bencode) -> wire.JSON:
    if isinstance(value, str | int):
        return _whole_or_text(value) if isinstance(value, str) else value
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
