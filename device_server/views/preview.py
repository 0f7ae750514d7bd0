"""Marks functions as previews: views to be looked at, with the traits they are drawn for. It finds none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from device_server.views.arguments import is_word, word
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
    made = _preview(name, *presets, **traits)

    def mark(function: F) -> F:
        earlier = previews(function)
        if any(other.name == made.name for other in earlier):
            raise ValueError(f"Two previews of {function!r} are called {made.name!r}")
        setattr(function, _ATTRIBUTE, (made, *earlier))
        return function

    return mark


def previews(function: object) -> tuple[Preview, ...]:
    """The previews of a function, the one on top first; of a Basilisp function, those of its metadata.

    Raises: ValueError for metadata that says none; it lists what is valid.
    """
    found: tuple[Preview, ...] | None = getattr(function, _ATTRIBUTE, None)
    if found is not None:
        return found
    metadata = getattr(function, "meta", None)
    told = {word(key): value for key, value in metadata.items()} if isinstance(metadata, Mapping) else {}
    return of_metadata(str(told.get("name")), told.get("preview"))


def of_metadata(function: str, mark: object) -> tuple[Preview, ...]:
    """The previews that the metadata `:preview` of a Basilisp function of that name says.

    `true` is one of the function's name, a text names it, `["Empty" :dark {:size "320x480"}]` has presets and traits,
    and a vector of such vectors says several. Raises: as `preview`.
    """
    if mark is None or mark is False:
        return ()
    if mark is True:
        return (_preview(function),)
    if is_word(mark) or not isinstance(mark, Sequence):
        return (_preview(mark),)
    several = [each for each in mark if isinstance(each, Sequence) and not is_word(each)]
    return tuple(_of_vector(each) for each in (several or [mark]))


def _of_vector(vector: Sequence[object]) -> Preview:
    presets = [each for each in vector if not isinstance(each, Mapping)]
    named = [each for each in vector if isinstance(each, Mapping)]
    return _preview(*(presets or [""]), **{word(key): value for each in named for key, value in each.items()})


def _preview(name: object, *presets: object, **traits: object) -> Preview:
    text = name if isinstance(name, str) else word(name)
    if not 1 <= len(text) <= MOST_NAME:
        raise ValueError(f"The name of a preview has 1 to {MOST_NAME} characters, not {len(text)}")
    return Preview(text, Traits.named(*presets, **traits))
