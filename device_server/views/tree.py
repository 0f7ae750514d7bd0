"""The tree that a view comes to: functions called, items shown, styles and marks handed down. No sizes yet."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from device_server.views import elements as e
from device_server.views import modifiers as m
from device_server.views.controls import LINE_PADDING, ROW_FRAME, ROW_PADDING, Look, Rows, Scroll, looks
from device_server.views.element import Element, Modified, View, as_element, name_of
from device_server.views.fonts import BODY, Face, Font
from device_server.views.geometry import HORIZONTAL, VERTICAL, Proposal, Size
from device_server.views.state import Scope, State, Store
from device_server.views.traits import Traits

MOST_NODES: Final = 50_000
MOST_DEPTH: Final = 120
"""Of modifiers and views; a container counts twice. What Python allows a layout to recurse is enough for that."""
LAST: Final = -1e9
"""The layout priority of spacers: they take what all others leave."""
_WRAPPERS: Final = (m.Padding, m.Frame, m.FixedSize, m.Beside, m.CornerRadius, m.Border, m.Opacity, m.Shadow)


@dataclass(frozen=True, slots=True)
class Style:
    """What an element has from those around it."""

    face: Face
    """What texts are drawn with: what `font` and `is_bold` come to for the traits."""
    font: Font = BODY
    is_bold: bool = False
    foreground: str | None = None
    """None is what is usual for the element."""
    line_limit: int | None = None
    truncation: str = "tail"
    text_alignment: str = "leading"
    is_hidden: bool = False
    is_disabled: bool = False
    axis: int | None = None
    """That of the innermost stack."""


def face(font: Font, is_bold: bool, traits: Traits) -> Face:
    """What texts are drawn with."""
    weight = "bold" if is_bold else traits.legibility_weight
    return font.at(traits.dynamic_type_size, weight)


@dataclass(slots=True, eq=False)
class Node:
    """An element or a modifier, with the nodes inside it. The layout keeps there what it has found out."""

    what: object
    style: Style
    children: tuple[Node, ...] = ()
    marks: m.Marks | None = None
    priority: float = 0.0
    """Who takes room first in a stack; that of a modifier is its child's."""
    sizes: dict[Proposal, Size] = field(default_factory=dict)
    """What it takes of what was proposed to it."""
    offers: dict[Proposal, list[Proposal]] = field(default_factory=dict)
    """What a stack then proposes to its children."""


class Nothing:
    """What takes no room."""


def evaluate(view: object, store: Store, traits: Traits) -> Node:
    """The tree of a view: an element, a function that returns one, or an object with `body`.

    Raises: TypeError or ValueError for what is no view or too much; and what the view raises. The states of the store
    are then as before.
    """
    with store.evaluating(traits) as scope:
        return _Evaluation(traits).one(as_element(view), Style(face(BODY, False, traits)), scope)


@dataclass(slots=True)
class _Evaluation:
    traits: Traits
    depth: int = 0
    count: int = 0
    styles: dict[tuple[Hashable, ...], tuple[Style, Style]] = field(default_factory=dict)
    """The identity of a style, and changes -> that style and the changed one: rows have the same ones over and over."""

    def styled(self, style: Style, **changes: Hashable) -> Style:
        """A style with changes."""
        key = (id(style), *changes.items())
        if key not in self.styles:
            changed = replace(style, **changes)  # type: ignore[arg-type]  # the modifiers have checked them
            changed = replace(changed, face=face(changed.font, changed.is_bold, self.traits))
            self.styles[key] = style, changed
        return self.styles[key][1]

    def one(self, element: Element, style: Style, scope: Scope, key: str | None = None) -> Node:
        """The one node of an element; several are put in a column."""
        found = list(self.nodes(element, style, scope, key))
        if len(found) == 1:
            return found[0]
        return self.node(e.VStack() if found else Nothing(), style, tuple(found))

    def nodes(self, element: Element, style: Style, scope: Scope, key: str | None = None) -> Iterator[Node]:
        """The nodes of an element: none of a view that shows nothing, several of ForEach."""
        levels = 2 if isinstance(element, e.Container) else 1
        self.depth += levels
        if self.depth > MOST_DEPTH:
            raise ValueError(f"More than {MOST_DEPTH // 2} containers are inside each other. Does a view show itself?")
        try:
            if isinstance(element, View):
                yield from self.view(element, style, scope, key)
            elif isinstance(element, e.ForEach):
                yield from self.items(element, style, scope)
            elif isinstance(element, Modified):
                yield self.modified(element, style, scope, key)
            else:
                yield self.plain(element, style, scope)
        finally:
            self.depth -= levels

    def view(self, view: View, style: Style, scope: Scope, key: str | None) -> Iterator[Node]:
        inner = scope.inner(view.kind, key)
        with inner:
            shown = view.body()
        if shown is not None and shown is not False:
            yield from self.nodes(as_element(shown), style, inner)

    def items(self, each: e.ForEach, style: Style, scope: Scope) -> Iterator[Node]:
        group = scope.inner(("ForEach", name_of(each.view)))
        for key, item in zip(each.keys(), each.items, strict=True):
            inner = group.inner("item", ("item", key))
            with inner:
                shown = each.view(item)
            if shown is not None and shown is not False:
                yield from self.nodes(as_element(shown), style, inner)

    def modified(self, element: Modified, style: Style, scope: Scope, key: str | None) -> Node:
        modifier = element.modifier
        if isinstance(modifier, m.Styled):
            return self.one(element.child, self.styled(style, **modifier.changes), scope, key)
        if isinstance(modifier, m.Marked):
            node = self.one(element.child, style, scope, modifier.marks.identifier or key)
            node.marks = modifier.marks.around(node.marks or m.Marks())
            return node
        if isinstance(modifier, m.Opacity) and modifier.opacity == 0:
            style = self.styled(style, is_hidden=True)
        child = self.one(element.child, style, scope, key)
        if isinstance(modifier, m.Beside):
            return self.node(modifier, style, (child, self.beside(modifier.view, style, scope)))
        return self.node(modifier, style, (child,))

    def beside(self, view: Element | str, style: Style, scope: Scope) -> Node:
        if isinstance(view, str):
            return self.node(e.Rectangle(), self.styled(style, foreground=view))
        return self.one(view, self.styled(style, axis=None), scope)

    def plain(self, element: Element, style: Style, scope: Scope) -> Node:
        look = looks(element, style.is_disabled, style.foreground is None)
        if look is not None:
            return self.control(look, style, scope)
        if isinstance(element, e.ScrollView):
            with scope:
                offset = State(0.0, f"offset {scope.inner('ScrollView').path[-1]}")
                content = (e.VStack if element.axis == VERTICAL else e.HStack)(*element.children)
                scroll = Scroll(element.axis, offset, offset.value)
            return self.node(scroll, style, (self.one(content, style, scope),), m.Marks(role="scroll_view"))
        if isinstance(element, Rows):
            return self.rows(element, style, scope)
        if isinstance(element, e.Container):
            return self.node(element, style, self.inside(element, style, scope))
        return self.node(element, style, (), _leaf_marks(element))

    def control(self, look: Look, style: Style, scope: Scope) -> Node:
        node = self.one(look.view, style, scope)
        node.marks = look.marks.around(node.marks or m.Marks())
        return node

    def rows(self, rows: Rows, style: Style, scope: Scope) -> Node:
        column = e.VStack(*rows.children, spacing=0, alignment="leading")
        found = list[Node]()
        for child in self.inside(column, style, scope):
            if found:
                line = self.node(e.Divider(), self.styled(child.style, axis=VERTICAL))
                found.append(self.node(LINE_PADDING, style, (line,)))
            padded = self.node(ROW_PADDING, style, (child,))
            found.append(self.node(ROW_FRAME, style, (padded,), m.Marks(role="row")))
        return self.node(column, style, tuple(found))

    def inside(self, container: e.Container, style: Style, scope: Scope) -> tuple[Node, ...]:
        axis = {e.HStack: HORIZONTAL, e.VStack: VERTICAL}.get(type(container))
        inner = style if style.axis == axis else self.styled(style, axis=axis)
        return tuple(node for child in container.children for node in self.nodes(child, inner, scope))

    def node(self, what: object, style: Style, children: tuple[Node, ...] = (), marks: m.Marks | None = None) -> Node:
        self.count += 1
        if self.count > MOST_NODES:
            raise ValueError(f"A view comes to at most {MOST_NODES:,} elements; show a part of it")
        priority = children[0].priority if children and isinstance(what, _WRAPPERS) else 0.0
        if isinstance(what, m.LayoutPriority):
            priority = what.priority
        elif isinstance(what, e.Spacer):
            priority = LAST
        return Node(what, style, children, marks, priority)


def _leaf_marks(element: Element) -> m.Marks | None:
    if isinstance(element, e.Text):
        return m.Marks(role="text", label=element.content)
    return m.Marks(role="image") if isinstance(element, e.Image) else None
