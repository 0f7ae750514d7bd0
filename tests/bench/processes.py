"""The processes that benchmarks measure: a bridge with its device, and a chain of echoes as their floor."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

_RELAY = """
import socket, sys
def copy(a, b):
    while data := a.recv(65536): b.sendall(data)
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
if len(sys.argv) == 1:
    copy(client, client)
else:
    next_ = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    next_.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while data := client.recv(65536):
        next_.sendall(data)
        reply = next_.recv(65536)
        client.sendall(reply)
"""


@contextmanager
def bridge(*flags: str) -> Iterator[tuple[int, float]]:
    """A running `tether serve`: its port, and when it was started by the monotonic clock."""
    started = time.monotonic()
    command = [str(BIN / "tether"), "serve", "--port-file", "/dev/null", *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT / "examples" / "todo") as process:
        assert process.stdout is not None
        found = re.search(r"port (\d+)", process.stdout.readline())
        assert found is not None
        try:
            yield int(found[1]), started
        finally:
            process.terminate()


@contextmanager
def echo_chain(length: int) -> Iterator[int]:
    """The port of the first of `length` processes in a row, each the simplest loop that passes bytes on and back."""
    with ExitStack() as stack:
        port: int | None = None
        for _ in range(length):
            command = [sys.executable, "-c", _RELAY, *([str(port)] if port else [])]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout is not None
            port = int(process.stdout.readline())
        assert port is not None
        yield port


def connect(port: int) -> socket.socket:
    """A connection without delays of its own."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
