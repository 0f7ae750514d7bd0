"""How long it takes to find the views of a thousand modules, beside reading their bytes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import trio

from bridge.view_files import ViewFiles

MODULES = 1000
MODULE = '''"""Module {number}."""

from __future__ import annotations

from dataclasses import dataclass

from device_server import views as v


@dataclass
class Thing{number}:
    name: str
    count: int = 0

    def total(self) -> int:
        return self.count * {number}


def rows(things: list[Thing{number}], title: str = "Things") -> v.View:
    return v.VStack(v.Text(title), v.ForEach(things, lambda thing: v.Text(thing.name)))


def counted(first: int, last: int = 1) -> int:
    for each in range(last):
        if each % 2:
            first += each
    return first


@v.preview("Empty {number}")
@v.preview("Dark {number}", "dark", size="320x480")
def empty() -> v.View:
    return rows([])
'''


def run() -> None:
    """Print milliseconds."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "app").mkdir()
        (root / ".gitignore").write_text("build/\n*.pyc\n")
        for number in range(MODULES):
            (root / f"app/module_{number}.py").write_text(MODULE.format(number=number))
        files = ViewFiles(root)
        read = timed(lambda: [path.read_bytes() for path in root.glob("app/*.py")])
        cold = timed(lambda: trio.run(files.find, None))
        warm = min(timed(lambda: trio.run(files.find, None)) for _ in range(10))
        (root / "app/module_7.py").write_text(MODULE.format(number=-7))
        edited = timed(lambda: trio.run(files.find, None))
    print(
        f"{MODULES} modules: read {read:.0f} ms; "
        f"views listed: cold {cold:.0f}, warm {warm:.1f}, one edited {edited:.1f}"
    )


def timed(call: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3
