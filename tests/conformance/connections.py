"""Connections that do not wait for ever. What is said over them is clients.py's."""

from __future__ import annotations

import socket
from typing import Final

PATIENCE_S: Final = 20.0
READ_BYTES: Final = 65536


def connect(port: int) -> socket.socket:
    """A connection that gives up when nothing comes for long."""
    connection = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
