"""Which devices the bridge knows: `local`, and those that some session points at. Not what is said to them."""

from __future__ import annotations

import socket
from collections import Counter
from dataclasses import dataclass
from typing import Final

import trio

from bridge.device_files import DeviceFiles, Folders
from bridge.device_link import DeviceLink, Dialer
from bridge.symbol_sync import Descriptions

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


class Devices:
    """Lends devices to sessions. A device that nobody holds any more is hung up on, except `local`."""

    def __init__(self, nursery: trio.Nursery, local: Dialer, folders: Folders, token: str | None = None) -> None:
        self._nursery = nursery
        self._folders = folders
        self._token = token
        self._descriptions = Descriptions()
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

    def release(self, device: Device) -> None:
        """Count one holder less."""
        self._holders[device] -= 1
        if not self._holders[device] and device is not self.local:
            self._running.pop(device).cancel()

    def _device(self, dialer: Dialer, address: Address | None) -> Device:
        link = DeviceLink(dialer, self._token, self._descriptions)
        return Device(link, address, DeviceFiles(link, self._folders, is_shared=address is None))

    def _start(self, device: Device) -> None:
        self._running[device] = scope = trio.CancelScope()
        self._nursery.start_soon(_run, device.link, scope)


def _why(failure: OSError) -> OSError:
    """The first of the failed attempts that trio sums up: it says whether it was refused, or nobody was there."""
    attempts = failure.__cause__
    first = attempts.exceptions[0] if isinstance(attempts, ExceptionGroup) else None
    return first if isinstance(first, OSError) else failure


async def _run(link: DeviceLink, scope: trio.CancelScope) -> None:
    with scope:
        await link.run()
