"""Which devices the bridge knows: `local`, and those that some session points at. Not what is said to them."""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import trio

from bridge.device_files import DeviceFiles, Folders
from bridge.device_link import DeviceLink, Dialer, OnNews
from bridge.images import Images
from bridge.source_server import SourceServer
from bridge.symbol_sync import Descriptions
from device_server import wire
from middleware.keywords import SeenKeywords

log = logging.getLogger(__name__)

CONNECT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a device listens. A dialer for a DeviceLink."""

    host: str
    port: int

    limit_s = CONNECT_S
    is_patient = False

    @property
    def name(self) -> str:
        """The device's name in the bridge."""
        return f"{self.host}:{self.port}"

    @property
    def remedy(self) -> str:
        """What to tell whoever asked something of a device that is not there."""
        return (
            f"The device {self.name} is lost; redialling. Start it again with `tether device`, "
            "or go back to the device local with `ios-disconnect`."
        )

    async def dial(self) -> socket.socket:
        """A socket connected to it. Raises: OSError."""
        try:
            stream = await trio.open_tcp_stream(self.host, self.port)
        except UnicodeError as error:  # no host is called so
            raise OSError(str(error)) from None
        except OSError as error:
            raise _why(error) from None
        return socket.socket(fileno=stream.socket.detach())


@dataclass(frozen=True, slots=True)
class Device:
    """A device that sessions may point at."""

    link: DeviceLink
    address: Address | None
    """None for `local`."""
    files: DeviceFiles
    keywords: SeenKeywords = field(default_factory=SeenKeywords, compare=False)
    """Those in the code that it was given."""


class Devices:
    """Lends devices to sessions. A device that nobody holds any more is hung up on, except `local`."""

    def __init__(self, nursery: trio.Nursery, local: Dialer, folders: Folders, token: str | None = None) -> None:
        self.hearers: Final[list[OnNews]] = []
        """Hear what devices tell that belongs to no request."""
        self._nursery = nursery
        self._folders = folders
        self._token = token
        self._descriptions = Descriptions()
        self.sources: Final = SourceServer(nursery, folders.project)
        """What devices import from."""
        self.images: Final = Images(folders.cache / "images")
        """What they have shown."""
        self.local: Final = self._device(local, None)
        self._holders: Counter[Device] = Counter()
        self._running: dict[Device, trio.CancelScope] = {}
        nursery.start_soon(self.local.link.run)

    async def connect(self, address: Address) -> Device:
        """The device there, held once by the caller. Raises: OSError, when it does not answer now."""
        for device in self._running:
            if device.address == address and device.link.is_up:
                return self.hold(device)
        device = self._device(address, address)
        await device.link.open()
        self._start(device)
        return self.hold(device)

    def expect(self, address: Address) -> Device:
        """The device there, held once by the caller, dialled until it answers."""
        device = self._device(address, address)
        self._start(device)
        return self.hold(device)

    def hold(self, device: Device) -> Device:
        """Count one more holder, and return the device."""
        self._holders[device] += 1
        return device

    def links(self) -> list[DeviceLink]:
        """Of all devices there are, connected or not."""
        return [self.local.link, *(device.link for device in self._running)]

    def find(self, name: str) -> DeviceLink:
        """Of the device with that name; of two, the one that is up. Raises: KeyError."""
        found = [link for link in self.links() if link.name == name]
        if not found:
            raise KeyError(name)
        return next((link for link in found if link.is_up), found[0])

    async def tell(self, address: Address | None, frame: wire.Message) -> None:
        """Say something to the device there that needs no answer, if it can be reached; None is `local`."""
        if address is None:
            self.local.link.start(frame, _ignore)
            return
        try:
            device = await self.connect(address)
        except OSError as error:
            log.info("device %s is not told %s: %s", address.name, frame.get("op"), error)
        else:
            device.link.start(frame, _ignore)
            self.release(device)

    def release(self, device: Device) -> None:
        """Count one holder less."""
        self._holders[device] -= 1
        if not self._holders[device] and device is not self.local:
            self._running.pop(device).cancel()

    def _device(self, dialer: Dialer, address: Address | None) -> Device:
        link = DeviceLink(dialer, self._token, self._descriptions, self.sources)
        link.on_news = self._tell
        return Device(link, address, DeviceFiles(link, self._folders, is_shared=address is None))

    def _tell(self, link: DeviceLink, news: wire.Message) -> None:
        for hear in self.hearers:
            hear(link, news)

    def _start(self, device: Device) -> None:
        self._running[device] = scope = trio.CancelScope()
        self._nursery.start_soon(_run, device.link, scope)


def _why(failure: OSError) -> OSError:
    """The first of the failed attempts that trio sums up: it says whether it was refused, or nobody was there."""
    attempts = failure.__cause__
    first = attempts.exceptions[0] if isinstance(attempts, ExceptionGroup) else failure
    number = (first.errno if isinstance(first, OSError) else None) or 0
    return OSError(number, os.strerror(number)) if number > 0 else failure  # a name that is not found has none of these


def _ignore(_frame: wire.Message) -> None:
    """Nobody looks at the frames of this request."""


async def _run(link: DeviceLink, scope: trio.CancelScope) -> None:
    with scope:
        await link.run()
