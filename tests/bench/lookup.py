"""How long an editor waits to be told what a name stands for, whatever the device does, beside the op `ls-sessions`."""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack

from middleware.request import Message
from tests.bench.latency import request
from tests.bench.processes import bridge, connect
from tests.bench.recovery import C_LOOP, Client
from tests.device_server.device import running

ROUNDS = 500
SYMBOLS = 20_000
DEFINE = f'(doseq [n (range {SYMBOLS})] (intern *ns* (symbol (str "name-" n)) n)) (defn ask "Doc." [x & more] x)'
FLOOR: Message = {"op": "ls-sessions"}
QUESTIONS: tuple[Message, ...] = (
    {"op": "info", "sym": "ask"},
    {"op": "info", "sym": "map"},
    {"op": "lookup", "sym": "ask"},
    {"op": "eldoc", "sym": "ask"},
    {"op": "eldoc", "sym": ".join"},
    {"op": "info", "sym": "nothing"},
)


def run() -> None:
    """Print median and 99th percentile of each question while the device is idle, hangs and is gone."""
    with ExitStack() as stack:
        device = stack.enter_context(running())
        port, _ = stack.enter_context(bridge("--device", f"127.0.0.1:{device.port}"))
        client = Client(port)
        client.ask({"op": "eval", "code": DEFINE, "session": client.session})
        while "file" not in client.ask({"op": "info", "sym": "map", "session": client.session}):
            time.sleep(0.05)
        print(f"{SYMBOLS} symbols                       median   99th percentile   median of ls-sessions'")
        _report("idle", port)
        client.send({"op": "eval", "code": C_LOOP, "lang": "python", "session": client.session})
        time.sleep(0.5)
        _report("in a loop of C", port)
        device.process.kill()
        time.sleep(0.5)
        _report("gone", port)


def _report(state: str, port: int) -> None:
    floor = statistics.median(_times(port, FLOOR))
    for question in QUESTIONS:
        times = sorted(_times(port, question))
        median, slow = statistics.median(times), times[int(0.99 * len(times))]
        name = f"{question['op']!s} {question['sym']!s}"
        print(f"device {state:15} {name:12} {median * 1e3:7.2f} ms  {slow * 1e3:7.2f} ms   {median / floor:6.1f} times")


def _times(port: int, question: Message) -> list[float]:
    """Seconds until the answer, in a session that names no device and so has the one the bridge was started with."""
    with connect(port) as client:
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            request(client, {**question, "ns": "user", "id": "1"})
            times.append(time.perf_counter() - started)
        return times
