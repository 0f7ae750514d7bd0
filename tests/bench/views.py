"""What a picture costs: evaluating, laying out, painting and compressing a list of twelve rows, 400x600 points."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from itertools import count

from PIL import Image

from device_server import views as v
from device_server.views.imaging import png
from device_server.views.scene import render
from device_server.views.state import Store
from device_server.views.traits import Traits
from device_server.views.tree import evaluate

ROUNDS = 200
TRAITS = Traits().with_traits(size=(400, 600))
NEW_TEXTS = count()


def plain() -> object:
    """Rows of one text."""
    return v.List(v.ForEach(range(12), lambda number: v.Text(f"Row number {number}")))


def rich() -> object:
    """Rows of a disc, two lines and a number: 36 texts."""

    def row(number: int) -> object:
        lines = v.VStack(
            v.Text(f"Buy milk, number {number}").font("headline"),
            v.Text("Today, at the shop").font("footnote").foreground("secondary"),
            alignment="leading",
            spacing=2,
        )
        disc = v.Circle().foreground("green" if number % 2 else "orange").frame(10, 10)
        return v.HStack(disc, lines, v.Spacer(), v.Text(f"{number * 3} left").foreground("secondary"))

    return v.List(v.ForEach(range(12), row))


def fresh() -> object:
    """Rows of one text that was never drawn before."""
    return v.List(*(v.Text(f"Row number {next(NEW_TEXTS)}") for _ in range(12)))


def run() -> None:
    """Print medians and 95th percentiles, in this process, beside an empty picture of the size."""
    print(f"an empty picture: {told(lambda: png(Image.new('RGB', (400, 600), 'white')))} as PNG")
    for view in (plain, rich, fresh):
        measure(view)


def measure(view: Callable[[], object]) -> None:
    """One kind of list."""
    store = Store()
    image = render(view, store, TRAITS).image()
    print(f"{view.__name__:6} evaluated {told(lambda: evaluate(view, store, TRAITS))}", end=", ")
    print(f"rendered {told(lambda: render(view, store, TRAITS).image())}, as PNG {told(lambda: png(image))}", end=", ")
    print(f"{len(png(image).data)} bytes")


def told(call: Callable[[], object]) -> str:
    """Milliseconds."""
    call()
    taken = sorted(timed(call) for _ in range(ROUNDS))
    return f"{statistics.median(taken):.2f} ms (95th {taken[ROUNDS * 95 // 100]:.2f})"


def timed(call: Callable[[], object]) -> float:
    """Milliseconds of this process, so that others on the machine do not count."""
    started = time.process_time()
    call()
    return (time.process_time() - started) * 1e3
