"""What every element is: something to lay out and draw that modifiers can be put around, each giving a new element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Final

from device_server.views import modifiers as m
from device_server.views.arguments import choice, function, is_word, number, optional_number, whole
from device_server.views.colors import color
from device_server.views.fonts import font
from device_server.views.geometry import ALIGNMENTS, HORIZONTAL_ALIGNMENTS, INFINITY

MOST_CHILDREN: Final = 10_000
TRUNCATIONS: Final = ("head", "middle", "tail")
NOT_A_VIEW: Final = "an element, a function that returns one, or an object with a method `body`"


class Element:
    """Base of all elements. Elements are values: a modifier leaves the element as it was."""

    __slots__ = ()

    def padding(
        self,
        amount: float | None = None,
        *,
        horizontal: float | None = None,
        vertical: float | None = None,
        top: float | None = None,
        bottom: float | None = None,
        leading: float | None = None,
        trailing: float | None = None,
    ) -> Element:
        """Room around it, in points: 16 on all sides, or as said, the nearest word first (`top`, `vertical`, all)."""
        named = (top, bottom, leading, trailing, horizontal, vertical)
        rest = amount if amount is not None else 0 if any(each is not None for each in named) else 16
        upright, across = _first(vertical, rest), _first(horizontal, rest)
        sides = (_first(top, upright), _first(leading, across), _first(bottom, upright), _first(trailing, across))
        return Modified(self, m.Padding(*(number("padding", side) for side in sides)))

    def frame(
        self,
        width: float | None = None,
        height: float | None = None,
        *,
        min_width: float | None = None,
        ideal_width: float | None = None,
        max_width: float | None = None,
        min_height: float | None = None,
        ideal_height: float | None = None,
        max_height: float | None = None,
        alignment: object = "center",
    ) -> Element:
        """A size of its own, in points, fixed or within bounds; `max_width=inf` takes all there is."""
        place = ALIGNMENTS[choice("alignment", alignment, ALIGNMENTS)]
        across = _extent("width", *((min_width, ideal_width, max_width) if width is None else (width,) * 3))
        upright = _extent("height", *((min_height, ideal_height, max_height) if height is None else (height,) * 3))
        return Modified(self, m.Frame((across, upright), place))

    def fixed_size(self, horizontal: bool = True, vertical: bool = True) -> Element:
        """As large as it would like to be, whatever room there is."""
        return Modified(self, m.FixedSize((horizontal, vertical)))

    def layout_priority(self, priority: float) -> Element:
        """Among its siblings in a stack, those of the highest priority take their room first. 0 is usual."""
        return Modified(self, m.LayoutPriority(number("layout_priority", priority, -1e6, 1e6)))

    def background(self, view: object, alignment: object = "center") -> Element:
        """A colour or a view behind it, of its size."""
        return Modified(self, m.Beside(_filling(view), ALIGNMENTS[choice("alignment", alignment, ALIGNMENTS)], True))

    def overlay(self, view: object, alignment: object = "center") -> Element:
        """A colour or a view in front of it, of its size."""
        return Modified(self, m.Beside(_filling(view), ALIGNMENTS[choice("alignment", alignment, ALIGNMENTS)], False))

    def foreground(self, value: object) -> Element:
        """The colour of texts and shapes in it."""
        return Modified(self, m.Styled({"foreground": color(value)}))

    def font(self, style_or_size: object, weight: object = None) -> Element:
        """The font of texts in it: the name of a style, or a size in points; `weight` is `regular` or `bold`."""
        return Modified(self, m.Styled({"font": font(style_or_size, weight)}))

    def bold(self) -> Element:
        """Texts in it are bold."""
        return Modified(self, m.Styled({"is_bold": True}))

    def line_limit(self, lines: int | None, truncation: object = "tail") -> Element:
        """Texts in it have at most this many lines; what is left out is told by `…` at `head`, `middle` or `tail`."""
        limit = None if lines is None else whole("line_limit", lines, 1, 10_000)
        return Modified(
            self, m.Styled({"line_limit": limit, "truncation": choice("truncation", truncation, TRUNCATIONS)})
        )

    def text_alignment(self, alignment: object) -> Element:
        """How the lines of a text lie: `leading`, `center`, `trailing`."""
        return Modified(self, m.Styled({"text_alignment": choice("text_alignment", alignment, HORIZONTAL_ALIGNMENTS)}))

    def corner_radius(self, radius: float) -> Element:
        """Cut to a rectangle with round corners."""
        return Modified(self, m.CornerRadius(number("corner_radius", radius)))

    def border(self, value: object, width: float = 1, corner_radius: float = 0) -> Element:
        """A line of a colour inside its edge."""
        return Modified(self, m.Border(color(value), number("width", width), number("corner_radius", corner_radius)))

    def opacity(self, opacity: float) -> Element:
        """From 0, not seen and not there for a touch, to 1."""
        return Modified(self, m.Opacity(number("opacity", opacity, 0, 1)))

    def shadow(self, radius: float = 4, value: object = "#00000055", x: float = 0, y: float = 2) -> Element:
        """A shadow of its shape, blurred by a radius and moved."""
        blur = number("radius", radius, 0, 100)
        return Modified(self, m.Shadow(blur, color(value), number("x", x, -500, 500), number("y", y, -500, 500)))

    def hidden(self, hidden: bool = True) -> Element:
        """Not seen and not there for a touch; its room stays."""
        return Modified(self, m.Styled({"is_hidden": True}) if hidden else m.Styled({}))

    def disabled(self, disabled: bool = True) -> Element:
        """Seen, but a touch is refused."""
        return Modified(self, m.Styled({"is_disabled": True}) if disabled else m.Styled({}))

    def on_tap(self, action: Callable[[], object]) -> Element:
        """What a tap does."""
        function("The action of on_tap", action)
        return Modified(self, m.Marked(m.Marks(on_tap=action)))

    def on_long_press(self, action: Callable[[], object]) -> Element:
        """What a long press does."""
        function("The action of on_long_press", action)
        return Modified(self, m.Marked(m.Marks(on_long_press=action)))

    def on_swipe(self, action: Callable[[str], object]) -> Element:
        """What a swipe does; it is told `up`, `down`, `left` or `right`."""
        function("The action of on_swipe", action)
        return Modified(self, m.Marked(m.Marks(on_swipe=action)))

    def label(self, label: object) -> Element:
        """What it is called by those who do not see it."""
        return Modified(self, m.Marked(m.Marks(label=str(label))))

    def identifier(self, identifier: object) -> Element:
        """A name for tests and touches. It also says which view of its kind this is, for its state."""
        return Modified(self, m.Marked(m.Marks(identifier=str(identifier))))


class Modified(Element):
    """An element with a modifier around it."""

    __slots__ = ("child", "modifier")

    def __init__(self, child: Element, modifier: m.Modifier) -> None:
        self.child = child
        self.modifier = modifier

    def __repr__(self) -> str:
        return f"{self.child!r}.{self.modifier!r}"


class View(Element):
    """A view inside a view, evaluated where it stands, with states of its own. Or subclass it and define `body`."""

    __slots__ = ("_arguments", "_function", "_named")

    def __init__(self, function_: Callable[..., object], /, *arguments: object, **named: object) -> None:
        function("A view", function_)
        self._function = function_
        self._arguments = arguments
        self._named = named

    @property
    def kind(self) -> str:
        """What tells it from other views at the same place; the same after an edit."""
        return name_of(self._function) if type(self) is View else type(self).__qualname__

    def body(self) -> object:
        """What it shows now."""
        return self._function(*self._arguments, **self._named)

    def __repr__(self) -> str:
        return f"View({self.kind})"


def as_element(value: object) -> Element:
    """The element that a value stands for.

    Raises: TypeError when it stands for none.
    """
    if isinstance(value, Element):
        return value
    if isinstance(value, str):
        raise TypeError(f"{value!r} is text, not a view: write Text({value!r})")
    body = getattr(value, "body", None)
    if callable(body) and not isinstance(value, type):
        return _Bodied(value, body)
    if callable(value):
        return View(value)
    raise TypeError(f"A view is {NOT_A_VIEW}; {value!r} is none")


def children(values: Iterable[object]) -> tuple[Element, ...]:
    """The elements of a container: what is in a list or another sequence counts one by one, None and False not at all.

    Raises: TypeError for what is no view, ValueError when there are too many.
    """
    found = tuple(islice(_flat(values), MOST_CHILDREN + 1))
    if len(found) > MOST_CHILDREN:
        raise ValueError(f"A view has at most {MOST_CHILDREN:,} children; show a part of them")
    return found


def _flat(values: Iterable[object]) -> Iterable[Element]:
    for value in values:
        if value is None or value is False:
            continue
        if isinstance(value, Iterable) and not isinstance(value, str | Element):
            yield from _flat(value)
        else:
            yield as_element(value)


class _Bodied(View):
    """An object of the user's with a method `body`."""

    __slots__ = ("_kind",)

    def __init__(self, owner: object, body: Callable[[], object]) -> None:
        super().__init__(body)
        self._kind = type(owner).__qualname__

    @property
    def kind(self) -> str:
        return self._kind


def name_of(called: Callable[..., object]) -> str:
    """What a function is called, the same after an edit. Basilisp numbers those that have no name,
    anew whenever they are evaluated: the number is left off.
    """
    name = getattr(called, "__qualname__", type(called).__qualname__)
    return name.rstrip("0123456789") if name.startswith("__") else name


def _filling(view: object) -> Element | str:
    return color(view) if is_word(view) else as_element(view)


def _first(value: float | None, other: float) -> float:
    return other if value is None else value


def _extent(what: str, least: float | None, ideal: float | None, most: float | None) -> m.Extent:
    names = (f"min_{what}", f"ideal_{what}", f"max_{what}")
    values = [
        INFINITY if value == INFINITY and name.startswith("max") else optional_number(name, value)
        for name, value in zip(names, (least, ideal, most), strict=True)
    ]
    known = [value for value in values if value is not None]
    if known != sorted(known):
        raise ValueError(f"{names[0]} <= {names[1]} <= {names[2]} is needed, not {known}")
    return m.Extent(*values)
