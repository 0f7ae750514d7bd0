"""Painting of a tree that has its places: from behind to the front, in whole pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Any, Final

from device_server.views import elements as e
from device_server.views import imaging, typefaces
from device_server.views import modifiers as m
from device_server.views.canvas import Box, Canvas, blank, blurred, disc, ring, rounded, silhouette
from device_server.views.colors import Rgba, rgba
from device_server.views.controls import Scroll, Track
from device_server.views.geometry import HORIZONTAL_ALIGNMENTS, Rect, Size
from device_server.views.leaves import text_lines
from device_server.views.negotiation import Placed
from device_server.views.traits import Traits
from device_server.views.tree import Style

if TYPE_CHECKING:
    from PIL import Image

OVERHANG: Final = 4.0
"""Points by which letters may stand out of the room they take."""
TRACK, KNOB = 4.0, 24.0


def paint(placed: Placed, size: Size, traits: Traits) -> Image.Image:
    """The picture, on the background colour."""
    pixels = max(1, round(size.width * traits.scale)), max(1, round(size.height * traits.scale))
    canvas = blank(pixels, rgba("background", traits.color_scheme))
    _Painter(traits).paint(placed, canvas)
    return canvas.image


@dataclass(frozen=True, slots=True)
class _Painter:
    traits: Traits

    def paint(self, placed: Placed, canvas: Canvas) -> None:
        """A node and what is in it."""
        if placed.node.style.is_hidden:
            return
        painting = _PAINTINGS.get(type(placed.node.what))
        if painting is not None:
            painting(self, placed, placed.node.what, canvas)
        else:
            for child in placed.children:
                self.paint(child, canvas)

    def text(self, placed: Placed, _: e.Text, canvas: Canvas) -> None:
        seen, style = canvas.clip.grown(self.pixels(OVERHANG)), placed.node.style
        if self.box(placed.frame).meet(seen).is_empty:
            return
        scale, color = self.traits.scale, self.color(style, "primary")
        before = HORIZONTAL_ALIGNMENTS[style.text_alignment]
        before = 1 - before if self.traits.layout_direction == "rtl" else before
        top, height = self.pixels(placed.frame.y), sum(typefaces.heights(style.face, scale))
        for line in text_lines(placed.node, placed.proposal, typefaces.Ruler(scale), style.face):
            if seen.top < top + height and top < seen.bottom:
                mask = typefaces.mask(line.text, style.face, scale)
                free = (placed.frame.width - line.width) * before
                left = self.pixels(placed.frame.x + free) + mask.x
                box = Box(left, top + mask.y, left + mask.image.width, top + mask.y + mask.image.height)
                canvas.paint(color, box, mask.image)
            top += height

    def image(self, placed: Placed, element: e.Image, canvas: Canvas) -> None:
        box = self.box(placed.frame)
        if box.meet(canvas.clip).is_empty:
            return
        image = imaging.opened(element.source)
        target = box.size
        if element.content_mode == "fill":
            image = _covering(image, target)
        if image.size != target:
            image = (image if image.mode in ("RGB", "RGBA", "L") else image.convert("RGBA")).resize(target)
        canvas.show(image, box)

    def rectangle(self, placed: Placed, element: e.Rectangle, canvas: Canvas) -> None:
        box, radius = self.box(placed.frame), self.pixels(element.corner_radius_)
        if not box.is_empty:
            mask = rounded(box.size, radius) if radius else None
            canvas.paint(self.color(placed.node.style, "primary"), box, mask)

    def circle(self, placed: Placed, _: e.Circle, canvas: Canvas) -> None:
        self.disc(placed.frame, self.color(placed.node.style, "primary"), canvas)

    def disc(self, frame: Rect, color: Rgba, canvas: Canvas) -> None:
        side = self.pixels(frame.width)
        left, top = self.pixels(frame.x), self.pixels(frame.y)
        box = Box(left, top, left + side, top + side)
        if not box.meet(canvas.clip).is_empty:
            canvas.paint(color, box, disc(side))

    def divider(self, placed: Placed, _: e.Divider, canvas: Canvas) -> None:
        canvas.paint(self.color(placed.node.style, "separator"), self.box(placed.frame))

    def track(self, placed: Placed, element: Track, canvas: Canvas) -> None:
        frame, color = placed.frame, self.color(placed.node.style, "accent")
        knob = max(0.0, frame.width - KNOB) * element.fraction
        is_mirrored = self.traits.layout_direction == "rtl"
        x = frame.x + (max(0.0, frame.width - KNOB) - knob if is_mirrored else knob)
        middle = frame.y + frame.height / 2
        line = Rect(frame.x, middle - TRACK / 2, frame.width, TRACK)
        filled = line._replace(width=knob + KNOB / 2)
        if is_mirrored:
            filled = filled._replace(x=frame.x + frame.width - filled.width)
        for part, ink in ((line, rgba("fill", self.traits.color_scheme)), (filled, color)):
            box = self.box(part)
            canvas.paint(ink, box, rounded(box.size, self.pixels(TRACK / 2)))
        circle = Rect(x, middle - KNOB / 2, KNOB, KNOB)
        self.disc(circle, rgba("separator", self.traits.color_scheme), canvas)
        self.disc(Rect(circle.x + 1, circle.y + 1, KNOB - 2, KNOB - 2), rgba("white", "light"), canvas)

    def beside(self, placed: Placed, modifier: m.Beside, canvas: Canvas) -> None:
        for child in reversed(placed.children) if modifier.is_behind else placed.children:
            self.paint(child, canvas)

    def corner_radius(self, placed: Placed, modifier: m.CornerRadius, canvas: Canvas) -> None:
        box = self.box(placed.frame)
        part = canvas.copy(box)
        if part.box.is_empty:
            return
        self.paint(placed.children[0], part)
        mask = rounded(box.size, self.pixels(modifier.radius))
        seen = part.box
        if seen != box:
            left, top = seen.left - box.left, seen.top - box.top
            mask = mask.crop((left, top, left + seen.size[0], top + seen.size[1]))
        canvas.lay(part, mask)

    def border(self, placed: Placed, modifier: m.Border, canvas: Canvas) -> None:
        self.paint(placed.children[0], canvas)
        box, width = self.box(placed.frame), max(1, self.pixels(modifier.width))
        if modifier.width and not box.is_empty:
            color = rgba(modifier.color, self.traits.color_scheme)
            canvas.paint(color, box, ring(box.size, width, self.pixels(modifier.corner_radius)))

    def opacity(self, placed: Placed, modifier: m.Opacity, canvas: Canvas) -> None:
        part = canvas.copy(self.reach(placed))
        self.paint(placed.children[0], part)
        canvas.lay(part, opacity=round(modifier.opacity * 255))

    def shadow(self, placed: Placed, modifier: m.Shadow, canvas: Canvas) -> None:
        blur = modifier.radius * self.traits.scale / 2
        margin = round(blur * 3)
        around = canvas.clip.grown(margin + self.pixels(abs(modifier.x) + abs(modifier.y)))
        box = self.reach(placed.children[0]).meet(around).grown(margin)
        if not box.is_empty:
            shape = silhouette(box)
            self.paint(placed.children[0], shape)
            x, y = self.pixels(modifier.x), self.pixels(modifier.y)
            moved = Box(box.left + x, box.top + y, box.right + x, box.bottom + y)
            canvas.paint(rgba(modifier.color, self.traits.color_scheme), moved, blurred(shape.image, blur))
        self.paint(placed.children[0], canvas)

    def scroll(self, placed: Placed, _: Scroll, canvas: Canvas) -> None:
        inside = canvas.clipped(self.box(placed.frame))
        if not inside.clip.is_empty:
            self.paint(placed.children[0], inside)

    def color(self, style: Style, usual: str) -> Rgba:
        """What an element is painted with."""
        return rgba(style.foreground or usual, self.traits.color_scheme)

    def pixels(self, points: float) -> int:
        """The nearest pixel; halves go up, so that equal lengths stay equal wherever they lie."""
        return floor(points * self.traits.scale + 0.5)

    def box(self, frame: Rect) -> Box:
        """The pixels of a frame: neighbours share an edge, and leave no gap."""
        right, bottom = frame.x + frame.width, frame.y + frame.height
        return Box(*map(self.pixels, (frame.x, frame.y, right, bottom)))

    def reach(self, placed: Placed) -> Box:
        """Where anything of a node may be painted."""
        box = self.box(placed.frame).grown(self.pixels(OVERHANG))
        if isinstance(placed.node.what, m.Shadow):
            shadow = placed.node.what
            box = box.grown(self.pixels(shadow.radius * 1.5 + abs(shadow.x) + abs(shadow.y)))
        for child in placed.children:
            other = self.reach(child)
            box = Box(*map(min, box[:2], other[:2]), *map(max, box[2:], other[2:]))
        return box


def _covering(image: Image.Image, target: tuple[int, int]) -> Image.Image:
    """The middle of an image, in the proportions of the target."""
    ratio = max(target[0] / image.width, target[1] / image.height)
    width, height = target[0] / ratio, target[1] / ratio
    left, top = (image.width - width) / 2, (image.height - height) / 2
    return image.crop((round(left), round(top), round(left + width), round(top + height)))


_PAINTINGS: Final[dict[type, Callable[[_Painter, Placed, Any, Canvas], None]]] = {
    e.Text: _Painter.text,
    e.Image: _Painter.image,
    e.Rectangle: _Painter.rectangle,
    e.Circle: _Painter.circle,
    e.Divider: _Painter.divider,
    Track: _Painter.track,
    m.Beside: _Painter.beside,
    m.CornerRadius: _Painter.corner_radius,
    m.Border: _Painter.border,
    m.Opacity: _Painter.opacity,
    m.Shadow: _Painter.shadow,
    Scroll: _Painter.scroll,
}
"""What is painted for a node; for others, what is in them."""
