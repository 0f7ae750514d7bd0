"""What callers may pass to elements and modifiers: checked at once, refused with what would be valid."""

from __future__ import annotations

from collections.abc import Collection
from numbers import Real
from typing import Final

MOST_POINTS: Final = 20_000.0
"""No length that a caller names may be longer."""


def word(value: object) -> str:
    """A name as Python writes it: `top_leading` for `top-leading` and for Basilisp's `:top-leading`."""
    name = value if isinstance(value, str) else getattr(value, "name", None)
    if not isinstance(name, str):
        raise TypeError(f"A name is needed, as text or as a keyword, not {value!r}")
    return name.replace("-", "_")


def is_word(value: object) -> bool:
    """Whether it is text or a keyword of Basilisp."""
    return isinstance(value, str) or type(value).__name__ == "Keyword"


def choice(what: str, value: object, valid: Collection[str]) -> str:
    """The one of the `valid` names that is meant.

    Raises: ValueError, which lists them.
    """
    name = word(value)
    if name not in valid:
        raise ValueError(f"Unknown {what} {name!r}; valid are: {', '.join(valid)}")
    return name


def number(what: str, value: object, least: float = 0.0, most: float = MOST_POINTS) -> float:
    """A number from `least` to `most`.

    Raises: TypeError when it is none, ValueError when it is out of these bounds.
    """
    if isinstance(value, bool) or not isinstance(value, Real):  # Basilisp divides into fractions
        raise TypeError(f"{what} is a number, not {value!r}")
    if not least <= float(value) <= most:
        raise ValueError(f"{what} is from {least:g} to {most:g}, not {value!r}")
    return float(value)


def optional_number(what: str, value: object, least: float = 0.0, most: float = MOST_POINTS) -> float | None:
    """The same; None stays None."""
    return None if value is None else number(what, value, least, most)


def whole(what: str, value: object, least: int, most: int) -> int:
    """A whole number from `least` to `most`."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{what} is a whole number, not {value!r}")
    if not least <= value <= most:
        raise ValueError(f"{what} is from {least} to {most}, not {value}")
    return value


def function(what: str, value: object) -> None:
    """Refuse what cannot be called.

    Raises: TypeError.
    """
    if not callable(value):
        raise TypeError(f"{what} is a function, not {value!r}")
