"""A worker's questions to the host that has the project: what files a module is made of, their texts, resources.

Every question travels on a socket pair of its own (see source_questions.py), so any thread may ask, and a
KeyboardInterrupt may end it anywhere.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from device_server import wire
from device_server.loaded import hash_of

_socketpair, _send_fds, _encode, _decoder = socket.socketpair, socket.send_fds, wire.encode, wire.Decoder
"""Bound here: user code may replace them."""
_RECEIVE_BYTES = 262144
_HASHES = 1000
"""So many texts are asked for at once."""


class HostError(Exception):
    """The host cannot be asked, or cannot answer; the text says why."""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What the host has for the name of a module."""

    module: str
    path: str | None
    """The host's file; None for a package that is only folders."""
    locations: tuple[str, ...] | None
    """The folders in which submodules are looked for; None for a module that is no package."""
    lang: str
    sha256: str
    """Of the text."""
    uses: tuple[str, ...] = ()
    """The modules of the project that its text mentions."""
    error: str | None = None
    """Why the file cannot be read."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A file or folder of the project that is no module."""

    data: bytes | None
    """What the file has; None for a folder."""
    names: tuple[str, ...]
    """What the folder has; a folder's name ends with a slash."""


class HostSources:
    """Asks the host. Every wait is ended by the supervisor."""

    def __init__(self, notices: socket.socket) -> None:
        """`notices` carries packets to the supervisor."""
        self._notices = notices

    def files(self, module: str) -> list[ProjectFile]:
        """What the module is made of, then what it imports from the project, and so on; nothing when there is none.

        Raises: HostError.
        """
        answer = self._ask({"module": module})
        files = answer.get("files")
        return [_file(each) for each in files if isinstance(each, dict)] if isinstance(files, list) else []

    def texts(self, hashes: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Hash and text of those that the host still has; texts are kept, so a forged one is left out.

        Raises: HostError.
        """
        left = [*dict.fromkeys(hashes)]
        while left:
            sources = self._ask({"sha256": [*left[:_HASHES]]}).get("sources")
            told = sources if isinstance(sources, dict) else {}
            found = {each: text for each in left[:_HASHES] if isinstance(text := told.get(each), str)}
            yield from ((each, text) for each, text in found.items() if hash_of(text) == each)
            gone = frozenset(found or left[:_HASHES])  # without any, none of these can be had
            left = [each for each in left if each not in gone]

    def resource(self, path: str) -> Resource | None:
        """What is there; None when the project has no such file. Raises: HostError."""
        answer = self._ask({"path": path})
        data, names = answer.get("data"), answer.get("names")
        if isinstance(data, str):
            try:
                return Resource(base64.b64decode(data), ())
            except ValueError as error:
                raise HostError(f"the host has not answered in base64: {error}") from None
        return Resource(None, tuple(map(str, names))) if isinstance(names, list) else None

    def _ask(self, question: wire.Message) -> wire.Message:
        try:
            ours, theirs = _socketpair()
            with ours:
                with theirs:
                    _send_fds(self._notices, [_encode({"op": "need-source", **question})], [theirs.fileno()])
                answer = _received(ours)
        except OSError as error:
            raise HostError(f"the device server cannot be asked ({error})") from None
        if (problem := answer.get("error")) is not None:
            raise HostError(str(problem))
        return answer


def _received(connection: socket.socket) -> wire.Message:
    """The line that comes. Raises: HostError, OSError."""
    decoder = _decoder(2 * wire.LIMIT_BYTES)
    while data := connection.recv(_RECEIVE_BYTES):
        for item in decoder.feed(data):
            if isinstance(item, dict):
                return item
            raise HostError(item.error)
    raise HostError("the device server has dropped the question")


def _file(told: wire.Message) -> ProjectFile:
    path, locations, error, uses = (told.get(key) for key in ("path", "locations", "error", "uses"))
    return ProjectFile(
        module=str(told.get("module")),
        path=path if isinstance(path, str) else None,
        locations=tuple(map(str, locations)) if isinstance(locations, list) else None,
        lang=str(told.get("lang") or "python"),
        sha256=str(told.get("sha256") or ""),
        uses=tuple(map(str, uses)) if isinstance(uses, list) else (),
        error=error if isinstance(error, str) else None,
    )
