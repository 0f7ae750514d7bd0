"""Traits: what a view is drawn for. The reader's settings, the size of the picture and its pixels per point."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from device_server.views.arguments import choice, word
from device_server.views.fonts import DYNAMIC_TYPE_SIZES, WEIGHTS
from device_server.views.geometry import Size

COLOR_SCHEMES: Final = ("light", "dark")
LAYOUT_DIRECTIONS: Final = ("ltr", "rtl")
SCALES: Final = (1, 2, 3)
FIT: Final = "fit"
MOST_SIDE: Final = 4096
"""Points; times the scale, pixels."""
MOST_PIXELS: Final = 25_000_000
_RIGHT_TO_LEFT: Final = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_LOCALE: Final = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]{1,8}){0,4}")


PHONE: Final = Size(390.0, 844.0)


@dataclass(frozen=True, slots=True)
class Traits:
    """Valid, however it was made: `with_traits` is the way."""

    color_scheme: str = "light"
    dynamic_type_size: str = "large"
    locale: str = "en"
    layout_direction: str = "ltr"
    """That of the locale, unless it was given."""
    legibility_weight: str = "regular"
    size: Size | str = PHONE
    """Of the picture, in points; `fit` is what the view needs, in the width of a phone."""
    scale: int = 1
    """Pixels per point."""

    def with_traits(self, *presets: object, **explicit: object) -> Traits:
        """These, changed by presets (the later win) and by what is named.

        Raises: ValueError or TypeError for an unknown preset, trait or value; it lists the valid ones.
        """
        changes = self.named(*presets, **explicit)
        if "locale" in changes and "layout_direction" not in changes:
            changes["layout_direction"] = direction_of(str(changes["locale"]))
        made = replace(self, **changes)  # type: ignore[arg-type]  # each value is checked by its trait's own function
        _refuse_too_many_pixels(made)
        return made

    @staticmethod
    def named(*presets: object, **explicit: object) -> dict[str, object]:
        """What presets and names say, checked: trait -> value.

        Raises: as `with_traits`.
        """
        said = {name: value for preset in presets for name, value in PRESETS[_preset(preset)].items()} | explicit
        return {trait(name): checked(name, value) for name, value in said.items()}


def layered(*layers: Mapping[str, object]) -> Traits:
    """Traits from the strongest layer to the weakest, `explicit, config`; the defaults are below them all."""
    named = {name: value for layer in reversed(layers) for name, value in layer.items()}
    return Traits().with_traits(**named)


def trait(name: object) -> str:
    """The name of a trait.

    Raises: ValueError, which lists them.
    """
    return choice("trait", name, _CHECKS)


def checked(name: object, value: object) -> object:
    """The value of a trait.

    Raises: ValueError or TypeError, which list the valid ones.
    """
    return _CHECKS[trait(name)](value)


def direction_of(locale: str) -> str:
    """How the language of a locale is written."""
    return "rtl" if re.split("[_-]", locale)[0] in _RIGHT_TO_LEFT else "ltr"


def _preset(name: object) -> str:
    return choice("preset", name, PRESETS)


def _locale(value: object) -> str:
    text = value if isinstance(value, str) else word(value)
    if not _LOCALE.fullmatch(text):
        raise ValueError(f"Unknown locale {text!r}; valid are language codes with an optional region: en, de_AT, ar-EG")
    return text


def _scale(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in SCALES:
        raise ValueError(f"Unknown scale {value!r}; valid are: {', '.join(map(str, SCALES))}")
    return value


def _size(value: object) -> Size | str:
    if value == FIT or getattr(value, "name", None) == FIT:
        return FIT
    sides = value.split("x") if isinstance(value, str) else value
    try:
        width, height = (float(side) for side in sides)  # type: ignore[attr-defined]  # what is no pair raises
    except (TypeError, ValueError):
        raise ValueError(f"Unknown size {value!r}; valid are a width and a height, 390x844, or {FIT}") from None
    if not (1 <= width <= MOST_SIDE and 1 <= height <= MOST_SIDE):
        raise ValueError(f"A size is from 1x1 to {MOST_SIDE}x{MOST_SIDE} points, not {width:g}x{height:g}")
    return Size(width, height)


def _refuse_too_many_pixels(traits: Traits) -> None:
    if isinstance(traits.size, str):
        return
    width, height = (round(side * traits.scale) for side in traits.size)
    if width * height > MOST_PIXELS:
        raise ValueError(f"{width}x{height} pixels are too many: at most {MOST_PIXELS:,}. Take a smaller size or scale")


_CHECKS: Final[dict[str, Callable[[object], object]]] = {
    "color_scheme": lambda value: choice("color_scheme", value, COLOR_SCHEMES),
    "dynamic_type_size": lambda value: choice("dynamic_type_size", value, DYNAMIC_TYPE_SIZES),
    "locale": _locale,
    "layout_direction": lambda value: choice("layout_direction", value, LAYOUT_DIRECTIONS),
    "legibility_weight": lambda value: choice("legibility_weight", value, WEIGHTS),
    "size": _size,
    "scale": _scale,
}
assert set(_CHECKS) == {each.name for each in fields(Traits)}

PRESETS: Final[dict[str, Mapping[str, object]]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    **{size: {"dynamic_type_size": size} for size in DYNAMIC_TYPE_SIZES},
    "ltr": {"layout_direction": "ltr"},
    "rtl": {"layout_direction": "rtl"},
    "bold": {"legibility_weight": "bold"},
}
"""Name -> the traits that it sets."""
