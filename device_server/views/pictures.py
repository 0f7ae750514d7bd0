"""Pictures as values: bytes of a known kind. It knows nothing of what is in them; imaging.py does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
WEBP: Final = "image/webp"
GIF: Final = "image/gif"
SVG: Final = "image/svg+xml"
HTML: Final = "text/html"


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes that a host can show."""

    data: bytes
    mime: str
    width: int | None
    """In pixels, as the height; None where the bytes do not say."""
    height: int | None
    scale: int = 1
    """Pixels per point."""
    notices: tuple[str, ...] = ()
    """What is not as it should be, for a person."""
