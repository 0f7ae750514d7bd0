"""What modules of projects were made of, kept on the device's disk by the hash of their text: text and compiled code.

Nothing here is trusted because of a time or a name: who asks must know the hash. It can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import marshal
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import BinaryIO

_open, _dumps, _loads, _replace, _blake2b = open, marshal.dumps, marshal.loads, os.replace, hashlib.blake2b
_exists, _unlink = os.path.exists, os.unlink
"""Bound here: user code may replace them."""
LIMIT_BYTES = 256 * 1024 * 1024
"""Beyond this, the older half is deleted before the first file is added by a worker."""
_PYTHON = f"{sys.implementation.cache_tag} {importlib.util.MAGIC_NUMBER.hex()} {sys.flags.optimize}"


class KeptModules:
    """A folder of such files; without a folder nothing is kept."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder
        self._is_pruned = False

    def has(self, sha256: str, path: str, compiler: str) -> bool:
        """Whether `get` will find it, most likely."""
        return self._folder is not None and _exists(self._file(sha256, path, compiler))

    def get(self, sha256: str, path: str, compiler: str) -> tuple[str, list[CodeType]] | None:
        """Text and code of the file at `path`; `compiler` says on what else its code depends."""
        if self._folder is None:
            return None
        try:
            with _open(self._file(sha256, path, compiler), "rb") as stream:
                text, codes = _loads(stream.read())
        except (OSError, ValueError, EOFError, TypeError):  # it is not there, or not whole
            return None
        return text, codes

    def keep(self, sha256: str, path: str, compiler: str, text: str, codes: Sequence[CodeType]) -> None:
        """Write it, whole or not at all. A disk that is full or read-only only costs time later."""
        if self._folder is None:
            return
        if not self._is_pruned:
            self._is_pruned = True
            self.prune()
        with contextlib.suppress(OSError, ValueError):
            file = self._file(sha256, path, compiler)
            unfinished = f"{file}.{os.getpid()}-{threading.get_ident()}"
            try:
                with self._create(unfinished) as stream:
                    stream.write(_dumps((text, [*codes])))
                _replace(unfinished, file)
            finally:
                with contextlib.suppress(FileNotFoundError):
                    _unlink(unfinished)

    def _create(self, file: str) -> BinaryIO:
        try:
            return _open(file, "wb")
        except FileNotFoundError:
            os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
            return _open(file, "wb")

    def prune(self, limit_bytes: int = LIMIT_BYTES) -> None:
        """Delete the oldest until there is half of the limit, if there is more than the limit."""
        with contextlib.suppress(OSError):
            files = sorted(Path(self._folder).iterdir(), key=_age) if self._folder else []
            left = sum(file.stat().st_size for file in files)
            for file in files if left > limit_bytes else ():
                left -= file.stat().st_size
                file.unlink()
                if left <= limit_bytes // 2:
                    return

    def _file(self, sha256: str, path: str, compiler: str) -> str:
        facts = "\0".join((sha256, path, compiler, _PYTHON))
        return f"{self._folder}/{_blake2b(facts.encode(errors='surrogatepass'), digest_size=20).hexdigest()}"


def _age(file: Path) -> float:
    return file.stat().st_mtime
