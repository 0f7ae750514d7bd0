"""What is shown, told in words and places: for those who do not see it, and for tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from device_server.views import modifiers as m
from device_server.views.arguments import choice
from device_server.views.controls import Scroll
from device_server.views.geometry import Rect, Size
from device_server.views.negotiation import Placed


@dataclass(frozen=True, slots=True)
class Accessible:
    """An element as it is told."""

    role: str
    frame: Rect
    point: tuple[float, float] | None
    """Where a touch of it lands: the middle of what is seen of it. None when nothing is."""
    label: str | None = None
    value: str | None = None
    identifier: str | None = None
    traits: tuple[str, ...] = ()
    """The touches that it takes (tap, long_press, swipe, type, scroll), and `disabled`, `hidden`, `offscreen`."""
    children: tuple[Accessible, ...] = ()
    placed: Placed | None = None
    """What it is in the picture; None for the picture itself."""

    def as_message(self) -> dict[str, object]:
        """For a host: what there is, under the same names."""
        message: dict[str, object] = {"role": self.role, "frame": dict(zip(_SIDES, self.frame, strict=True))}
        if self.point is not None:
            message["point"] = dict(zip(_SIDES, self.point, strict=False))
        named = {"label": self.label, "value": self.value, "identifier": self.identifier}
        message.update({name: value for name, value in named.items() if value is not None})
        message["traits"] = list(self.traits)
        if self.children:
            message["children"] = [child.as_message() for child in self.children]
        return message

    def all(self) -> Iterator[Accessible]:
        """It and all inside it, outermost first."""
        yield self
        for child in self.children:
            yield from child.all()

    @property
    def name(self) -> str:
        """For a person."""
        called = f" {self.label[:60]!r}" if self.label else ""
        return f"{self.role}{called}" + (f" ({self.identifier})" if self.identifier else "")


_SIDES: Final = ("x", "y", "width", "height")
_TOUCHES: Final[tuple[tuple[str, Callable[[m.Marks], object]], ...]] = (
    ("tap", lambda marks: marks.on_tap or marks.on_tap_at),
    ("long_press", lambda marks: marks.on_long_press),
    ("swipe", lambda marks: marks.on_swipe),
    ("type", lambda marks: marks.on_type),
)  # fmt: skip
_INTERACTIVE: Final = frozenset({"tap", "long_press", "swipe", "type"})

FILTERS: Final[dict[str, Callable[[Accessible], bool]]] = {
    "all": lambda element: True,
    "interactable": lambda element: not _INTERACTIVE.isdisjoint(element.traits) and "disabled" not in element.traits,
    "labeled": lambda element: bool(element.label or element.identifier),
}
"""Name -> whether an element is told."""


def told(placed: Placed, size: Size) -> Accessible:
    """The whole picture, hidden elements included: `filtered` leaves them out."""
    whole = Rect(0, 0, *size)
    return Accessible("view", whole, whole.center, children=tuple(_told(placed, whole)))


def filtered(root: Accessible, which: object = "all") -> Accessible:
    """Only the elements that are not hidden and pass a filter; what is inside the others moves up.

    Raises: ValueError, which lists the filters.
    """
    passes = FILTERS[choice("filter", which, FILTERS)]
    return replace(root, children=tuple(_passing(root, passes)))


def _passing(element: Accessible, passes: Callable[[Accessible], bool]) -> Iterator[Accessible]:
    for child in element.children:
        if "hidden" in child.traits:
            continue
        inside = tuple(_passing(child, passes))
        if passes(child):
            yield replace(child, children=inside)
        else:
            yield from inside


def _told(placed: Placed, clip: Rect) -> list[Accessible]:
    node = placed.node
    visible = placed.frame.meet(clip)
    inner = visible if isinstance(node.what, Scroll | m.CornerRadius) else clip
    children = [told for child in placed.children for told in _told(child, inner)]
    marks = node.marks
    if marks is None:
        return children
    traits = _traits(placed, marks, visible)
    point = None if visible.is_empty or node.style.is_hidden else visible.center
    if marks.role is None and len(children) == 1 and not (marks.identifier and children[0].identifier):
        return [_around(children[0], placed, marks, traits, point)]
    label = marks.label
    if label is None and (marks.is_one or marks.takes_touches):
        label = ", ".join(child.label for child in children if child.label) or None
    inside = () if marks.is_one else tuple(children)
    return [
        Accessible(
            marks.role or "group", placed.frame, point, label, marks.value, marks.identifier, traits, inside, placed
        )
    ]


def _around(
    only: Accessible, placed: Placed, marks: m.Marks, traits: tuple[str, ...], point: tuple[float, float] | None
) -> Accessible:
    """Marks that were put around one element are told as its own."""
    return replace(
        only,
        frame=placed.frame,
        point=point,
        label=marks.label or only.label,
        identifier=marks.identifier or only.identifier,
        traits=tuple(dict.fromkeys((*only.traits, *traits))),
        placed=placed,
    )


def _traits(placed: Placed, marks: m.Marks, visible: Rect) -> tuple[str, ...]:
    style = placed.node.style
    states = (
        ("scroll", isinstance(placed.node.what, Scroll)),
        ("disabled", style.is_disabled),
        ("hidden", style.is_hidden),
        ("offscreen", visible.is_empty and not placed.frame.is_empty),
    )
    return (
        *(name for name, handler in _TOUCHES if handler(marks) is not None),
        *(name for name, is_so in states if is_so),
    )
