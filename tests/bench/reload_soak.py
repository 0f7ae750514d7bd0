"""Many edits of one worker: what stays of each in its memory, and what the copy costs that is there for a crash."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from tests.device_server.device import Host, running

EDITS = 500
WARM_UP = 50
PAUSE_S = 0.05
"""Between two saves of a person there is at least so much: the worker's state has been kept by then."""
PYTHON = (
    "RATE = {0}\n\ndef price(n):\n    return n * {0}\n\nclass Item:\n    def cost(self):\n        return price({0})\n"
)
BASILISP = "(ns soak)\n(def rate {0})\n(defn price [n] (* n {0}))\n(def derived (+ rate 1))\n"
OBJECTS = "import gc; gc.collect(); len(gc.get_objects())"
MEMORY = "[int(line.split()[1]) for line in open('/proc/self/status') if line.startswith('VmRSS')][0]"


def run() -> None:
    """Print a row for each language."""
    print(f"{EDITS} edits of one worker, without pauses; afterwards {WARM_UP} with a pause before each")
    print(f"{'':10} {'ms, median':>12} {'95th':>8} {'with pauses':>12} {'objects more':>14} {'KiB more':>10}")
    with running("--checkpoints", "0") as device, device.connect("out") as host:
        soak(host, "python", "/src/soak_python.py", "soak_python", PYTHON.format)
        soak(host, "basilisp", "/src/soak.lpy", "soak", BASILISP.format)


def soak(host: Host, lang: str, path: str, name: str, text: Callable[[int], str]) -> None:
    """One file, edited again and again."""
    host.ask("load", source=text(0), file=path, name=name, lang=lang)
    for number in range(WARM_UP):
        edit(host, path, text(number + 1))
    before = measured(host)
    took = [edit(host, path, text(number)) for number in range(EDITS)]
    after = measured(host)
    paced = [edit(host, path, text(EDITS + number), PAUSE_S) for number in range(WARM_UP)]
    p95 = statistics.quantiles(took, n=20)[-1]
    objects, kib = (now - then for now, then in zip(after, before, strict=True))
    print(
        f"{lang:10} {statistics.median(took):12.2f} {p95:8.2f} {statistics.median(paced):12.2f} {objects:14} {kib:10}",
        flush=True,
    )


def edit(host: Host, path: str, text: str, pause_s: float = 0.0) -> float:
    """Milliseconds from the request to its answer."""
    time.sleep(pause_s)
    started = time.perf_counter()
    answer = host.ask("reload", files=[{"path": path, "source": text}])
    took = (time.perf_counter() - started) * 1000
    assert answer["op"] == "result", answer
    assert answer["tier"] != "none", answer
    return took


def measured(host: Host) -> tuple[int, int]:
    """Objects of the worker, and KiB of resident memory."""
    host.eval(OBJECTS)
    objects = host.eval(OBJECTS)["value"]
    return int(objects), int(host.eval(MEMORY)["value"])
