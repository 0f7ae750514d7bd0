"""How controls and lists look, in elements, and what they are to those who touch them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from device_server.views import elements as e
from device_server.views.element import Element
from device_server.views.geometry import INFINITY
from device_server.views.modifiers import Extent, Frame, Marks, Padding
from device_server.views.state import State

ROW_PADDING: Final = Padding(11, 16, 11, 16)
ROW_FRAME: Final = Frame((Extent(None, None, INFINITY), Extent(44, None, None)), (0.0, 0.5))
LINE_PADDING: Final = Padding(0, 16, 0, 0)
"""Of the rows of a List, and of the lines between them."""
_DIMMED: Final = 0.4


@dataclass(frozen=True, slots=True)
class Scroll:
    """A window on something larger: the axis along which it moves, and how far it has, in points."""

    axis: int
    state: State[float]
    offset: float
    """As the state was when the tree was made."""


class Track(Element):
    """What a Slider draws: a line, filled as far as its knob."""

    __slots__ = ("fraction",)

    def __init__(self, fraction: float) -> None:
        self.fraction = fraction


class Rows(e.Container):
    """The rows of a List, one below the other."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Look:
    """An element as others, and what it is."""

    view: Element
    marks: Marks


def looks(element: Element, is_disabled: bool, has_usual_colors: bool) -> Look | None:
    """What an element is made of; None when it is drawn as it is."""
    made = _LOOKS.get(type(element))
    if made is None:
        return None
    look = made(element)
    view = look.view
    if isinstance(element, e.Button) and has_usual_colors:
        view = view.foreground("accent")
    if is_disabled and not isinstance(element, e.List):
        view = view.opacity(_DIMMED)
    return Look(view, look.marks)


def _button(button: e.Button) -> Look:
    return Look(button.content, Marks(role="button", on_tap=button.action, is_one=True))


def _toggle(toggle: e.Toggle) -> Look:
    switch = e.ZStack(
        e.Rectangle(15.5).foreground("green" if toggle.is_on else "fill"),
        e.Circle().foreground("white").padding(2).shadow(2, "#00000033", 0, 1),
        alignment="trailing" if toggle.is_on else "leading",
    ).frame(51, 31)
    change = toggle.change
    return Look(
        e.HStack(e.Text(toggle.title), e.Spacer(), switch),
        Marks(
            role="toggle",
            label=toggle.title,
            value="on" if toggle.is_on else "off",
            on_tap=None if change is None else lambda: change(not toggle.is_on),
            is_one=True,
        ),
    )


def _text_field(field: e.TextField) -> Look:
    shown = e.Text(field.text) if field.text else e.Text(field.placeholder).foreground("tertiary")
    change = field.change
    return Look(
        shown.line_limit(1, "head")
        .frame(max_width=INFINITY, alignment="leading")
        .padding(horizontal=8, vertical=7)
        .background("background")
        .corner_radius(6)
        .border("separator", 1, 6),
        Marks(
            role="text_field",
            label=field.placeholder,
            value=field.text,
            on_type=None if change is None else lambda typed: change(field.text + typed),
            is_one=True,
        ),
    )


def _slider(slider: e.Slider) -> Look:
    change = slider.change
    on_tap_at: Callable[[float], object] | None = None if change is None else lambda place: change(slider.at(place))
    return Look(
        Track(slider.fraction), Marks(role="slider", value=f"{slider.value:g}", on_tap_at=on_tap_at, is_one=True)
    )


def _list(shown: e.List) -> Look:
    return Look(e.ScrollView(Rows(shown.children)), Marks(role="list"))


_LOOKS: Final[dict[type[Element], Callable[..., Look]]] = {
    e.Button: _button,
    e.Toggle: _toggle,
    e.TextField: _text_field,
    e.Slider: _slider,
    e.List: _list,
}
