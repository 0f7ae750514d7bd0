"""Connections that do not wait for ever. What is said over them is clients.py's."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Final, Self

PATIENCE_S: Final = 20.0
READ_BYTES: Final = 65536


def connect(port: int) -> socket.socket:
    """A connection that gives up when nothing comes for long."""
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class Relay:
    """A port that leads to another, until it is cut. A context manager: it closes all that it has opened."""

    def __init__(self, port: int) -> None:
        """Lead to that port on this machine."""
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self.port: Final = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End the connections there are; new ones may be made."""
        while self._pairs:
            for each in self._pairs.pop():
                with suppress(OSError):  # it has ended by itself
                    each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                near, _ = self._listener.accept()
                far = connect(self._to)
                far.settimeout(None)
                self._pairs.append((near, far))
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # it was cut
        while data := source.recv(READ_BYTES):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)
    source.close()
