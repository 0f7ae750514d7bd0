"""A socket as nrepl-python-client's WatchableConnection wants it: an iterator of messages with `write` and `close`.

The client's own stream counts characters where bencode counts bytes, and ends in silence; this one says why it ends.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from io import BufferedIOBase

from repl.bencode import BencodeError, Message, encode, read


class Stream:
    """One connection. It is read in one thread and may be written to from any."""

    def __init__(self, connection: socket.socket, on_end: Callable[[str], None]) -> None:
        """`on_end` is called in the thread that reads, once, with why there is nothing more to read."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._reader: BufferedIOBase = connection.makefile("rb")
        self._lock = threading.Lock()
        self._on_end = on_end

    def __iter__(self) -> Iterator[Message]:
        why = "the connection was closed"
        try:
            while message := read(self._reader):
                yield message
        except (OSError, BencodeError) as error:
            why = str(error)
        finally:
            self._reader.close()
            self._on_end(why)

    def write(self, message: Message) -> None:
        """Send a message. Raises: OSError."""
        data = encode(message)
        with self._lock:
            self._socket.sendall(data)

    def close(self) -> None:
        """End the connection; whoever reads comes to its end."""
        with suppress(OSError):  # the other side was faster
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
