"""Any value as something to look at: elements, Pillow images, and objects that know how to show themselves (the rich
display methods of IPython, matplotlib's figures). What has no look is left to be printed; it costs no import of Pillow.
"""

from __future__ import annotations

import base64
import io
import re
import sys
from collections.abc import Callable, Mapping
from typing import Final

from device_server.views.element import Element
from device_server.views.pictures import GIF, HTML, JPEG, PNG, SVG, WEBP, Picture
from device_server.views.traits import FIT, Traits

MOST_BYTES: Final = 16 * 1024 * 1024
MIMES: Final = (PNG, JPEG, WEBP, GIF, SVG, HTML)
"""What is shown, the best first."""
_METHODS: Final = {PNG: "_repr_png_", JPEG: "_repr_jpeg_", SVG: "_repr_svg_", HTML: "_repr_html_"}
_CANARY: Final = "_ipython_canary_method_should_not_exist_"
_LENGTH: Final = r"""\b%s\s*=\s*["']\s*([0-9.]+)\s*(?:px|pt)?\s*["']"""


def display(value: object, traits: Traits | None = None) -> Picture | None:
    """What a value looks like; None when it is one to be printed. An element is as large as it needs to be.

    Raises: what the value's own methods raise, and ValueError when what they give is too large or nothing of the kind.
    """
    if isinstance(value, type):
        return None
    if _is_view(value):
        from device_server.views.scene import render

        return render(value, traits=Traits(size=FIT) if traits is None else traits).picture()
    for shown in (_pillow, _matplotlib, _bundle, _methods):
        picture = shown(value)
        if picture is not None:
            return picture
    return None


def _is_view(value: object) -> bool:
    """Functions are not: whoever evaluates the name of one wants to see a function."""
    return isinstance(value, Element)


def _pillow(value: object) -> Picture | None:
    """It is imported already if there is an image."""
    module = sys.modules.get("PIL.Image")
    if module is None or not isinstance(value, module.Image):
        return None
    from device_server.views.imaging import opened, png

    image = opened(value)
    return png(image if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else image.convert("RGB"))


def _matplotlib(value: object) -> Picture | None:
    """A figure, or the axes of one. It is imported already if there is one."""
    module = sys.modules.get("matplotlib.figure")
    figure = value if module is None or isinstance(value, module.Figure) else getattr(value, "figure", None)
    if module is None or not isinstance(figure, module.Figure):
        return None
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return _picture(PNG, file.getvalue())


def _bundle(value: object) -> Picture | None:
    method = _method(value, "_repr_mimebundle_")
    found = None if method is None else method(include=None, exclude=None)
    data = found[0] if isinstance(found, tuple) and found else found
    if not isinstance(data, Mapping):
        return None
    return next((_picture(mime, data[mime]) for mime in MIMES if data.get(mime) is not None), None)


def _methods(value: object) -> Picture | None:
    for mime, name in _METHODS.items():
        method = _method(value, name)
        found = None if method is None else method()
        found = found[0] if isinstance(found, tuple) and found else found
        if found is not None:
            return _picture(mime, found)
    return None


def _method(value: object, name: str) -> Callable[..., object] | None:
    """A display method, unless the object claims to have any method whatever."""
    method = getattr(value, name, None)
    return method if callable(method) and not hasattr(value, _CANARY) else None


def _picture(mime: str, data: object) -> Picture:
    """A picture from what a display method gave: bytes, their base64, or text."""
    if isinstance(data, str):
        data = data.encode() if mime in (SVG, HTML) else base64.b64decode(data, validate=True)
    if not isinstance(data, bytes):
        raise ValueError(f"A display method gave {type(data).__name__} for {mime}; bytes or text are needed")
    if len(data) > MOST_BYTES:
        raise ValueError(f"What there is to show takes {len(data):,} bytes; at most {MOST_BYTES:,} are shown")
    if mime == HTML:
        return Picture(data, mime, None, None)
    if mime == SVG:
        head = data[:4096].decode(errors="replace")
        return Picture(data, mime, _length("width", head), _length("height", head))
    from device_server.views.imaging import opened

    return Picture(data, mime, *opened(data).size)


def _length(name: str, head: str) -> int | None:
    tag = re.search(r"<svg\b[^>]*>", head)
    found = re.search(_LENGTH % name, tag.group()) if tag else None
    return round(float(found[1])) if found else None
