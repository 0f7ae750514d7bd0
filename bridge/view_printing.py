"""What `tether view ...` prints for people: the results of each operation as lines of text. It asks nobody."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import groupby
from typing import Final

from device_server import wire

_Told = dict[str, wire.JSON]


def lines(name: str, told: _Told) -> Iterator[str]:
    """The lines for the results of an operation."""
    return _SHOWS.get(name, _plain)(told)


def image_line(image: _Told) -> str:
    """`image/png 390x844: /path`, the size in points."""
    size = f" {_number(image['width'])}x{_number(image['height'])}" if "width" in image else ""
    where = image.get("path") or image.get("error") or image.get("ref")
    return f"{image.get('mime')!s}{size}: {where!s}"


def _listed(told: _Told) -> Iterator[str]:
    entries = [
        *(("preview", each) for each in _objects(told, "previews")),
        *(("view", each) for each in _objects(told, "views")),
    ]
    entries.sort(key=lambda entry: (str(entry[1]["path"]), int(str(entry[1]["line"]))))
    for path, group in groupby(entries, key=lambda entry: str(entry[1]["path"])):
        yield os.path.relpath(path)
        yield from (f"{each['line']!s:>6}  {_entry(kind, each)}" for kind, each in group)
    for each in _objects(told, "problems"):
        yield f"{os.path.relpath(str(each['path']))}: {each['error']!s}"
    if not entries:
        yield "No views: a file that has some imports device_server.views"


def _entry(kind: str, each: _Told) -> str:
    if kind == "preview":
        traits = ", ".join(map(str, _list(each, "traits")))
        return f"preview {each['index']!s}: {each['name']!s}" + (f" ({traits})" if traits else "")
    parameters = ", ".join(map(_parameter, _objects(each, "parameters")))
    needs = "" if each["hostable"] == "yes" else f"; {each['why']!s}"
    return f"view {each['name']!s}({parameters}){needs}"


def _parameter(each: _Told) -> str:
    annotation = f": {each['annotation']!s}" if "annotation" in each else ""
    return f"{each['name']!s}{annotation}" + (f" = {each['default']!s}" if "default" in each else "")


def _sessions(told: _Told) -> Iterator[str]:
    views = _objects(told, "views")
    for each in views:
        error = f": {each['error']!s}" if "error" in each else ""
        yield f"{each['view']!s}  {each.get('state')!s}  {each.get('name')!s}{error}"
        yield from (f"    {image_line(image)}" for image in _objects(each, "images"))
    if not views:
        yield "No view is hosted; `tether view start` hosts one"


def _elements(told: _Told) -> Iterator[str]:
    waiting = [(each, 0) for each in reversed(_objects(told, "elements"))]
    while waiting:
        each, depth = waiting.pop()
        words = [f"{key}={each[key]!s}" for key in ("label", "value", "identifier") if each.get(key) not in (None, "")]
        traits = [str(trait) for trait in _list(each, "traits")]
        yield "  " * depth + " ".join([str(each.get("role")), *words, *traits, _frame(each)])
        waiting += [(child, depth + 1) for child in reversed(_objects(each, "children"))]


def _frame(element: _Told) -> str:
    frame = element.get("frame")
    sides = [_number(frame.get(key)) for key in ("x", "y", "width", "height")] if isinstance(frame, dict) else []
    return f"[{' '.join(sides)}]"


def _variants(told: _Told) -> Iterator[str]:
    for each in _objects(told, "variants"):
        traits = each.get("traits")
        said = ", ".join(f"{name}={value!s}" for name, value in traits.items()) if isinstance(traits, dict) else ""
        shown = [str(each["error"])] if "error" in each else [image_line(image) for image in _objects(each, "images")]
        yield from (f"{said or 'as it is'}: {line}" for line in shown)


def _plain(told: _Told) -> Iterator[str]:
    for key, value in told.items():
        if key == "images":
            yield from map(image_line, _objects(told, key))
        elif isinstance(value, dict):
            yield f"{key}: " + ", ".join(f"{name} {_number(each)}" for name, each in value.items())
        elif isinstance(value, list):
            yield from map(str, value)
        else:
            yield f"{key}: {_number(value)}"


def _number(value: wire.JSON) -> str:
    """What is no number stays what it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _list(told: _Told, key: str) -> list[wire.JSON]:
    found = told.get(key)
    return found if isinstance(found, list) else []


def _objects(told: _Told, key: str) -> list[_Told]:
    return [each for each in _list(told, key) if isinstance(each, dict)]


_SHOWS: Final[dict[str, Callable[[_Told], Iterator[str]]]] = {
    "list": _listed,
    "sessions": _sessions,
    "elements": _elements,
    "variants": _variants,
}
