"""Touches: who is under a finger, and what it does to them. A touch that reaches nobody is an error that says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device_server.views import elements as e
from device_server.views import modifiers as m
from device_server.views.accessibility import Accessible
from device_server.views.arguments import choice
from device_server.views.controls import Scroll, Track
from device_server.views.geometry import HORIZONTAL, VERTICAL, Rect
from device_server.views.negotiation import Placed
from device_server.views.scene import Scene

GESTURES: Final = ("tap", "long_press", "swipe", "type")
DIRECTIONS: Final = {"up": (VERTICAL, 1), "down": (VERTICAL, -1), "left": (HORIZONTAL, 1), "right": (HORIZONTAL, -1)}
"""Where the finger goes -> the axis, and whether what comes later is shown."""
MOST_TYPED: Final = 10_000
_SOLID: Final = (e.Text, e.Image, e.Rectangle, e.Circle, Track)
_PAGE: Final = 0.8
"""How much of a window a swipe moves."""


class TouchError(ValueError):
    """A touch that did nothing; the text says why, and what there is instead."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """What the finger does: `swipe` has a direction, `type` a text."""

    kind: str = "tap"
    direction: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        choice("gesture", self.kind, GESTURES)
        if self.kind == "swipe":
            choice("direction of a swipe", self.direction or "none", DIRECTIONS)
        if self.kind == "type" and (not self.text or len(self.text) > MOST_TYPED):
            raise ValueError(f"To type needs a text of 1 to {MOST_TYPED:,} characters")


@dataclass(frozen=True, slots=True)
class Target:
    """Where it goes: to a place, or to the one element that all that is named here is true of."""

    point: tuple[float, float] | None = None
    identifier: str | None = None
    label: str | None = None
    role: str | None = None

    def __post_init__(self) -> None:
        names = (self.identifier, self.label, self.role)
        if (self.point is None) == (names == (None, None, None)):
            raise ValueError("A touch needs a point, or an identifier, label or role; not both")

    def is_met_by(self, element: Accessible) -> bool:
        wanted = ((self.identifier, element.identifier), (self.label, element.label), (self.role, element.role))
        return element.placed is not None and all(name is None or name == actual for name, actual in wanted)

    def __str__(self) -> str:
        named = (("identifier", self.identifier), ("label", self.label), ("role", self.role))
        return ", ".join(f"{name} {value!r}" for name, value in named if value is not None)


@dataclass(frozen=True, slots=True)
class Touched:
    """What a touch did."""

    hit: Accessible
    """Who took it."""
    point: tuple[float, float]


def touch(scene: Scene, target: Target, gesture: Gesture) -> Touched:
    """Touch what is there: its action runs, and may change states; the scene stays as it was.

    Raises: TouchError when there is nobody, or nobody who takes this; and what the action raises.
    """
    root = scene.elements()
    wanted = None if target.point is not None else _found(root, target)
    x, y = point = _point(root, target, wanted)
    chain = _under(scene.placed, x, y, Rect(0, 0, *scene.size))
    if wanted is not None and not any(placed is wanted.placed for placed in chain):
        top = _name_of(root, chain)
        raise TouchError(f"{wanted.name} is covered at {_at(point)} by {top}")
    for placed in reversed(chain):
        action = _action(placed, gesture, x)
        if action is None:
            continue
        hit = _told_as(root, placed)
        if placed.node.style.is_disabled:
            raise TouchError(f"{hit.name} is disabled")
        action()
        return Touched(hit, point)
    who = wanted.name if wanted is not None else _name_of(root, chain)
    raise TouchError(f"At {_at(point)} nothing takes a {gesture.kind}: {who} is there. {_takers(root, gesture)}")


def _found(root: Accessible, target: Target) -> Accessible:
    """The one element that is meant."""
    found = [element for element in root.all() if target.is_met_by(element)]
    seen = [element for element in found if "hidden" not in element.traits]
    if not found:
        raise TouchError(f"There is no element with {target}. {_known(root)}")
    if not seen:
        raise TouchError(f"{found[0].name} is hidden")
    if len(seen) > 1:
        places = "; ".join(f"{each.name} at {_at(each.point)}" for each in seen[:10])
        raise TouchError(f"{len(seen)} elements have {target}: {places}. Name one by its identifier or by a point")
    return seen[0]


def _point(root: Accessible, target: Target, wanted: Accessible | None) -> tuple[float, float]:
    if wanted is None:
        assert target.point is not None
        if not root.frame.contains(*target.point):
            raise TouchError(
                f"{_at(target.point)} is outside of the view, which is {root.frame.width:g}x{root.frame.height:g}"
            )
        return target.point
    if wanted.point is None:
        raise TouchError(f"{wanted.name} is outside of what is seen; swipe to show it")
    return wanted.point


def _under(placed: Placed, x: float, y: float, clip: Rect) -> list[Placed]:
    """Who is at a place, from the outermost to the one in front; empty for nobody."""
    node = placed.node
    if node.style.is_hidden:
        return []
    inner = placed.frame.meet(clip) if isinstance(node.what, Scroll | m.CornerRadius) else clip
    in_front_first = isinstance(node.what, m.Beside) and node.what.is_behind
    for child in placed.children if in_front_first else reversed(placed.children):
        found = _under(child, x, y, inner)
        if found:
            return [placed, *found]
    is_solid = isinstance(node.what, (*_SOLID, Scroll)) or node.marks is not None
    return [placed] if is_solid and placed.frame.meet(clip).contains(x, y) else []


def _action(placed: Placed, gesture: Gesture, x: float) -> Callable[[], object] | None:
    """What a node does when it is touched so."""
    marks, what = placed.node.marks, placed.node.what
    if gesture.kind == "swipe":
        direction = str(gesture.direction)
        if marks is not None and marks.on_swipe is not None:
            swiped = marks.on_swipe
            return lambda: swiped(direction)
        return _scrolling(placed, what, direction) if isinstance(what, Scroll) else None
    if marks is None:
        return None
    if gesture.kind == "long_press":
        return marks.on_long_press
    if gesture.kind == "type":
        typed = marks.on_type
        return None if typed is None else lambda: typed(str(gesture.text))
    if marks.on_tap is None and marks.on_tap_at is not None:
        tapped, fraction = marks.on_tap_at, (x - placed.frame.x) / max(placed.frame.width, 1e-9)
        return lambda: tapped(fraction)
    return marks.on_tap


def _scrolling(placed: Placed, scroll: Scroll, direction: str) -> Callable[[], object] | None:
    axis, sign = DIRECTIONS[direction]
    if axis != scroll.axis:
        return None
    window, content = placed.frame[2 + axis], placed.children[0].frame[2 + axis]
    now = min(scroll.offset, max(0.0, content - window))
    after = min(max(0.0, now + sign * _PAGE * window), max(0.0, content - window))

    def move() -> None:
        scroll.state.value = after

    return move


def _told_as(root: Accessible, placed: Placed) -> Accessible:
    """How a node is told; every one with marks is."""
    return next((each for each in root.all() if each.placed is placed), root)


def _name_of(root: Accessible, chain: list[Placed]) -> str:
    names = (each.name for placed in reversed(chain) for each in root.all() if each.placed is placed)
    return next(names, "a shape" if chain else "nobody")


def _known(root: Accessible) -> str:
    names = [each.name for each in root.all() if each.placed is not None and "hidden" not in each.traits]
    return (
        f"There are: {'; '.join(names[:20])}{'; ...' if len(names) > 20 else ''}" if names else "There is none at all"
    )


def _takers(root: Accessible, gesture: Gesture) -> str:
    kinds = {gesture.kind, "scroll"} if gesture.kind == "swipe" else {gesture.kind}
    names = [each.name for each in root.all() if not kinds.isdisjoint(each.traits) and "hidden" not in each.traits]
    return f"Those who do: {'; '.join(names[:20])}" if names else "Nobody here does"


def _at(point: tuple[float, float] | None) -> str:
    return "no place" if point is None else f"{point[0]:g},{point[1]:g}"
