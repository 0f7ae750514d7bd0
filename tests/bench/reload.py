"""How fast an edit reaches the program, and how right: beside jurigged and IPython's autoreload on the same edits."""

from __future__ import annotations

import ast
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from middleware.request import Message
from tests.bench import reload_project, rivals
from tests.bench.processes import ROOT
from tests.bench.reload_project import HOT, KINDS
from tests.conformance import servers
from tests.conformance.clients import Nrepl
from tests.device_server.reload.edits import editor
from tests.device_server.reload.edits.table import edits

SIZES: Final = (10, 100, 1000)
ROUNDS: Final = 20
PAUSE_S: Final = 0.25
"""Between saves: nobody makes them faster, and the worker keeps its state meanwhile."""
RELOADS: Final = 500
HEAP: Final = "heap = [[number] for number in range(1_000_000)]"
MEMORY: Final = "[gc.collect(), len(gc.get_objects()), tracemalloc.get_traced_memory()[0]]"

Taken = Mapping[str, Sequence[float]]
"""By kind of edit, the milliseconds of each round."""


def run() -> None:
    """Print right and wrong, then times, then what a big heap and many edits cost."""
    present = [tool for tool in rivals.TOOLS if find_spec("IPython" if tool == "autoreload" else tool)]
    if len(present) < len(rivals.TOOLS):
        print("to compare: .venv/bin/python -m pip install -e '.[bench]'")
    _print_verdicts(present)
    ours = {size: _ours(size) for size in SIZES}
    theirs = {(tool, size): _theirs(tool, size) for size in SIZES for tool in present}
    for size in SIZES:
        _print_times(size, *ours[size], {tool: theirs[tool, size] for tool in present})
    _print_ratio("1000 modules against 10", ours[SIZES[-1]][0], ours[SIZES[0]][0])
    _print_ratio("a heap of a million objects against none", _ours(SIZES[0], HEAP)[0], ours[SIZES[0]][0])
    _print_others()
    _print_growth()
    _print_idle()


def _print_verdicts(tools: Sequence[str]) -> None:
    rows = edits()
    with tempfile.TemporaryDirectory() as name, editor.editor(Path(name)) as opened:
        wrong = [str(edit) for edit in rows if editor.faults(edit, opened)]
    print(f"{len(rows)} kinds of edit: tether right {len(rows) - len(wrong)}, else {len(wrong)} {wrong or ''}")
    for tool in tools:
        found = rivals.verdicts(tool, rows)
        print(f"  {tool}: " + ", ".join(f"{verdict} {found.count(verdict)}" for verdict in rivals.VERDICTS))


class Program:
    """A generated project in the worker of a bridge of its own."""

    def __init__(self, folder: Path, client: Nrepl) -> None:
        self._hot = folder / HOT
        self._client = client
        self._session = client.clone()
        self.in_worker = {kind: list[float]() for kind in KINDS}
        """By kind of edit, the milliseconds of each round without the way there and back."""

    def eval(self, code: str) -> str:
        """The value's repr."""
        replies = self._client.eval(code, self._session, lang="python")
        merged = {key: value for reply in replies for key, value in reply.items()}
        assert "ex" not in merged, merged
        return str(merged.get("value"))

    def edit(self, kind: str, number: int, pause_s: float = PAUSE_S) -> float:
        """As `push`, and look whether the program does what it is to do."""
        time.sleep(pause_s)
        taken_ms = self.push(kind, number)
        assert self.eval(KINDS[kind].probe) == KINDS[kind].says(number)
        return taken_ms

    def save(self, kind: str, number: int) -> float:
        """Save the file of that round, and leave the rest to the bridge; milliseconds up to the acknowledgement."""
        time.sleep(PAUSE_S)
        text = KINDS[kind].text(number)
        awaited: Message = {"op": "reload-await", "path": str(self._hot), "session": self._session}
        awaited["sha256"] = hashlib.sha256(text.encode()).hexdigest()
        started = time.perf_counter()
        self._hot.write_text(text)
        replies = self._client.talk(awaited)
        taken_ms = (time.perf_counter() - started) * 1000
        assert any("tier" in reply for reply in replies), replies
        assert self.eval(KINDS[kind].probe) == KINDS[kind].says(number)
        return taken_ms

    def push(self, kind: str, number: int) -> float:
        """Save the file of that round and have it sent; milliseconds up to the answer."""
        self._hot.write_text(KINDS[kind].text(number))
        message: Message = {"op": "device-reload", "paths": [str(self._hot)], "session": self._session}
        started = time.perf_counter()
        replies = self._client.talk(message)
        taken_ms = (time.perf_counter() - started) * 1000
        assert not any("error" in reply for reply in replies), replies
        told = {key: value for reply in replies for key, value in reply.items()}["phases"]
        assert isinstance(told, dict)
        self.in_worker[kind].append(sum(float(str(told[phase])) for phase in ("classify", "apply")))
        return taken_ms


@contextmanager
def _program(size: int, *flags: str) -> Iterator[Program]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        reload_project.write(folder, size)
        with servers.bridge(folder, *flags) as bridge, Nrepl(bridge.port) as client:
            program = Program(folder, client)
            program.eval("import main, work.hot, work.buyer")
            yield program


def _ours(size: int, setup: str = "") -> tuple[Taken, Taken]:
    """From push to ack, and of that in the worker."""
    with _program(size, "--no-watch") as program:
        program.eval(setup or "None")
        taken = {kind: [program.edit(kind, number) for number in range(ROUNDS)] for kind in KINDS}
        return taken, program.in_worker


def _theirs(tool: str, size: int) -> Mapping[str, tuple[Sequence[float], int]]:
    """Seconds, and in how many rounds the program did not follow."""
    with tempfile.TemporaryDirectory() as name:
        reload_project.write(Path(name), size)
        command = [sys.executable, "-m", "tests.bench.rivals", tool, name, str(ROUNDS)]
        told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    answer: Mapping[str, tuple[Sequence[float], int]] = json.loads(told.splitlines()[-1])
    return answer


def _print_times(
    size: int, ours: Taken, in_worker: Taken, theirs: Mapping[str, Mapping[str, tuple[Sequence[float], int]]]
) -> None:
    print(f"{size} modules, from push to ack: median, 95th percentile")
    for kind, taken in ours.items():
        median = statistics.median(taken)
        worker_ms = statistics.median(in_worker[kind])
        row = f"  {kind:22} tether {median:5.1f} {_p95(taken):5.1f} ms, in the worker {worker_ms:.1f} ms"
        for tool, told in theirs.items():
            seconds, missed = told[kind]
            their_ms = statistics.median(seconds) * 1000
            stale = f", did not follow {missed} of {len(seconds)} times" if missed else ""
            row += f"   {tool} {their_ms:5.1f} ms, {their_ms / worker_ms:.1f} times ours there{stale}"
        print(row)
    for tool, told in theirs.items():
        print(f"  nothing has changed    {tool} {statistics.median(told['nothing'][0]) * 1000:.2f} ms")


def _print_ratio(name: str, one: Taken, other: Taken) -> None:
    ratios = {kind: statistics.median(one[kind]) / statistics.median(other[kind]) for kind in one}
    print(f"{name}: " + ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in ratios.items()) + " times")


def _print_others() -> None:
    """What a person waits for, and an edit for which the worker has had no time to keep its state."""
    with _program(SIZES[0]) as program:
        _print_taken("from save to ack", {kind: [program.save(kind, at) for at in range(ROUNDS)] for kind in KINDS})
    with _program(SIZES[0], "--no-watch") as program:
        for kind in KINDS:  # the bridge has much to do when a program begins
            program.edit(kind, ROUNDS)
        taken = {kind: [program.edit(kind, at, pause_s=0) for at in range(ROUNDS)] for kind in KINDS}
        _print_taken("from push to ack, right after an eval", taken)


def _print_taken(name: str, taken: Taken) -> None:
    print(f"{name}: median, 95th percentile")
    for kind, each in taken.items():
        print(f"  {kind:22} {statistics.median(each):5.1f} {_p95(each):5.1f} ms")


def _print_growth() -> None:
    """All kinds in turn; the first rounds fill caches."""
    with _program(SIZES[0], "--no-watch") as program:
        program.eval("import gc, tracemalloc; tracemalloc.start()")
        kinds = list(KINDS)
        for number in range(50):
            program.push(kinds[number % len(kinds)], number)
        program.eval(MEMORY)
        _, objects, size = ast.literal_eval(program.eval(MEMORY))
        for number in range(RELOADS):
            program.push(kinds[number % len(kinds)], number)
        _, objects_after, size_after = ast.literal_eval(program.eval(MEMORY))
    print(f"{RELOADS} edits: {objects_after - objects:+} objects, {(size_after - size) / 1024:+.0f} KiB")


def _print_idle() -> None:
    """What watching costs an eval."""
    with _program(SIZES[-1]) as watched, _program(SIZES[-1], "--no-watch") as alone:
        times: dict[Program, list[float]] = {watched: [], alone: []}
        for _ in range(1000):
            for program, taken in times.items():
                started = time.perf_counter()
                program.eval("1+2")
                taken.append(time.perf_counter() - started)
        watched_us, alone_us = (statistics.median(times[each]) * 1e6 for each in (watched, alone))
    ratio = watched_us / alone_us
    print(f"an eval with 1000 files watched {watched_us:.0f} us, with none {alone_us:.0f} us: {ratio:.2f} times")


def _p95(taken: Sequence[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]
