"""The previews of a module that has been imported, in the order of its text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from device_server import wire
from device_server.hosting import requests
from device_server.hosting.refusal import RefusedError
from device_server.loaded import LoadedSources
from device_server.views.preview import Preview, previews

_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Found:
    """One preview, and the function that it is of."""

    module: str
    path: str | None
    index: int
    """Of the module's previews, from 0."""
    name: str
    line: int
    function: Callable[[], object]
    traits: dict[str, object]

    @property
    def title(self) -> str:
        """For a person."""
        return f"{self.module}: {self.name}"

    def told(self) -> wire.Message:
        """As an answer has it."""
        place: wire.Message = {"path": self.path, "module": self.module, "index": self.index, "line": self.line}
        return {**place, "name": self.name, "traits": requests.json_of(self.traits)}


def of_module(module: object, name: str, path: str | None = None) -> list[Found]:
    """All of a module's own functions."""
    found = [each for function in _functions(module, name) for each in _of_function(function)]
    found.sort(key=lambda each: each[0])
    return [
        Found(name, path, index, made.name, line, function, made.traits)
        for index, (line, made, function) in enumerate(found)
    ]


def of_loaded(loaded: LoadedSources, path: wire.JSON) -> list[Found]:
    """Those of the files that are loaded, or of one of them."""
    files = [each for each in loaded if "preview" in each.text and path in (None, each.path)]
    return [
        found
        for each in files
        if (module := sys.modules.get(each.module)) is not None
        for found in of_module(module, each.module, each.path)
    ]


def chosen(module: object, name: str, index: wire.JSON, title: wire.JSON) -> Found:
    """The preview of that place, from 0, or of that name; the only one when neither is said.

    Raises: RefusedError, which lists those that there are.
    """
    found = of_module(module, name)
    if not found:
        raise RefusedError(f"{name} has no previews: mark a function with @preview")
    if isinstance(title, str):
        fitting = [each for each in found if each.name == title]
    elif isinstance(index, int):
        fitting = found[index : index + 1] if index >= 0 else []
    else:
        fitting = found
    if len(fitting) == 1:
        return fitting[0]
    asked = title if isinstance(title, str) else index
    what = f"{name} has no preview {asked!r}" if not fitting else f"{name} has several previews that could be meant"
    there = "; ".join(f"{number} {each.name!r}" for number, each in enumerate(found[:_TOLD]))
    raise RefusedError(f"{what}; there are: {there}")


def _functions(module: object, name: str) -> Iterator[Callable[[], object]]:
    seen = set[int]()
    for value in list(vars(module).values()):
        if callable(value) and getattr(value, "__module__", None) == name and id(value) not in seen:
            seen.add(id(value))
            yield value


def _of_function(function: Callable[[], object]) -> Iterator[tuple[int, Preview, Callable[[], object]]]:
    """An edit puts new code into the function: it is the same one for as long as its process lives."""
    line = int(getattr(getattr(function, "__code__", None), "co_firstlineno", 0))
    for made in previews(function):
        yield line, made, function
