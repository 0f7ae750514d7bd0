"""The processes that benchmarks measure: a bridge with its device, and a chain of echoes as their floor."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

_ECHO = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := client.recv(65536):
    client.sendall(data)
"""
_BLOCKING_RELAY = """
import socket, sys
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()
next_ = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for each in (client, next_):
    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
while data := client.recv(65536):
    next_.sendall(data)
    client.sendall(next_.recv(65536))
"""
_TRIO_RELAY = """
import sys, trio
async def copy(source, sink):
    async for data in source:
        await sink.send_all(data)
async def serve(client):
    next_ = await trio.open_tcp_stream("127.0.0.1", int(sys.argv[1]))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(copy, client, next_)
        nursery.start_soon(copy, next_, client)
async def main():
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    print(listeners[0].socket.getsockname()[1], flush=True)
    await trio.serve_listeners(serve, listeners)
trio.run(main)
"""
_ASYNCIO_RELAY = """
import asyncio, sys
class Copy(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
    def data_received(self, data):
        self.sink.transport.write(data)
async def main():
    loop = asyncio.get_running_loop()
    client, next_ = Copy(), Copy()
    client.sink, next_.sink = next_, client
    await loop.create_connection(lambda: next_, "127.0.0.1", int(sys.argv[1]))
    server = await loop.create_server(lambda: client, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""
BARE_CHAIN = (_ECHO, _BLOCKING_RELAY, _BLOCKING_RELAY)
"""The simplest loops that pass bytes on and back, from the last process to the first."""
SAME_LOOPS_CHAIN = (_ECHO, _ASYNCIO_RELAY, _TRIO_RELAY)
"""The same, with the event loops that worker, supervisor and bridge have."""


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
def echo_chain(programs: Sequence[str]) -> Iterator[int]:
    """The port of the first of a row of processes that echo together; `programs` begins with the last."""
    with ExitStack() as stack:
        port = ""
        for program in programs:
            command = [sys.executable, "-c", program, port]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            assert process.stdout is not None
            port = process.stdout.readline().strip()
        yield int(port)


def connect(port: int) -> socket.socket:
    """A connection without delays of its own."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
