"""Files as an editor on the host opens them: what the bridge lends, and what a reply says. It reads no file."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final, Protocol

_TYPED: Final = ("<", "NO_SOURCE_FILE")
"""What stands for a file where there was none begins so."""


class HostFiles(Protocol):
    """The files of one device, as files of the host."""

    async def path(self, file: str) -> str | None:
        """The absolute path on the host of a file that the device names, fetched if need be.

        None when it cannot be had within a second.
        """


class ProjectFiles(Protocol):
    """The project's files on the host."""

    def source_roots(self) -> list[str]:
        """The folders in which imports are looked for, as absolute paths."""

    async def find(self, name: str) -> str | None:
        """The absolute path of the file that has this name below a source root."""

    async def resources(self) -> dict[str, str]:
        """Name below a source root -> absolute path, of the files that are no source code."""


async def location(files: HostFiles, file: str | None) -> str | None:
    """What a client can open for a file that the device names: a URI, or the name of the buffer it once gave itself.

    Calva takes nothing but URIs, CIDER also the names of its buffers.
    """
    if not file or file.startswith(_TYPED):
        return None
    if file.lstrip().startswith("*"):
        return file
    path = await files.path(file)
    return None if path is None else uri(path)


def uri(path: str) -> str:
    """An absolute path as `file:///...`."""
    return PurePosixPath(path).as_uri()
