"""Evals through the bridge and its device, beside Basilisp's own nREPL server, which evaluates where it listens."""

from __future__ import annotations

import re
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bridge.framing import Framer, encode
from middleware.request import Message
from tests.bench.processes import BIN, ROOT, bridge, connect

ROUNDS = 500
BURST = 25
"""Evals in a row on one server, then as many on the other: both meet the same weather, neither waits for its peer."""
STALL_S = 0.03
"""What waits for a delayed acknowledgement takes 40 ms."""


def run() -> None:
    """Print the medians, the ratio and how many evals were stalled."""
    with bridge() as (port, _), basilisp_server() as basilisp_port:
        for name, quick in (("with quick acks", True), ("without", False)):
            ours, theirs = (timer(connect(each), quick) for each in (port, basilisp_port))
            mine, peers = list[float](), list[float]()
            for _ in range(ROUNDS // BURST):
                mine += [ours() for _ in range(BURST)]
                peers += [theirs() for _ in range(BURST)]
            ours_us, theirs_us = statistics.median(mine) * 1e6, statistics.median(peers) * 1e6
            stalls = [sum(each > STALL_S for each in taken) for taken in (mine, peers)]
            print(
                f"(+ 1 2), client {name:16} tether {ours_us:6.0f} us, basilisp nrepl-server {theirs_us:6.0f} us: "
                f"{theirs_us / ours_us:.1f} times faster; stalls {stalls[0]} and {stalls[1]} of {ROUNDS}"
            )


def timer(connection: socket.socket, quick: bool) -> Callable[[], float]:
    """Evaluates once, in a session of its own; returns the seconds until `done`."""
    session = converse(connection, quick, {"op": "clone", "id": "0"})["new-session"]
    message: Message = {"op": "eval", "code": "(+ 1 2)", "session": session, "id": "1", "ns": "user"}

    def measure() -> float:
        started = time.perf_counter()
        assert converse(connection, quick, message)["value"] == "3"
        return time.perf_counter() - started

    return measure


def converse(connection: socket.socket, quick: bool, message: Message) -> Message:
    """Send a request; its replies up to `done`, merged."""
    connection.sendall(encode(message))
    framer, merged = Framer(), dict[str, object]()
    while "done" not in merged.get("status", []):  # type: ignore[operator]
        if quick:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        for reply in framer.feed(connection.recv(65536)):
            merged.update(reply)
    return merged  # type: ignore[return-value]


@contextmanager
def basilisp_server() -> Iterator[int]:
    """The port of a running `basilisp nrepl-server`."""
    command = [str(BIN / "basilisp"), "nrepl-server", "--port", "0", "--port-filepath", "/dev/null"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT / "examples" / "todo") as process:
        assert process.stdout is not None
        found = None
        while found is None:
            found = re.search(r"port (\d+)", process.stdout.readline())
        try:
            yield int(found[1])
        finally:
            process.terminate()
