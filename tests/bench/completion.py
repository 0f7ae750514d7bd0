"""How long a completion takes from the client's write to its answer, with 20,000 names known and the device no help.

Beside it, as floors: `ls-sessions`, which has its answer at hand, and an echo of the question by the plainest process.
"""

from __future__ import annotations

import itertools
import signal
import socket
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from bridge.framing import encode
from middleware.request import Message
from tests.bench.processes import BARE_CHAIN, bridge, connect, echo_chain
from tests.bench.recovery import C_LOOP, Client
from tests.device_server.device import running

NAMES = 20_000
ROUNDS = 140
"""For each prefix."""
TARGETS_MS = (2.0, 10.0)
"""The median, and 99 of 100."""
DEFINE = f"""
import basilisp.lang.runtime as runtime, basilisp.lang.symbol as symbol
ns = runtime.Namespace.get_or_create(symbol.symbol("big"))
for number in range({NAMES}):
    runtime.Var.intern(ns, symbol.symbol(f"{{'abcdefghij'[number % 10]}}{{number // 100}}-name-{{number}}"), number)
"""
CONTEXT = (
    "(defn f [x & {:keys [a b]}]\n  (let [all (reduce + 0 x)]\n    (for [each x :when a]\n      (__prefix__ each))))"
)
PREFIXES = ("a", "b1", "c12-", "d-na", "e99-name-9", "map", "red", "m-w", "str/jo", "python/ab", ":k", "al", "nothing")
"""What is typed: few letters and many, of the 20,000 names and of others."""


def run() -> None:
    """Print the medians, the 99th of 100, and the ratios."""
    print(f"completion, {NAMES} names known       median      99 %   times ls-sessions   times an echo")
    with ExitStack() as stack:
        device = stack.enter_context(running())
        port, _ = stack.enter_context(bridge("--device", f"127.0.0.1:{device.port}"))
        echo = connect(stack.enter_context(echo_chain(BARE_CHAIN[:1])))
        client, busy = Client(port), Client(port)
        client.ask({"op": "eval", "code": DEFINE, "lang": "python", "session": client.session})
        client.ask({"op": "eval", "code": "(require '[basilisp.string :as str])", "session": client.session})
        _wait_until_known(client)
        _measure("device idle", client, echo)
        busy.send({"op": "eval", "code": C_LOOP, "lang": "python", "session": busy.session})
        time.sleep(0.5)
        _measure("device in an endless C loop", client, echo)
        device.process.send_signal(signal.SIGKILL)
        time.sleep(0.5)
        _measure("device gone", client, echo)


def _wait_until_known(client: Client) -> None:
    """The descriptions of libraries come after the connection."""
    for prefix, ns in (("e99-name-9", "big"), ("str/jo", "user"), ("python/ab", "user")):
        while not client.ask({**_question(prefix, client), "ns": ns}).get("completions"):
            time.sleep(0.05)


def _question(prefix: str, client: Client) -> Message:
    ns = "big" if prefix[0] in "abcde" else "user"
    return {"op": "complete", "prefix": prefix, "ns": ns, "context": CONTEXT, "session": client.session}


def _measure(name: str, client: Client, echo: socket.socket) -> None:
    questions = [_question(prefix, client) for prefix in PREFIXES]
    floor: Message = {"op": "ls-sessions", "session": client.session}
    asked, floors, echoes = list[float](), list[float](), list[float]()
    for _, question in itertools.product(range(ROUNDS), questions):
        asked.append(_taken_ms(partial(client.ask, question)))
        floors.append(_taken_ms(partial(client.ask, floor)))
        echoes.append(_taken_ms(partial(_echo, echo, encode(question))))
    median, late = statistics.median(asked), _late(asked)
    times = [median / statistics.median(each) for each in (floors, echoes)]
    is_met = median <= TARGETS_MS[0] and late - _late(floors) <= TARGETS_MS[1]  # the machine's own pauses are not ours
    verdict = "" if is_met else f"   MISSED {TARGETS_MS}"
    weather = f"(ls-sessions {statistics.median(floors):.2f} ms {_late(floors):.2f} ms)"
    print(f"{name:34} {median:6.2f} ms {late:6.2f} ms {times[0]:12.1f} {times[1]:15.1f}  {weather}{verdict}")


def _late(taken_ms: list[float]) -> float:
    """The slowest but for one in a hundred."""
    return statistics.quantiles(taken_ms, n=100)[98]


def _taken_ms(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def _echo(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    left = len(data)
    while left:
        left -= len(connection.recv(left))
