"""How long an eval takes from the client's write to its `done`, beside echoes through as many processes."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Callable

from bridge.framing import Framer, encode
from middleware.request import Message
from tests.bench.processes import BARE_CHAIN, SAME_LOOPS_CHAIN, bridge, connect, echo_chain

ROUNDS = 2000


def run() -> None:
    """Print the medians and the ratios."""
    with bridge() as (port, _), echo_chain(BARE_CHAIN) as bare_port, echo_chain(SAME_LOOPS_CHAIN) as loops_port:
        evals, bare, loops = connect(port), connect(bare_port), connect(loops_port)
        session = request(evals, {"op": "clone", "id": "0"})["new-session"]
        python: Message = {"op": "eval", "code": "1+2", "lang": "python", "session": session, "id": "1"}
        clojure: Message = {**python, "code": "(+ 1 2)", "lang": "basilisp"}
        echoed: Message = {**python, "status": ["done"]}  # the client does the same with an echo as with an answer
        times = interleaved(
            lambda: request(evals, python),
            lambda: request(evals, clojure),
            lambda: request(loops, echoed),
            lambda: request(bare, echoed),
        )
    python_us, clojure_us, loops_us, bare_us = (statistics.median(each) * 1e6 for each in times)
    print(f"echo through three processes, plain sockets      {bare_us:6.0f} us")
    print(f"echo through three processes, our event loops    {loops_us:6.0f} us")
    for name, taken in (("1+2 (python)", python_us), ("(+ 1 2) (basilisp)", clojure_us)):
        print(f"eval {name:20}  {taken:6.0f} us   {taken / loops_us:.2f} and {taken / bare_us:.2f} times the echoes")
    print(f"the slowest of {ROUNDS} evals in python: {max(times[0]) * 1e3:.1f} ms")


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
