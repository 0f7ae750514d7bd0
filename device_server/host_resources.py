"""Files of the project that are no modules, as `importlib.resources` and `pkgutil.get_data` want them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from os import PathLike
from typing import IO, Literal, overload

from device_server.host_sources import HostError, HostSources, Resource


class HostResources(Traversable):
    """A file or folder of the host. Reading asks the host each time."""

    def __init__(self, host: HostSources, path: str) -> None:
        self._host = host
        self._path = path

    @property
    def name(self) -> str:
        """Its name, without its folder."""
        return self._path.rpartition("/")[2]

    def __str__(self) -> str:
        return self._path

    def is_file(self) -> bool:
        """See Traversable."""
        found = self._find()
        return found is not None and found.data is not None

    def is_dir(self) -> bool:
        """See Traversable."""
        found = self._find()
        return found is not None and found.data is None

    def iterdir(self) -> Iterator[HostResources]:
        """See Traversable."""
        found = self._find()
        for name in found.names if found is not None else ():
            yield self / name

    def joinpath(self, *descendants: str | PathLike[str]) -> HostResources:
        """See Traversable."""
        return HostResources(self._host, "/".join((self._path, *map(str, descendants))))

    def __truediv__(self, child: str | PathLike[str]) -> HostResources:
        return self.joinpath(child)

    def read_bytes(self) -> bytes:
        """See Traversable. Raises: OSError."""
        found = self._find()
        if found is None:
            raise FileNotFoundError(2, "The project has no such file", self._path)
        if found.data is None:
            raise IsADirectoryError(21, "It is a folder", self._path)
        return found.data

    def read_text(self, encoding: str | None = None) -> str:
        """See Traversable. Raises: OSError."""
        return self.read_bytes().decode(encoding or "utf-8")

    @overload
    def open(self, mode: Literal["r"] = "r", *, encoding: str | None = ..., errors: str | None = ...) -> IO[str]: ...

    @overload
    def open(self, mode: Literal["rb"]) -> IO[bytes]: ...

    def open(self, mode: str = "r", *, encoding: str | None = None, errors: str | None = None) -> IO[str] | IO[bytes]:
        """See Traversable. Raises: OSError."""
        stream = io.BytesIO(self.read_bytes())
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding or "utf-8", errors)

    def _find(self) -> Resource | None:
        try:
            return self._host.resource(self._path)
        except HostError as error:
            raise OSError(f"{self._path} cannot be had: {error}") from None
