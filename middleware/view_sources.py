"""What a source file has to look at: its views and previews, as far as its text says. Reading files is the bridge's.

A view is what the text shows to be one: see python_views.py and clojure_views.py, which read it. Nothing is imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from device_server import wire

MODULE: Final = "device_server.views"
"""The toolkit: a file that does not name it has no view."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a view is given, as it is written."""

    name: str
    """With the stars or the ampersand of one that takes all the rest."""
    default: str | None = None
    annotation: str | None = None

    @property
    def is_needed(self) -> bool:
        """Whether a call without it fails."""
        return self.default is None and not self.name.startswith(("*", "&"))


@dataclass(frozen=True, slots=True)
class View:
    """A function or a class that makes an element."""

    name: str
    line: int
    parameters: tuple[Parameter, ...]

    def told(self) -> dict[str, wire.JSON]:
        """As an entry of `view-list`."""
        needed = [each.name for each in self.parameters if each.is_needed]
        return {
            "name": self.name,
            "line": self.line,
            "parameters": [_parameter(each) for each in self.parameters],
            "hostable": "needs-args" if needed else "yes",
            "why": f"It needs {_listed(needed)}: host a call of it" if needed else "It can be called without arguments",
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """One mark on a function: a way to look at it."""

    name: str
    function: str
    line: int
    traits: tuple[str, ...]
    """Presets by their names, then traits as `name=value`."""

    def told(self, index: int) -> dict[str, wire.JSON]:
        """As an entry of `view-list`; `index` is its place in the file, from 0."""
        return {
            "name": self.name,
            "function": self.function,
            "index": index,
            "line": self.line,
            "traits": [*self.traits],
        }


@dataclass(frozen=True, slots=True)
class Found:
    """What one file has, from top to bottom."""

    views: tuple[View, ...] = ()
    previews: tuple[Preview, ...] = ()
    problem: str | None = None
    """Why the text cannot be read, if so."""


NOTHING: Final = Found()


@dataclass(frozen=True, slots=True)
class FileViews:
    """A file, and what it has."""

    path: str
    """Absolute, on the host."""
    module: str
    """The dotted name by which it is imported."""
    found: Found


class ViewSources(Protocol):
    """The project's files that have views, as the bridge reads them."""

    async def find(self, path: str | None) -> list[FileViews]:
        """Of the file or folder at this path, absolute or below the project, or else of the project.

        Files that have none are left out. Raises: Refusal, when there is no such file.
        """

    def hosting(self, path: str | None) -> wire.Message:
        """What a device must be told to host something of that file: its module and lang; and the project's setup.

        Raises: Refusal, when the file cannot be imported.
        """


def _parameter(parameter: Parameter) -> dict[str, wire.JSON]:
    told: dict[str, wire.JSON] = {"name": parameter.name}
    if parameter.default is not None:
        told["default"] = parameter.default
    if parameter.annotation is not None:
        told["annotation"] = parameter.annotation
    return told


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
