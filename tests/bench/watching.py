"""Saves in each of the editors' five styles: how soon they are known, whether any is lost or read torn."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import trio

from bridge.settling import Settled
from bridge.watching import Watcher
from tests.bridge.saves import SAVES, Save

SAVED = 500
FILES = 500
PATIENCE_S = 2.0
LINES = "".join(f"def function_{number}(value):\n    return value + {number}\n\n\n" for number in range(300))


class Heard:
    """What a watcher tells, and when."""

    def __init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel[tuple[float, list[Settled]]](10_000)

    def hear(self, settled: list[Settled]) -> None:
        self._send.send_nowait((time.perf_counter(), settled))

    async def next(self) -> tuple[float, list[Settled]]:
        return await self._receive.receive()


def run() -> None:
    """Print how long detection takes in each style, and for a burst."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "project", "app", "shop.py")
        path.parent.mkdir(parents=True)
        path.write_text(LINES)
        trio.run(_run, path)


async def _run(path: Path) -> None:
    heard, is_watching = Heard(), trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Watcher(path.parents[1], heard.hear, is_watching).run)
        await is_watching.wait()
        for save in SAVES:
            await _measure(save, path, heard)
        await _burst(path.parent, heard)
        nursery.cancel_scope.cancel()


async def _measure(save: Save, path: Path, heard: Heard) -> None:
    """Save again and again; each must be told, whole, before the next."""
    times: list[float] = []
    lost = torn = 0
    for number in range(SAVED):
        text = f"# {save.__name__} {number}\n{LINES}# the end\n"
        saved = await trio.to_thread.run_sync(_timed, save, path, text)
        with trio.move_on_after(PATIENCE_S) as limit:
            while True:
                told, batch = await heard.next()
                if [each.data for each in batch] == [text.encode()]:
                    break
                torn += 1
        if limit.cancelled_caught:
            lost += 1
        else:
            times.append((told - saved) * 1000)
    p95 = statistics.quantiles(times, n=20)[-1]
    print(
        f"{save.__name__:22} {SAVED} saves: {lost} lost, {torn} torn; known after {statistics.median(times):4.1f} ms, "
        f"95th percentile {p95:4.1f} ms, the longest {max(times):5.1f} ms"
    )


def _timed(save: Save, path: Path, text: str) -> float:
    save(path, text)
    return time.perf_counter()


async def _burst(folder: Path, heard: Heard) -> None:
    """As a change of branch: many files at once, some in folders that are new."""
    files = [folder / f"part{number % 10}" / f"m{number}.py" for number in range(FILES)]
    left = {str(path) for path in files}
    saved = await trio.to_thread.run_sync(_write_all, files)
    batches = 0
    with trio.move_on_after(PATIENCE_S):
        while left:
            told, batch = await heard.next()
            batches += 1
            left -= {each.path for each in batch if each.data == LINES.encode()}
    later_ms = (told - saved) * 1000
    print(f"{FILES} files at once: {len(left)} lost, told in {batches} pieces, the last {later_ms:.0f} ms later")


def _write_all(files: list[Path]) -> float:
    for path in files:
        path.parent.mkdir(exist_ok=True)
        path.write_text(LINES)
    return time.perf_counter()
