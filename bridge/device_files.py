"""Where on the host the files are that a device names, so that an editor can open them.

An editor wants the file that its user edits, if there is one: the project's, or the very file of the embedded device.
The source of a library that only the device has is fetched from it, once, and kept read-only in the user's cache.
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import trio

from bridge.device_link import DeviceLink
from bridge.project import source_roots
from device_server import wire

LIMIT_S: Final = 1.0
"""Nobody waits longer for a file."""
REST_S: Final = 10.0
"""A device that did not answer in time is not asked again for so long: many files may be wanted in a row."""
SOURCES: Final = "sources"
"""Below this folder of the cache: the hash of a text -> the file with its name."""


@dataclass(frozen=True, slots=True)
class Folders:
    """Where the host keeps things."""

    project: Path
    """The project's root. The embedded device works there."""
    cache: Path
    """What may be lost at any time; made when it is needed."""


class DeviceFiles:
    """The files of one device. A HostFiles."""

    def __init__(self, link: DeviceLink, folders: Folders, *, is_shared: bool) -> None:
        """`is_shared`: the device sees the host's own files, by the same names."""
        self._link = link
        self._folders = folders
        self._is_shared = is_shared
        self._fetched: dict[str, tuple[int, Path]] = {}
        """The device's path -> in which connection it was fetched, and where it is on the host."""
        self._fetching = trio.Lock()
        self._rests_until = -math.inf

    async def path(self, file: str) -> str | None:
        """See HostFiles."""
        found: Path | None = None
        with trio.move_on_after(LIMIT_S) as limit, suppress(OSError, ValueError):  # no file is called so
            found = await self._find(file)
        if limit.cancelled_caught:
            self._rests_until = trio.current_time() + REST_S
        return str(found) if found else None

    async def _find(self, file: str) -> Path | None:
        here = self._folders.project / file
        if (self._is_shared or here.is_relative_to(self._folders.project)) and await _is_file(here):
            return here
        if self._is_shared:
            return None
        async with self._fetching:
            known = self._fetched.get(file)
            if known and (known[0] == self._link.connections or not self._link.is_up) and await _is_file(known[1]):
                return known[1]
            return None if trio.current_time() < self._rests_until else await self._fetch(file)

    async def _fetch(self, file: str) -> Path | None:
        connection = self._link.connections
        pending = self._link.start({"op": "read-source", "file": file}, _ignore)
        try:
            answer = await pending.wait()
        finally:
            self._link.abandon(pending)
        source = answer.get("source")
        if isinstance(source, str):
            place = await trio.to_thread.run_sync(self._keep, file, source, abandon_on_cancel=True)
            self._fetched[file] = (connection, place)
            return place
        if answer.get("type") != wire.ErrorType.DEVICE_LOST and await _is_file(Path(file)):
            return Path(file)  # an editor here sent it, the device has never had the file
        return None

    def _keep(self, file: str, source: str) -> Path:
        """The file of the host with that text; a new one unless there is one already. Blocks."""
        data = source.encode(errors="replace")
        for place in self._likely(file):
            if data and place.is_file() and place.stat().st_size == len(data) and place.read_bytes() == data:
                return place
        return _kept(self._folders.cache / SOURCES, PurePosixPath(file).name, data)

    def _likely(self, file: str) -> Iterator[Path]:
        """Where the host may have it too: at the same path, or as a file of its copy of the project."""
        yield Path(file)
        parts = [part for part in PurePosixPath(file).parts if part not in ("/", "..")]
        for root in source_roots(self._folders.project):
            yield from (root.joinpath(*parts[start:]) for start in range(len(parts)))


def _kept(folder: Path, name: str, data: bytes) -> Path:
    """A read-only file of that name with that content. Raises: OSError, ValueError."""
    place = folder / hashlib.sha256(data).hexdigest()[:32] / name
    if not place.is_file():
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=place.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                os.fchmod(handle, 0o400)
            os.replace(unfinished, place)
        except (OSError, ValueError):  # no file can be called so, or the disk is full
            os.unlink(unfinished)
            raise
    return place


async def _is_file(path: Path) -> bool:
    return await trio.to_thread.run_sync(path.is_file, abandon_on_cancel=True)


def _ignore(_frame: wire.Message) -> None:
    """Reading a file sends nothing but its end."""
