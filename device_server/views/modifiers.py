"""What the modifiers of an element are once their arguments are checked: values, that the tree, the layout and the
painting read. No behaviour.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from device_server.views.element import Element


@dataclass(frozen=True, slots=True)
class Padding:
    """Room on each side, in points."""

    top: float
    leading: float
    bottom: float
    trailing: float


@dataclass(frozen=True, slots=True)
class Extent:
    """Bounds of a width or a height; None where there is none."""

    least: float | None
    ideal: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Frame:
    """A size of its own: by axis, its bounds and what part of the free room lies before the child."""

    extents: tuple[Extent, Extent]
    alignment: tuple[float, float]


@dataclass(frozen=True, slots=True)
class FixedSize:
    """By axis, whether the child is as large as it likes."""

    axes: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class LayoutPriority:
    """Who is served first in a stack."""

    priority: float


@dataclass(frozen=True, slots=True)
class Beside:
    """Another view behind the child or in front of it; a colour is text."""

    view: Element | str
    alignment: tuple[float, float]
    is_behind: bool


@dataclass(frozen=True, slots=True)
class CornerRadius:
    radius: float


@dataclass(frozen=True, slots=True)
class Border:
    color: str
    width: float
    corner_radius: float


@dataclass(frozen=True, slots=True)
class Opacity:
    opacity: float


@dataclass(frozen=True, slots=True)
class Shadow:
    radius: float
    color: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Styled:
    """Changes of the style that everything inside it has: keys are fields of tree.Style."""

    changes: Mapping[str, Hashable]


@dataclass(frozen=True, slots=True)
class Marks:
    """What an element is to those who do not see it, and what touches do to it."""

    role: str | None = None
    label: str | None = None
    value: str | None = None
    identifier: str | None = None
    on_tap: Callable[[], object] | None = None
    on_tap_at: Callable[[float], object] | None = None
    """Is told where: 0 is the leading edge, 1 the trailing one."""
    on_long_press: Callable[[], object] | None = None
    on_swipe: Callable[[str], object] | None = None
    on_type: Callable[[str], object] | None = None
    on_scroll: Callable[[str], object] | None = None
    """What a swipe does where nothing else takes it."""
    is_one: bool = False
    """Whether what is inside is told as its label, not as elements."""

    def around(self, inner: Marks) -> Marks:
        """Both; what is said here wins."""
        own, other = ({each.name: getattr(marks, each.name) for each in fields(Marks)} for marks in (self, inner))
        return Marks(**{name: other[name] if value in (None, False) else value for name, value in own.items()})

    @property
    def takes_touches(self) -> bool:
        return any((self.on_tap, self.on_tap_at, self.on_long_press, self.on_swipe, self.on_type))


@dataclass(frozen=True, slots=True)
class Marked:
    marks: Marks


Modifier: TypeAlias = (
    Padding | Frame | FixedSize | LayoutPriority | Beside | CornerRadius | Border | Opacity | Shadow | Styled | Marked
)
