"""What requests for views say, taken apart and checked, and what their answers say. Raises RefusedError for the rest.

Pillow and the toolkit are imported when the first view is.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from device_server import wire
from device_server.hosting.refusal import RefusedError

if TYPE_CHECKING:
    from device_server.views.accessibility import Accessible
    from device_server.views.pictures import Picture
    from device_server.views.scene import Scene
    from device_server.views.touch import Gesture, Target
    from device_server.views.traits import Traits

_PNG: Final = "image/png"
_JPEG: Final = "image/jpeg"
_KINDS: Final = (_PNG, _JPEG)
_QUALITY: Final = 85
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


def told(traits: Traits) -> wire.Message:
    """Traits as an answer has them."""
    size = traits.size
    return {**asdict(traits), "size": size if isinstance(size, str) else [*size]}


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
