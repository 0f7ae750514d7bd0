"""What pictures cost: an eval whose value can be seen beside one whose value cannot, and looking whether it can."""

from __future__ import annotations

import statistics
import time
import timeit

from device_server.displaying import Displays
from tests.bench.latency import request
from tests.bench.processes import bridge, connect

ROUNDS = 200
SETUP = "from PIL import Image; import itertools; count = itertools.count(); red = Image.new('RGB', (390, 844), 'red')"
NEW = "i = red.copy(); i.putpixel((0, 0), (next(count) % 256, next(count) // 256, 0)); i"
CASES = (
    ("3", "a value without a picture"),
    ("i = red.copy(); i.putpixel((0, 0), (1, 2, 3)); 3", "the image made, not shown"),
    (NEW, "a new picture of 390x844, fetched, as rich content"),
    ("red", "one that the host has"),
)


def run() -> None:
    """Print what looking costs, and the medians of the evals, taken in turns, with their ratio to the first."""
    displays = Displays(None)
    for value in (3, "text", [1, 2], {"a": 1}):
        us = min(timeit.repeat(lambda value=value: displays.show(value), number=10_000, repeat=5)) * 100  # type: ignore[misc]
        print(f"looking whether a value of type {type(value).__name__:5} can be seen: {us:5.2f} us")
    with bridge("--lang", "python") as (port, _), connect(port) as client:
        request(client, {"op": "eval", "code": SETUP, "id": "0"})
        taken: dict[str, list[float]] = {name: [] for _, name in CASES}
        for _ in range(ROUNDS):
            for code, name in CASES:
                started = time.perf_counter()
                request(client, {"op": "eval", "code": code, "id": "1", "content-type": "true"})
                taken[name].append(time.perf_counter() - started)
    floor = statistics.median(taken[CASES[0][1]])
    for name, times in taken.items():
        median, slow = statistics.median(times), sorted(times)[int(0.95 * len(times))]
        print(f"{name:51} {median * 1e3:7.2f} ms, 95th {slow * 1e3:7.2f} ms, {median / floor:5.1f} times the first")
