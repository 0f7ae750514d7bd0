"""How two pictures differ, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops

from device_server.views.arguments import number, whole
from device_server.views.imaging import opened, png
from device_server.views.pictures import Picture

_FAINT: Final = 0.3
_RED: Final = (255, 0, 64)
MOST_MASKS: Final = 1000


@dataclass(frozen=True, slots=True)
class Difference:
    """What was found."""

    sizes: tuple[tuple[int, int], tuple[int, int]]
    changed: int
    """Pixels, of those that were compared; all of them when the sizes differ."""
    compared: int
    largest: int
    """The greatest difference of a colour's part, from 0 to 255."""
    box: tuple[int, int, int, int] | None
    """Left, top, right, bottom of what has changed, in pixels."""
    picture: Picture | None
    """The second picture, faint, with what has changed in red; None when nothing has."""

    @property
    def ratio(self) -> float:
        """Of changed pixels, 0 to 1."""
        return self.changed / self.compared if self.compared else 0.0

    @property
    def is_same(self) -> bool:
        return self.changed == 0


def difference(before: bytes, after: bytes, threshold: int = 0, masks: Sequence[Sequence[float]] = ()) -> Difference:
    """Compare two pictures, bytes of files. Parts of colours that differ by `threshold` or less count as equal, and so
    does all that is inside the masks, rectangles in pixels.

    Raises: ValueError for bytes that are no picture, an unknown threshold, too many masks or one that is no rectangle.
    """
    whole("threshold", threshold, 0, 255)
    boxes = [_box(mask) for mask in masks]
    if len(boxes) > MOST_MASKS:
        raise ValueError(f"At most {MOST_MASKS} masks, not {len(boxes)}")
    old, new = (opened(data).convert("RGBA") for data in (before, after))
    compared = new.width * new.height
    if old.size != new.size:
        everything = (0, 0, *new.size)
        return Difference(
            (old.size, new.size), compared, compared, 255, everything, _shown(new, Image.new("L", new.size, 255))
        )
    deltas = _largest_part(ImageChops.difference(old, new))
    for box in boxes:
        deltas.paste(0, box)
    changed = deltas.point([0 if delta <= threshold else 255 for delta in range(256)])
    histogram = deltas.histogram()
    count = sum(histogram[threshold + 1 :])
    largest = max((delta for delta, times in enumerate(histogram) if times), default=0)
    return Difference(
        (old.size, new.size), count, compared, largest, changed.getbbox(), _shown(new, changed) if count else None
    )


def _largest_part(deltas: Image.Image) -> Image.Image:
    red, green, blue, alpha = deltas.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), ImageChops.lighter(blue, alpha))


def _shown(image: Image.Image, changed: Image.Image) -> Picture:
    white = Image.new("RGB", image.size, "white")
    faint = Image.blend(white, image.convert("L").convert("RGB"), _FAINT)
    faint.paste(_RED, (0, 0), changed)
    return png(faint)


def _box(mask: Sequence[float]) -> tuple[int, int, int, int]:
    x, y, width, height = (round(number("A side of a mask", side, 0, 1_000_000)) for side in mask)
    return x, y, x + width, y + height
