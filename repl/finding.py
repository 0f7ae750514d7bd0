"""Where the bridge is: at an address that the user has named, in the port file, or started here."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from repl.own_bridge import OwnBridge

Address = tuple[str, int]
CONNECT_S: Final = 5.0


@dataclass(slots=True)
class Finder:
    """Finds a bridge, again after each loss. `close` ends one that it has started."""

    address: Address | None
    """Of the bridge that the user wants, or None for whichever there is."""
    find_port: Callable[[], int | None]
    """What the port file says; None when there is none."""
    command: Sequence[str]
    """What starts a bridge."""
    _own: OwnBridge | None = field(default=None)

    def prepare(self) -> None:
        """Start a bridge if one will be needed, without waiting for it. Raises: OSError."""
        if self.address is None and self.find_port() is None:
            self._own = OwnBridge(self.command)

    def connect(self) -> socket.socket:
        """A new connection. Raises: BridgeError, OSError."""
        if self.address is not None:
            return self._dial(self.address)
        port = self.find_port()
        if self._own is None and port is not None:
            try:
                return self._dial(("127.0.0.1", port))
            except OSError:
                pass  # the file was left by one that has gone
        return self._dial(("127.0.0.1", self._started().port()))

    def close(self) -> None:
        """End the bridge that was started here, if one was."""
        if self._own is not None:
            self._own.close()
            self._own = None

    def _started(self) -> OwnBridge:
        if self._own is not None and not self._own.is_running:
            self.close()
        if self._own is None:
            self._own = OwnBridge(self.command)
        return self._own

    def _dial(self, address: Address) -> socket.socket:
        connection = socket.create_connection(address, CONNECT_S)
        connection.settimeout(None)
        return connection
