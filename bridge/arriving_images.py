"""The frames of one request, in order, each with the pictures that it names already on this host.

A frame with pictures waits until they are fetched, and those behind it wait with it. Nothing waits for ever: a fetch is
answered however busy the worker is, or ends with the connection.
"""

from __future__ import annotations

import base64
import binascii
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

import trio

from bridge.images import Images
from device_server import wire
from middleware.request import OnFrame

INLINE_BYTES: Final = 256 * 1024
"""Frames bear pictures of up to this size themselves."""


class Link(Protocol):
    """What is needed of a DeviceLink."""

    def start(self, frame: wire.Message, on_frame: OnFrame, on_end: OnFrame | None = None) -> object:
        """Send a request; `on_end` gets the frame that ends it, in any case."""


class ArrivingImages:
    """Adds to each image of a frame its `path` and, when it is small, its `data` in base64; else an `error`."""

    def __init__(self, link: Link, images: Images, on_frame: OnFrame) -> None:
        self._link = link
        self._images = images
        self._on_frame = on_frame
        self._waiting: deque[tuple[wire.Message, OnFrame]] = deque()
        """Frames, the first of which is being completed, and who gets them."""
        self._is_closed = False
        self._is_advancing = False

    def take(self, frame: wire.Message) -> None:
        """A frame of the device; it is passed on now or when its pictures have come."""
        self._enqueue(frame, self._on_frame)

    async def last(self, frame: wire.Message) -> wire.Message:
        """The frame that ends the request, completed, after all others have been passed on."""
        if not self._waiting and not wire.parts_with_images(frame):
            return frame
        arrived = trio.Event()
        completed: list[wire.Message] = []

        def arrive(frame: wire.Message) -> None:
            completed.append(frame)
            arrived.set()

        self._enqueue(frame, arrive)
        await arrived.wait()
        return completed[0]

    def close(self) -> None:
        """Nobody waits any more for what is still to come; output that is late is passed on as it is."""
        self._is_closed = True
        self._waiting.clear()

    def _enqueue(self, frame: wire.Message, deliver: OnFrame) -> None:
        if self._is_closed or (not self._waiting and not wire.parts_with_images(frame)):
            deliver(frame)
            return
        self._waiting.append((frame, deliver))
        if len(self._waiting) == 1:
            self._advance()

    def _advance(self) -> None:
        """Complete and pass on what waits, up to the first frame whose pictures are not here."""
        self._is_advancing = True
        while self._waiting and self._is_complete(self._waiting[0][0]):
            frame, deliver = self._waiting.popleft()
            deliver(frame)
        self._is_advancing = False

    def _is_complete(self, frame: wire.Message) -> bool:
        """Whether all pictures of a frame are here; if not, the next of them is on its way."""
        for image in _images_of(frame):
            if not _is_settled(image):
                self._complete(image)
            if not _is_settled(image):
                return False
        return True

    def _complete(self, image: wire.Message) -> None:
        ref, mime = str(image.get("ref")), str(image.get("mime"))
        try:
            path = self._images.find(ref, mime)
            if path is not None:
                _arrived(image, path, path.read_bytes())
                return
        except (OSError, ValueError) as error:
            image["error"] = str(error)
            return
        _Fetch(self._link, image, self._keep).begin()

    def _keep(self, image: wire.Message, data: bytes | str) -> None:
        """All of a picture, or why it does not come."""
        try:
            if isinstance(data, str):
                image["error"] = data
            else:
                _arrived(image, self._images.keep(str(image["ref"]), str(image["mime"]), data), data)
        except (OSError, ValueError) as error:
            image["error"] = str(error)
        if not self._is_advancing:  # else there was no connection, and it has failed at once
            self._advance()


class _Fetch:
    """Asks for one picture, piece by piece."""

    def __init__(self, link: Link, image: wire.Message, then: Callable[[wire.Message, bytes | str], None]) -> None:
        self._link = link
        self._image = image
        self._then = then
        self._data = bytearray()

    def begin(self) -> None:
        """Ask for the first piece."""
        self._ask()

    def _ask(self) -> None:
        request: wire.Message = {"op": "fetch", "ref": self._image["ref"], "offset": len(self._data)}
        self._link.start(request, _ignore, self._take)

    def _take(self, answer: wire.Message) -> None:
        if answer.get("op") != "result":
            self._then(self._image, str(answer.get("error")))
            return
        try:
            piece = base64.b64decode(str(answer.get("data")), validate=True)
        except binascii.Error:
            piece = b""
        self._data += piece
        if answer.get("more") is not True:
            self._then(self._image, bytes(self._data))
        elif not piece or len(self._data) > wire.IMAGE_BYTES:
            self._then(self._image, "the device does not send what it has announced")
        else:
            self._ask()


def _images_of(frame: wire.Message) -> Iterator[wire.Message]:
    for part in wire.parts_with_images(frame):
        images = part["images"]
        yield from (image for image in (images if isinstance(images, list) else ()) if isinstance(image, dict))


def _is_settled(image: wire.Message) -> bool:
    return "path" in image or "error" in image


def _arrived(image: wire.Message, path: Path, data: bytes) -> None:
    image["path"] = str(path)
    if len(data) <= INLINE_BYTES:
        image["data"] = base64.b64encode(data).decode()


def _ignore(_frame: wire.Message) -> None:
    """There are no frames before the last."""
