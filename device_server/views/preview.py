"""Marks functions as previews: views to be looked at, with the traits they are drawn for. It finds none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from device_server.views.arguments import word
from device_server.views.traits import Traits

F = TypeVar("F", bound=Callable[..., object])
_ATTRIBUTE: Final = "__previews__"
MOST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """One way to look at a view."""

    name: str
    traits: dict[str, object]
    """Those that were named, presets taken apart, checked."""


def preview(name: object, *presets: object, **traits: object) -> Callable[[F], F]:
    """Mark a function that needs no arguments: `@preview("Empty", "dark", size="320x480")`.

    Raises: ValueError for an unknown preset or trait; it lists the valid ones.
    """
    text = name if isinstance(name, str) else word(name)
    if not 1 <= len(text) <= MOST_NAME:
        raise ValueError(f"The name of a preview has 1 to {MOST_NAME} characters, not {len(text)}")
    made = Preview(text, Traits.named(*presets, **traits))

    def mark(function: F) -> F:
        earlier = previews(function)
        if any(other.name == text for other in earlier):
            raise ValueError(f"Two previews of {function!r} are called {text!r}")
        setattr(function, _ATTRIBUTE, (made, *earlier))
        return function

    return mark


def previews(function: object) -> tuple[Preview, ...]:
    """The previews of a function, the one on top first."""
    found: tuple[Preview, ...] = getattr(function, _ATTRIBUTE, ())
    return found
