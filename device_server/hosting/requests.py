"""What requests for views say, taken apart and checked, and what their answers say. Raises RefusedError for the rest.

Pillow and the toolkit are imported when the first view is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from device_server import wire
from device_server.hosting.refusal import RefusedError

if TYPE_CHECKING:
    from device_server.views.accessibility import Accessible
    from device_server.views.difference import Difference
    from device_server.views.pictures import Picture
    from device_server.views.scene import Scene
    from device_server.views.touch import Gesture, Target
    from device_server.views.traits import Traits

_PNG: Final = "image/png"
_JPEG: Final = "image/jpeg"
_KINDS: Final = (_PNG, _JPEG)
_QUALITY: Final = 85
MOST_VARIANTS: Final = 1000
_SIDES: Final = 4
_REF: Final = re.compile(r"sha256-[0-9a-f]{64}")
_DEPTH: Final = 24
"""What is nested deeper is told beside what it is in: messages may nest only so deep."""


def traits(message: wire.Message, defaults: Traits) -> Traits:
    """The traits that a request names, and these for the rest."""
    named = message.get("traits")
    items = named if isinstance(named, list) else [] if named is None else [named]
    presets = [item for item in items if isinstance(item, str)]
    explicit = {key: value for item in items if isinstance(item, dict) for key, value in item.items()}
    explicit |= {key: message[key] for key in ("size", "scale") if message.get(key) is not None}
    if any(not isinstance(item, str | dict) for item in items):
        raise RefusedError("Traits are an object of traits and values, the name of a preset, or an array of these")
    try:
        return defaults.with_traits(*presets, **explicit)
    except (ValueError, TypeError) as error:
        raise RefusedError(str(error)) from error


def variants(message: wire.Message, defaults: Traits) -> list[Traits]:
    """The sets of traits that a request lists."""
    listed = message.get("variants")
    items = listed if isinstance(listed, list) else []
    if len(items) > MOST_VARIANTS:
        raise RefusedError(f"At most {MOST_VARIANTS} variants in a request, not {len(items)}")
    return [traits({"traits": item}, defaults) for item in items]


def difference(folder: Path, before: wire.JSON, message: wire.Message) -> Difference:
    """How two of the pictures in a folder differ."""
    from device_server.views.difference import difference
    from device_server.views.geometry import Rect

    masks = message.get("masks")
    threshold = message.get("threshold")
    try:
        rects = [Rect(*_sides(mask)) for mask in masks] if isinstance(masks, list) else []
        old, new = (_bytes_of(folder, ref) for ref in (before, message["b"]))
        return difference(old, new, threshold if isinstance(threshold, int) else 0, rects)
    except (ValueError, TypeError) as error:
        raise RefusedError(str(error)) from error


def _sides(mask: wire.JSON) -> list[float]:
    sides = [float(side) for side in mask if isinstance(side, int | float)] if isinstance(mask, list) else []
    if not isinstance(mask, list) or not len(sides) == len(mask) == _SIDES:
        raise ValueError(f"A mask is an array of x, y, width and height in pixels, not {mask!r}")
    return sides


def _bytes_of(folder: Path, ref: wire.JSON) -> bytes:
    text = str(ref)
    if not _REF.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no name of a picture")
    for path in (folder / text, folder / "incoming" / text):
        if path.is_file():
            return path.read_bytes()
    raise ValueError(f"There is no picture {text} here any more; draw it again")


def told(traits: Traits) -> wire.Message:
    """Traits as an answer has them."""
    return json_of(asdict(traits))


def json_of(traits: Mapping[str, object]) -> wire.Message:
    """Names and values of traits, checked ones."""
    size = traits.get("size")
    sides: wire.Message = {"size": [float(side) for side in size]} if isinstance(size, tuple | list) else {}
    return {key: value for key, value in traits.items() if isinstance(value, str | int | float)} | sides


def snapshot(message: wire.Message, traits: Traits) -> tuple[str, int, int]:
    """Mime, quality and scale."""
    mime, quality = message.get("mime") or _PNG, message.get("quality")
    mime = {"png": _PNG, "jpeg": _JPEG, "jpg": _JPEG}.get(str(mime), str(mime))
    if mime not in _KINDS:
        raise RefusedError(f"Unknown mime {mime!r}; valid are: {', '.join(_KINDS)}")
    if quality is not None and mime != _JPEG:
        raise RefusedError("Only a JPEG has a quality")
    if quality is not None and (not isinstance(quality, int) or not 1 <= quality <= 95):
        raise RefusedError(f"The quality of a JPEG is from 1 to 95, not {quality}")
    scale = message.get("scale")
    checked = replace_scale(traits, scale) if scale is not None else traits
    return mime, quality if isinstance(quality, int) else _QUALITY, checked.scale


def replace_scale(traits: Traits, scale: wire.JSON) -> Traits:
    """These, at another scale."""
    try:
        return traits.with_traits(scale=scale)
    except (ValueError, TypeError) as error:
        raise RefusedError(str(error)) from error


def encoded(scene: Scene, mime: str, quality: int) -> Picture:
    """The picture of a scene."""
    if mime == _PNG:
        return scene.picture()
    from device_server.views.imaging import jpeg

    return jpeg(scene.image(), quality, scene.traits.scale, scene.notices)


def touch(message: wire.Message) -> tuple[Target, Gesture]:
    """Who is to be touched, and how."""
    from device_server.views.touch import Gesture, Target

    x, y = message.get("x"), message.get("y")
    if (x is None) != (y is None):
        raise RefusedError("A point has both an 'x' and a 'y'")
    point = (float(x), float(y)) if isinstance(x, int | float) and isinstance(y, int | float) else None
    names = {key: _text(message, key) for key in ("identifier", "label", "role")}
    kind = (_text(message, "kind") or "tap").replace("-", "_")
    try:
        return Target(point, **names), Gesture(kind, _text(message, "to"), _text(message, "text"))
    except (ValueError, TypeError) as error:
        raise RefusedError(str(error)) from error


def elements(scene: Scene, message: wire.Message) -> list[wire.JSON]:
    """The elements of a scene that pass the filter which is asked for."""
    from device_server.views.accessibility import filtered

    try:
        root = filtered(scene.elements(), message.get("filter") or "all")
    except (ValueError, TypeError) as error:
        raise RefusedError(str(error)) from error
    return [element(each) for each in _raised(root, _DEPTH).children]


def element(told: Accessible) -> wire.Message:
    """An element as an answer has it."""
    return told.as_message()  # type: ignore[return-value]  # texts, numbers, and lists and objects of these


def _raised(element: Accessible, depth: int) -> Accessible:
    """The same, with what is nested deeper than that beside what it was in."""
    if depth > 1:
        return replace(element, children=tuple(_raised(child, depth - 1) for child in element.children))
    inside = [replace(each, children=()) for child in element.children for each in child.all()]
    return replace(element, children=tuple(inside))


def _text(message: wire.Message, key: str) -> str | None:
    value = message.get(key)
    return value if isinstance(value, str) and value else None
