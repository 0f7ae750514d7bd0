"""Pictures that devices have shown, by content hash, in the user's cache: several bridges share the folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from device_server import wire

KEPT_BYTES: Final = 256 * 1024 * 1024
"""Above this the least recently used go."""
ENDINGS: Final = dict(zip(wire.IMAGE_MIMES, (".png", ".jpg", ".webp", ".gif", ".svg", ".html"), strict=True))


class Images:
    """The pictures that this host has."""

    def __init__(self, folder: Path, limit_bytes: int = KEPT_BYTES) -> None:
        """`folder` is made when it is needed."""
        self._folder = folder
        self._limit_bytes = limit_bytes

    def find(self, ref: str, mime: str) -> Path | None:
        """The file of a picture, if it is here; it counts as used now. Raises: ValueError, for an unknown kind."""
        path = self._path(ref, mime)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def keep(self, ref: str, mime: str, data: bytes) -> Path:
        """Write a picture. Raises: ValueError, when it is not what its name says; OSError, when there is no room."""
        path = self._path(ref, mime)
        if f"sha256-{hashlib.sha256(data).hexdigest()}" != ref:
            raise ValueError("what came of it is damaged")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=self._folder, prefix=".", delete=False) as file:
            try:
                file.write(data)
                file.close()
                Path(file.name).replace(path)
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(file.name)
                raise
        self._make_room(path)
        return path

    def read(self, url: str) -> tuple[str, bytes]:
        """Mime and bytes of the picture at a URL. Raises: ValueError, when that is not of one of these pictures."""
        parts = urlsplit(url)
        path = Path(unquote(parts.path))
        mimes = [mime for mime, ending in ENDINGS.items() if ending == path.suffix]
        is_ours = parts.scheme == "file" and parts.netloc in ("", "localhost") and path.parent == self._folder
        if not (is_ours and mimes):
            raise ValueError(f"Only pictures that this bridge has shown can be had by their URLs, not {url[:200]}")
        try:
            return mimes[0], path.read_bytes()
        except OSError as error:
            raise ValueError(f"The picture is not here any more ({error.strerror}); evaluate again") from error

    def _path(self, ref: str, mime: str) -> Path:
        if mime not in ENDINGS:
            raise ValueError(f"pictures of the kind {mime[:80]} cannot be shown")
        if not wire.is_ref(ref):
            raise ValueError("its name is no hash")
        return self._folder / (ref + ENDINGS[mime])

    def _make_room(self, latest: Path) -> None:
        files = sorted(self._files(), key=lambda file: file[1].st_mtime_ns)
        size = sum(status.st_size for _, status in files)
        for path, status in files:
            if size <= self._limit_bytes:
                return
            if path != latest:
                path.unlink(missing_ok=True)
                size -= status.st_size

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):  # another bridge has removed it
                yield path, path.stat()
