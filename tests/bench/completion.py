"""How long a completion takes from the client's write to its answer, with 20,000 names known and the device no help.

Beside it, as floors: `describe`, which knows its answer, and an echo by as plain a process as can be.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack

from middleware.request import Message
from tests.bench.processes import BARE_CHAIN, bridge, connect, echo_chain
from tests.bench.recovery import C_LOOP, Client
from tests.device_server.device import running

NAMES = 20_000
ROUNDS = 400
TARGET_MS = (2.0, 10.0)
"""The median, and 99 of 100."""
DEFINE = f"""
import basilisp.lang.runtime as runtime, basilisp.lang.symbol as symbol
ns = runtime.Namespace.get_or_create(symbol.symbol("big"))
for number in range({NAMES}):
    runtime.Var.intern(ns, symbol.symbol(f"{{'abcdefghij'[number % 10]}}{{number // 100}}-name-{{number}}"), number)
"""
CONTEXT = "(defn f [x & {:keys [a b]}]\n  (let [total (reduce + 0 x)]\n    (for [each x :when (> each a)]\n      (__prefix__ each))))"
PREFIXES = ("a", "b1", "c12", "d-na", "e99-name-9", "map", "red", "m-w", "str/jo", "python/ab", ":k", "tot", "nothing", "")
"""What is typed: few letters and many, of the 20,000 names and of others."""


def run() -> None:
    """Print the medians, the 99th of 100, and the ratios."""
    print("completion                          median      p99       of describe   of an echo")
    with ExitStack() as stack:
        device = stack.enter_context(running())
        port, _ = stack.enter_context(bridge("--device", f"127.0.0.1:{device.port}"))
        client = Client(port)
        client.ask({"op": "eval", "code": DEFINE, "lang": "python", "session": client.session})
        client.ask({"op": "eval", "code": "(require '[basilisp.string :as str])", "session": client.session})
        echo_port = stack.enter_context(echo_chain(BARE_CHAIN[:1]))
        _wait_for(lambda: len(_found(client, "e99-name-9")) > 0)
        _measure("device idle", client, echo_port)
        busy = Client(port)
        busy.send({"op": "eval", "code": C_LOOP, "lang": "python", "session": busy.session})
        time.sleep(0.5)
        _measure("device in an endless C loop", client, echo_port)
        device.process.kill()
        time.sleep(0.5)
        _measure("device gone", client, echo_port)
