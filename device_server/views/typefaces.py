"""The bundled fonts, through Pillow: how wide text is, and the masks it is drawn with. Both are remembered.

Where Pillow comes without Raqm, text is drawn letter by letter as it is stored: right-to-left and joined scripts are
then not as they should be, and `unshaped` tells of which texts that is true.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from importlib.resources import as_file, files
from typing import Final, NamedTuple

from PIL import Image, ImageDraw, ImageFont, features

from device_server.views import imaging
from device_server.views.caches import Remembering
from device_server.views.fonts import Face
from device_server.views.geometry import Size

FILES: Final = {False: "DejaVuSans.ttf", True: "DejaVuSans-Bold.ttf"}
"""By whether it is bold."""
HAS_RAQM: Final = features.check("raqm")
_ENGINE: Final = ImageFont.Layout.RAQM if HAS_RAQM else ImageFont.Layout.BASIC
_CACHED_LENGTH: Final = 200
_KEPT_BYTES: Final = 32_000_000
_LONGEST: Final = 60_000
"""No line is drawn longer than this many pixels would be, were its letters as wide as they are high."""


class Mask(NamedTuple):
    """How a line of text covers pixels, and where its corner is, seen from the start of the line's upper edge."""

    image: Image.Image
    x: int
    y: int


@lru_cache(maxsize=64)
def _font(pixels: float, is_bold: bool) -> ImageFont.FreeTypeFont:
    with as_file(files("device_server.views") / "typefaces" / FILES[is_bold]) as path:
        return ImageFont.truetype(path, pixels, layout_engine=_ENGINE)


def width(text: str, face: Face, scale: int) -> float:
    """Of a line, in pixels."""
    return (_width_once if len(text) <= _CACHED_LENGTH else _width)(text, face.points * scale, face.is_bold)


def _width(text: str, pixels: float, is_bold: bool) -> float:
    return _font(pixels, is_bold).getlength(text)


_width_once = lru_cache(maxsize=16384)(_width)


@cache
def heights(face: Face, scale: int) -> tuple[int, int]:
    """Pixels above the base line and below it."""
    return _font(face.points * scale, face.is_bold).getmetrics()


def _mask(text: str, face: Face, scale: int) -> Mask:
    font = _font(face.points * scale, face.is_bold)
    text = text[: int(_LONGEST / (face.points * scale))]
    ascent, _ = heights(face, scale)
    left, top, right, bottom = (round(side) for side in font.getbbox(text, anchor="ls"))
    image = Image.new("L", (max(1, right - left + 2), max(1, bottom - top + 2)))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, font, anchor="ls")
    return Mask(image, left - 1, ascent + top - 1)


mask: Final = Remembering(_mask, lambda made: made.image.width * made.image.height, _KEPT_BYTES)
"""(text, face, scale) -> what is to be painted for a line of text."""


@dataclass(frozen=True, slots=True)
class Ruler:
    """The Measure of what is drawn with these fonts at a scale: a line takes whole pixels."""

    scale: int

    def width(self, text: str, face: Face) -> float:
        return width(text, face, self.scale) / self.scale

    def line_height(self, face: Face) -> float:
        return sum(heights(face, self.scale)) / self.scale

    def image_size(self, source: object) -> Size:
        return imaging.size(source)


def fingerprint() -> dict[str, str]:
    """What decides how text looks: pictures are comparable where this is the same."""
    versions = {name: str(features.version(name) or "none") for name in ("pil", "freetype2", "raqm", "harfbuzz")}
    drawn = b"".join((files("device_server.views") / "typefaces" / name).read_bytes() for name in FILES.values())
    return {**versions, "fonts": sha256(drawn).hexdigest()[:16]}


def unshaped(text: str) -> bool:
    """Whether this text needs Raqm, and it is not there."""
    return not HAS_RAQM and any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
