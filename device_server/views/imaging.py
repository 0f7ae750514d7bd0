"""Pictures from Pillow images, and Pillow images from what views show: opened once, refused when they are too large."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Final

from device_server.views.caches import Remembering
from device_server.views.geometry import Size
from device_server.views.pictures import JPEG, PNG, Picture
from device_server.views.traits import MOST_PIXELS

try:
    from PIL import Image, UnidentifiedImageError
except ModuleNotFoundError as error:
    reason = "Views are drawn with Pillow, which this Python does not have: pip install pillow"
    raise ModuleNotFoundError(reason, name="PIL") from error

_LEVEL: Final = 1
"""Of compression: at 9, flat colours take ten times as long, to save a tenth."""
_KEPT_BYTES: Final = 64_000_000
_READS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def png(image: Image.Image, scale: int = 1, notices: tuple[str, ...] = ()) -> Picture:
    """The image as a PNG: the same bytes for the same pixels."""
    if image.mode == "RGB":
        return Picture(_unfiltered(image), PNG, *image.size, scale, notices)
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=_LEVEL)
    return Picture(file.getvalue(), PNG, *image.size, scale, notices)


def _unfiltered(image: Image.Image) -> bytes:
    """A PNG whose lines are as they are. Pillow tries five filters for each, none of which helps flat colours: these
    bytes are fewer, and ready in two thirds of the time. The format: https://www.w3.org/TR/png-3/
    """
    pixels, line = image.tobytes(), image.width * 3
    lines = b"".join([b"\0" + pixels[start : start + line] for start in range(0, len(pixels), line)])
    header = struct.pack(">IIBBBBB", *image.size, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, _LEVEL)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def jpeg(image: Image.Image, quality: int, scale: int = 1, notices: tuple[str, ...] = ()) -> Picture:
    """The image as a JPEG; quality is from 1 to 95."""
    if not 1 <= quality <= 95:
        raise ValueError(f"The quality of a JPEG is from 1 to 95, not {quality}")
    file = io.BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=quality)
    return Picture(file.getvalue(), JPEG, *image.size, scale, notices)


def size(source: object) -> Size:
    """The pixels of what `opened` takes."""
    return Size(*map(float, opened(source).size))


def opened(source: object) -> Image.Image:
    """A Pillow image for what an Image element shows: such an image, bytes of a file, or a path.

    Raises: TypeError for anything else, OSError when there is no such file, ValueError when it is no picture or has too
    many pixels.
    """
    if isinstance(source, Image.Image):
        return _within_bounds(source)
    if isinstance(source, bytes):
        return _decoded(source)
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        status = path.stat()
        return _read(str(path), status.st_mtime_ns, status.st_size)
    raise TypeError(f"An Image shows a Pillow image, bytes or a path, not {source!r}")


def _decode(data: bytes) -> Image.Image:
    return _loaded(io.BytesIO(data), "These bytes are")


def _read_file(path: str, _modified: int, _size: int) -> Image.Image:
    return _loaded(Path(path), f"{path} is")


def _bytes_of(image: Image.Image) -> int:
    return image.width * image.height * len(image.getbands())


_decoded: Final = Remembering(_decode, _bytes_of, _KEPT_BYTES)
_read: Final = Remembering(_read_file, _bytes_of, _KEPT_BYTES)
"""Files are read again when they have changed."""


def _loaded(source: io.BytesIO | Path, what: str) -> Image.Image:
    try:
        with Image.open(source, formats=_READS) as image:
            _within_bounds(image).load()
            return image.convert("RGBA" if image.has_transparency_data else "RGB")
    except (UnidentifiedImageError, SyntaxError, EOFError) as error:
        raise ValueError(f"{what} no picture of a known kind ({', '.join(_READS)})") from error


def _within_bounds(image: Image.Image) -> Image.Image:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise ValueError(f"A picture of {width}x{height} pixels is too large: at most {MOST_PIXELS:,} pixels")
    if not width * height:
        raise ValueError(f"A picture of {width}x{height} pixels has nothing to show")
    return image
