"""A picture to paint on: colours through masks, on whole pixels, with smooth edges. It knows no elements.

It has no alpha channel. What is to be seen through is painted on a copy of what is below, and laid over it through a
mask: that is exact for opacity and for round corners, and needs no second kind of painting.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from device_server.views.caches import Remembering
from device_server.views.colors import Rgba

_FINER: Final = 8
"""How many times finer curves are drawn than they are painted."""
_SMALL: Final = 1000
"""Pixels; larger ones look smooth without."""
_KEPT_BYTES: Final = 4_000_000


class Box(NamedTuple):
    """Whole pixels; the right and the lower edge are not in it."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def size(self) -> tuple[int, int]:
        return self.right - self.left, self.bottom - self.top

    @property
    def is_empty(self) -> bool:
        return self.right <= self.left or self.bottom <= self.top

    def meet(self, other: Box) -> Box:
        """What is in both."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def grown(self, pixels: int) -> Box:
        """Larger on all sides."""
        return Box(self.left - pixels, self.top - pixels, self.right + pixels, self.bottom + pixels)


class Canvas:
    """Pixels of a part of a picture, of which a part can be painted on. Boxes are those of the whole picture."""

    def __init__(self, image: Image.Image, box: Box, clip: Box | None = None) -> None:
        """`image` are the pixels of `box`."""
        self.image = image
        self.box = box
        self.clip = box if clip is None else box.meet(clip)

    def clipped(self, clip: Box) -> Canvas:
        """The same pixels, fewer of them to be painted on."""
        return type(self)(self.image, self.box, self.clip.meet(clip))

    def copy(self, box: Box) -> Canvas:
        """A canvas for a part of this one, with what is on it."""
        inside = box.meet(self.clip)
        inside = inside if not inside.is_empty else Box(box.left, box.top, box.left, box.top)
        return type(self)(self.image.crop(_within(inside, self.box)), inside)

    def paint(self, color: Rgba, box: Box, mask: Image.Image | None = None) -> None:
        """Colour in a box, or where its mask lets it through; a mask is of the size of the box."""
        inside = box.meet(self.clip)
        if inside.is_empty or color.alpha == 0:
            return
        if mask is not None and inside != box:
            mask = mask.crop(_within(inside, box))
        if color.alpha < 255:
            mask = Image.new("L", inside.size, color.alpha) if mask is None else _faded(mask, color.alpha)
        self.image.paste(self._ink(color), _within(inside, self.box), mask)

    def show(self, image: Image.Image, box: Box) -> None:
        """A picture of the size of the box, seen through where it says so."""
        inside = box.meet(self.clip)
        if inside.is_empty:
            return
        part = image if inside == box else image.crop(_within(inside, box))
        alpha = part.getchannel("A") if "A" in part.getbands() else None
        self._show(part, _within(inside, self.box), alpha)

    def lay(self, other: Canvas, mask: Image.Image | None = None, opacity: int = 255) -> None:
        """Put what was painted on a copy over this, through a mask of its size."""
        if other.box.is_empty:
            return
        if opacity < 255:
            mask = Image.new("L", other.box.size, opacity) if mask is None else _faded(mask, opacity)
        self.image.paste(other.image, _within(other.box, self.box), mask)

    def _ink(self, color: Rgba) -> tuple[int, int, int] | int:
        return color[:3]

    def _show(self, image: Image.Image, place: Box, alpha: Image.Image | None) -> None:
        self.image.paste(image.convert("RGB"), place, alpha)


class Silhouette(Canvas):
    """Of whatever is painted, only where it is: 255 where nothing can be seen through it."""

    def _ink(self, color: Rgba) -> int:
        return 255

    def _show(self, image: Image.Image, place: Box, alpha: Image.Image | None) -> None:
        self.image.paste(255, place, alpha)


def blank(size: tuple[int, int], color: Rgba) -> Canvas:
    """A whole picture of one colour."""
    return Canvas(Image.new("RGB", size, color[:3]), Box(0, 0, *size))


def silhouette(box: Box) -> Canvas:
    """Nothing yet."""
    return Silhouette(Image.new("L", box.size), box)


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    radius = min(radius, min(size) // 2 + min(size) % 2)
    mask = Image.new("L", size, 255)
    if radius <= 0:
        return mask
    corner = quarter(radius)
    flipped = corner.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    width, height = size
    for image, left in ((corner, 0), (flipped, width - radius)):
        mask.paste(image, (left, 0))
        mask.paste(image.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (left, height - radius))
    return mask


def _quarter(radius: int) -> Image.Image:
    return _drawn(radius, 2 * radius)


def _disc(side: int) -> Image.Image:
    return _drawn(side, side)


def _drawn(side: int, diameter: int) -> Image.Image:
    """The upper left square of a circle, smooth."""
    finer = _FINER if side <= _SMALL else 1
    fine = Image.new("L", (side * finer,) * 2)
    ImageDraw.Draw(fine).ellipse((0, 0, diameter * finer - 1, diameter * finer - 1), 255)
    return fine.reduce(finer)


def _ring(size: tuple[int, int], width: int, radius: int) -> Image.Image:
    mask = rounded(size, radius).copy()
    inner = size[0] - 2 * width, size[1] - 2 * width
    if min(inner) > 0:
        hole = Image.new("L", size)
        hole.paste(rounded(inner, max(0, radius - width)), (width, width))
        mask = ImageChops.subtract(mask, hole)
    return mask


def bytes_of(mask: Image.Image) -> int:
    """What a mask takes."""
    return mask.width * mask.height


rounded: Final = Remembering(_rounded, bytes_of, _KEPT_BYTES)
"""(size, radius) -> the mask of a rectangle with round corners."""
disc: Final = Remembering(_disc, bytes_of, _KEPT_BYTES)
"""side -> the mask of a circle."""
ring: Final = Remembering(_ring, bytes_of, _KEPT_BYTES)
"""(size, width, radius) -> the mask of a line inside the edge of a rectangle with round corners."""
quarter: Final = Remembering(_quarter, bytes_of, _KEPT_BYTES)


def blurred(mask: Image.Image, radius: float) -> Image.Image:
    """The mask of a shadow."""
    return mask.filter(ImageFilter.GaussianBlur(radius))


def _faded(mask: Image.Image, alpha: int) -> Image.Image:
    return ImageChops.multiply(mask, Image.new("L", mask.size, alpha))


def _within(inner: Box, outer: Box) -> Box:
    """A box as seen from the corner of another."""
    return Box(inner.left - outer.left, inner.top - outer.top, inner.right - outer.left, inner.bottom - outer.top)
