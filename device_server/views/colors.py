"""Colours by what they are for, in light and in dark; or as `#rrggbb`, `#rrggbbaa`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from device_server.views.arguments import word


class Rgba(NamedTuple):
    """Each from 0 to 255; alpha 255 hides what is below."""

    red: int
    green: int
    blue: int
    alpha: int = 255


COLORS: Final[dict[str, tuple[str, str]]] = {
    "primary": ("#000000", "#ffffff"),
    "secondary": ("#3c3c4399", "#ebebf599"),
    "tertiary": ("#3c3c434c", "#ebebf54c"),
    "accent": ("#007aff", "#0a84ff"),
    "background": ("#ffffff", "#000000"),
    "secondary_background": ("#f2f2f7", "#1c1c1e"),
    "tertiary_background": ("#ffffff", "#2c2c2e"),
    "fill": ("#78788033", "#7878805c"),
    "separator": ("#3c3c4349", "#54545899"),
    "red": ("#ff3b30", "#ff453a"),
    "orange": ("#ff9500", "#ff9f0a"),
    "yellow": ("#ffcc00", "#ffd60a"),
    "green": ("#34c759", "#30d158"),
    "mint": ("#00c7be", "#63e6e2"),
    "teal": ("#30b0c7", "#40c8e0"),
    "blue": ("#007aff", "#0a84ff"),
    "indigo": ("#5856d6", "#5e5ce6"),
    "purple": ("#af52de", "#bf5af2"),
    "pink": ("#ff2d55", "#ff375f"),
    "brown": ("#a2845e", "#ac8e68"),
    "gray": ("#8e8e93", "#8e8e93"),
    "white": ("#ffffff", "#ffffff"),
    "black": ("#000000", "#000000"),
    "clear": ("#00000000", "#00000000"),
}
"""Name -> as drawn in light, in dark."""

_HEX: Final = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")


def color(value: object) -> str:
    """A colour's name, or its six or eight hexadecimal digits after `#`.

    Raises: ValueError, which lists the names.
    """
    name = word(value)
    if name not in COLORS and not _HEX.fullmatch(name):
        raise ValueError(f"Unknown color {name!r}; valid are #rrggbb, #rrggbbaa and: {', '.join(COLORS)}")
    return name


@lru_cache(maxsize=1024)
def rgba(name: str, color_scheme: str) -> Rgba:
    """What a colour is in this scheme."""
    light, dark = COLORS.get(name, (name, name))
    return Rgba(*bytes.fromhex((dark if color_scheme == "dark" else light)[1:]))
