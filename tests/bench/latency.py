"""How long an eval takes from the client's write to its `done`, beside an echo of as many bytes through as many processes."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable

from bridge.framing import Framer, encode
from middleware.request import Message
from tests.bench.processes import bridge, connect, echo_chain

ROUNDS = 2000
PROCESSES = 3
"""Bridge, supervisor, worker."""


def run() -> None:
    """Print the medians and the ratio."""
    with bridge() as (port, _), echo_chain(PROCESSES) as echo_port:
        evals, echoes = connect(port), connect(echo_port)
        session = request(evals, {"op": "clone", "id": "0"})["new-session"]
        message: Message = {"op": "eval", "code": "1+2", "lang": "python", "session": session, "id": "1"}
        clojure: Message = {**message, "code": "(+ 1 2)", "lang": "basilisp"}
        size = len(encode(message))
        for warm in (message, clojure):
            request(evals, warm)
        times = interleaved(
            lambda: request(evals, message), lambda: request(evals, clojure), lambda: echo(echoes, b"x" * size)
        )
        python_us, clojure_us, echo_us = (statistics.median(each) * 1e6 for each in times)
        worst_us = max(times[0]) * 1e6
        print(f"echo through {PROCESSES} processes   {echo_us:8.0f} us")
        print(f"eval 1+2 (python)           {python_us:8.0f} us   {python_us / echo_us:.2f} x echo, worst {worst_us:.0f}")
        print(f"eval (+ 1 2) (basilisp)     {clojure_us:8.0f} us   {clojure_us / echo_us:.2f} x echo")


def interleaved(*calls: Callable[[], object]) -> list[list[float]]:
    """Seconds each call took, ROUNDS times, in turn, so that all meet the same weather."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(ROUNDS):
        for call, taken in zip(calls, times, strict=True):
            started = time.perf_counter()
            call()
            taken.append(time.perf_counter() - started)
    return times


def request(connection: socket.socket, message: Message) -> Message:
    """Send a request; its replies up to `done`, merged."""
    connection.sendall(encode(message))
    framer, merged = Framer(), dict[str, object]()
    while "done" not in merged.get("status", []):  # type: ignore[operator]
        for reply in framer.feed(connection.recv(65536)):
            merged.update(reply)
    return merged  # type: ignore[return-value]


def echo(connection: socket.socket, data: bytes) -> None:
    """Send bytes and wait for them."""
    connection.sendall(data)
    rest = len(data)
    while rest:
        rest -= len(connection.recv(65536))
