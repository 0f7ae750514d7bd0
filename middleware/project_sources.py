"""The project's source files, as the bridge lends them. Reading them is its work."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from device_server import wire


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file, as it is now."""

    path: str
    """Absolute, on the host."""
    module: str
    """The dotted name by which it is imported."""
    lang: str
    text: str

    @property
    def text_sha256(self) -> str:
        """As a device tells it of what it has loaded."""
        return hashlib.sha256(self.text.encode(errors="backslashreplace")).hexdigest()

    def frame(self) -> wire.Message:
        """As an entry of a `reload`; a `load` has other names for two of the keys."""
        return {"path": self.path, "source": self.text, "lang": self.lang, "name": self.module}


class ProjectSources(Protocol):
    """Source files of the project on the host."""

    async def read(self, paths: Collection[str]) -> dict[str, SourceFile]:
        """Those of these files that are the project's and can be read, by the path that was asked for."""

    async def find(self, names: Collection[str]) -> dict[str, SourceFile]:
        """The files that define these namespaces and modules, as far as the project has them."""

    async def tests(self) -> list[SourceFile]:
        """The files whose names say that they hold tests."""
