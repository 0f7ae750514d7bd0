"""The vocabulary: texts, pictures, shapes, controls and containers. What they look like is said elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from itertools import islice
from typing import Final

from device_server.views.arguments import choice, function, number, optional_number, whole
from device_server.views.element import MOST_CHILDREN, Element, as_element, children
from device_server.views.geometry import ALIGNMENTS, HORIZONTAL_ALIGNMENTS, VERTICAL_ALIGNMENTS
from device_server.views.state import State

MOST_TEXT: Final = 100_000
CONTENT_MODES: Final = ("fit", "fill", "stretch")
AXES: Final = ("horizontal", "vertical")
SPACING: Final = 8.0


class Text(Element):
    """Text; what is no string is shown as `str` shows it."""

    __slots__ = ("content",)

    def __init__(self, content: object) -> None:
        self.content = content if isinstance(content, str) else str(content)
        if len(self.content) > MOST_TEXT:
            raise ValueError(
                f"A text has at most {MOST_TEXT:,} characters, not {len(self.content):,}; show a part of it"
            )

    def __repr__(self) -> str:
        return f"Text({self.content[:40]!r})"


class Image(Element):
    """A picture: a Pillow image, bytes of a PNG or JPEG, or the path of a file.

    It has its own size, a pixel being a point, unless `content_mode` says that it takes the room there is.
    """

    __slots__ = ("content_mode", "source")

    def __init__(self, source: object, content_mode: object = None) -> None:
        self.source = source
        self.content_mode = None if content_mode is None else choice("content_mode", content_mode, CONTENT_MODES)

    def __repr__(self) -> str:
        return f"Image({type(self.source).__name__})"


class Rectangle(Element):
    """A rectangle that takes all the room there is, in the foreground colour."""

    __slots__ = ("corner_radius_",)

    def __init__(self, corner_radius: float = 0) -> None:
        self.corner_radius_ = number("corner_radius", corner_radius)

    def __repr__(self) -> str:
        return "Rectangle()"


class Circle(Element):
    """The largest circle that there is room for."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Circle()"


class Spacer(Element):
    """Room that takes what the others of a stack leave, and at least `min_length` points."""

    __slots__ = ("min_length",)

    def __init__(self, min_length: float = SPACING) -> None:
        self.min_length = number("min_length", min_length)

    def __repr__(self) -> str:
        return "Spacer()"


class Divider(Element):
    """A thin line across a stack."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Divider()"


class Button(Element):
    """A label, text or a view, that does something when it is tapped."""

    __slots__ = ("action", "content")

    def __init__(self, label: object, action: Callable[[], object]) -> None:
        function("The action of a Button", action)
        self.content = Text(label) if isinstance(label, str) else as_element(label)
        self.action = action

    def __repr__(self) -> str:
        return f"Button({self.content!r})"


class Toggle(Element):
    """A switch with a label. It turns a State itself; of a plain value it tells `on_change` the new one."""

    __slots__ = ("change", "is_on", "title")

    def __init__(
        self, label: object, is_on: State[bool] | bool, on_change: Callable[[bool], object] | None = None
    ) -> None:
        self.title = str(label)
        self.is_on = bool(_value(is_on))
        self.change = _change("Toggle", is_on, on_change)

    def __repr__(self) -> str:
        return f"Toggle({self.title!r}, {self.is_on})"


class TextField(Element):
    """One line of text that can be typed into; `placeholder` is shown while it is empty."""

    __slots__ = ("change", "placeholder", "text")

    def __init__(
        self, placeholder: object, text: State[str] | str, on_change: Callable[[str], object] | None = None
    ) -> None:
        self.placeholder = str(placeholder)
        self.text = str(_value(text))
        self.change = _change("TextField", text, on_change)

    def __repr__(self) -> str:
        return f"TextField({self.placeholder!r}, {self.text!r})"


class Slider(Element):
    """A number between two others."""

    __slots__ = ("change", "maximum", "minimum", "step", "value")

    def __init__(
        self,
        value: State[float] | float,
        minimum: float = 0,
        maximum: float = 1,
        step: float | None = None,
        on_change: Callable[[float], object] | None = None,
    ) -> None:
        if not minimum < maximum:
            raise ValueError(f"The minimum of a Slider is less than its maximum, unlike {minimum} and {maximum}")
        self.minimum, self.maximum = minimum, maximum
        self.step = optional_number("step", step, 1e-9, maximum - minimum)
        shown = number("The value of a Slider", _value(value), -1e300, 1e300)
        self.value = min(max(shown, minimum), maximum)
        self.change = _change("Slider", value, on_change)

    @property
    def fraction(self) -> float:
        return (self.value - self.minimum) / (self.maximum - self.minimum)

    def at(self, fraction: float) -> float:
        """The value at a place of the track, to the nearest step."""
        value = self.minimum + min(max(fraction, 0.0), 1.0) * (self.maximum - self.minimum)
        if self.step is not None:
            value = self.minimum + round((value - self.minimum) / self.step) * self.step
        return min(value, self.maximum)

    def __repr__(self) -> str:
        return f"Slider({self.value:g})"


class Container(Element):
    """An element around others."""

    __slots__ = ("children",)

    def __init__(self, values: Iterable[object]) -> None:
        self.children = children(values)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.children))})"


class HStack(Container):
    """Side by side."""

    __slots__ = ("alignment", "spacing")

    def __init__(self, *views: object, spacing: float = SPACING, alignment: object = "center") -> None:
        super().__init__(views)
        self.spacing = number("spacing", spacing)
        self.alignment = VERTICAL_ALIGNMENTS[choice("alignment", alignment, VERTICAL_ALIGNMENTS)]


class VStack(Container):
    """One below the other."""

    __slots__ = ("alignment", "spacing")

    def __init__(self, *views: object, spacing: float = SPACING, alignment: object = "center") -> None:
        super().__init__(views)
        self.spacing = number("spacing", spacing)
        self.alignment = HORIZONTAL_ALIGNMENTS[choice("alignment", alignment, HORIZONTAL_ALIGNMENTS)]


class ZStack(Container):
    """One in front of the other, the last in front."""

    __slots__ = ("alignment",)

    def __init__(self, *views: object, alignment: object = "center") -> None:
        super().__init__(views)
        self.alignment = ALIGNMENTS[choice("alignment", alignment, ALIGNMENTS)]


class Grid(Container):
    """Rows of `columns` views, filled row by row; a column is as wide as its widest view."""

    __slots__ = ("alignment", "columns", "spacing")

    def __init__(
        self, *views: object, columns: int = 2, spacing: float = SPACING, alignment: object = "center"
    ) -> None:
        super().__init__(views)
        self.columns = whole("columns", columns, 1, 1000)
        self.spacing = number("spacing", spacing)
        self.alignment = ALIGNMENTS[choice("alignment", alignment, ALIGNMENTS)]


class List(Container):
    """Rows with lines between them, as many as there is room for; a swipe shows the rest."""

    __slots__ = ()

    def __init__(self, *views: object) -> None:
        super().__init__(views)


class ScrollView(Container):
    """A window on something larger: on a column of views, or with axis `horizontal` on a row."""

    __slots__ = ("axis",)

    def __init__(self, *views: object, axis: object = "vertical") -> None:
        super().__init__(views)
        self.axis = AXES.index(choice("axis", axis, AXES))


class ForEach(Element):
    """A view for each item, for use in a container.

    What tells items apart, for their states, is what `key` gives; else the item's `id` if it has one, else its place.
    """

    __slots__ = ("items", "key", "view")

    def __init__(
        self, items: Iterable[object], view: Callable[..., object], key: Callable[..., Hashable] | None = None
    ) -> None:
        function("The view of ForEach", view)
        if key is not None:
            function("The key of ForEach", key)
        self.items = tuple(islice(items, MOST_CHILDREN + 1))
        if len(self.items) > MOST_CHILDREN:
            raise ValueError(f"ForEach shows at most {MOST_CHILDREN:,} items; give it a part of them")
        self.view = view
        self.key = key

    def keys(self) -> list[Hashable]:
        """What tells the items apart.

        Raises: ValueError when two items have the same.
        """
        keys = [self._key(place, item) for place, item in enumerate(self.items)]
        if len(set(keys)) < len(keys):
            twice = next(key for key in keys if keys.count(key) > 1)
            raise ValueError(f"ForEach: two items have the key {twice!r}; give a `key` that tells them apart")
        return keys

    def _key(self, place: int, item: object) -> Hashable:
        if self.key is not None:
            return self.key(item)
        own = getattr(item, "id", None)
        return own if isinstance(own, str | int) else place

    def __repr__(self) -> str:
        return f"ForEach({len(self.items)} items)"


def _value(given: object) -> object:
    return given.value if isinstance(given, State) else given


def _change(what: str, given: object, on_change: Callable[..., object] | None) -> Callable[..., object] | None:
    """What to call with a new value; None when nothing can come of it."""
    if on_change is not None:
        function(f"The on_change of a {what}", on_change)
    if not isinstance(given, State):
        return on_change

    def change(value: object) -> None:
        given.value = value
        if on_change is not None:
            on_change(value)

    return change
