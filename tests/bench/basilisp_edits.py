"""How long an edit of one form of a Basilisp file takes, beside `(require ... :reload)` of it, and what 500 cost."""

from __future__ import annotations

import gc
import importlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.device_server.reload.basilisp_world import World, worlds

FORMS = 41
ROUNDS = 30
RELOADS = 500
FORM = """
(defn total-{number}
  "Sum of the prices of the items, with tax."
  [items rate]
  (let [net (reduce + 0 (map :price items))
        tax (* net rate)]
    (when (> net {limit})
      (println "big order" net))
    {{:net net :tax tax :gross (+ net tax) :discount {discount}}}))
"""


def run() -> None:
    """Print the medians, their ratio, and the growth."""
    with worlds() as world, tempfile.TemporaryDirectory() as folder:
        world.load("shop", text(0))
        literals = [taken(partial(world.edit, "shop", text(count))) for count in range(1, ROUNDS)]
        bodies = [taken(partial(world.edit, "shop", text(0, f"(inc {count})"))) for count in range(1, ROUNDS)]
        reload_ms = statistics.median(required(folder)) * 1e3
        print(f"(require ... :reload) of {FORMS} forms          {reload_ms:7.1f} ms")
        for name, times in (("a literal", literals), ("a body", bodies)):
            edit_ms, slowest_ms = statistics.median(times) * 1e3, statistics.quantiles(times, n=20)[-1] * 1e3
            print(f"edit of {name:9} in one of them     {edit_ms:7.1f} ms, 95th {slowest_ms:.1f}", end="")
            print(f"   {reload_ms / edit_ms:.0f} times faster")
        for which in ("first", "next"):
            print(f"memory after the {which:5} {RELOADS} edits      {grown(world):7d} KiB more")


def text(limit: int, discount: str = "0") -> str:
    """A file in which one form of all has these in it."""
    forms = [FORM.format(number=number, limit=7, discount=0) for number in range(FORMS - 2)]
    forms.insert(FORMS // 2, FORM.format(number="edited", limit=limit, discount=discount))
    return "(ns shop)\n" + "".join(forms)


def taken(call: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def required(folder: str) -> list[float]:
    """Seconds that Basilisp's own reload takes, when the file has changed."""
    file, times = Path(folder, "shopped.lpy"), []
    sys.path.insert(0, folder)
    for count in range(7):
        file.write_text(text(count).replace("(ns shop)", "(ns shopped)"))
        os.utime(file, (count, count))  # it goes by the time of the file
        if count:
            times.append(taken(lambda: importlib.reload(sys.modules["shopped"])))
        else:
            importlib.import_module("shopped")
    sys.path.remove(folder)
    return times


def grown(world: World) -> int:
    """KiB by which this process is bigger after many edits of one form."""
    gc.collect()
    before = resident_kib()
    for count in range(RELOADS):
        world.edit("shop", text(0, f"(dec {count})"))
    gc.collect()
    return resident_kib() - before


def resident_kib() -> int:
    """What this process has in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
