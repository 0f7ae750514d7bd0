"""How long Python completion takes from the client's write to its answer: 300 modules, 20,000 names, and a device that
is no help. Beside it, what the bridge answers meanwhile, which must not wait for it."""

from __future__ import annotations

import random
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.bench.processes import bridge
from tests.bench.recovery import C_LOOP, Client
from tests.device_server.device import running

MODULES = 300
METHODS = 20
NAMES = 20_000
TARGET_MS = (30.0, 150.0)
"""The median, and 99 of 100."""
DEFINE = """
import os, sys
sys.path.insert(0, {project!r})
globals().update({{f"name_{{n}}": n for n in range({names})}})
"""
OTHERS = ("nam", "name_19", "os.pa", "os.path.jo", "pri", "'a'.up", "import mo", "json.lo", "Thing1", "")


def run() -> None:
    """Print the medians, the 99th of 100, and the slowest."""
    random.seed(1)
    print(f"completion, ms; targets {TARGET_MS[0]:g} and {TARGET_MS[1]:g}          median      p99    worst")
    with ExitStack() as stack:
        project = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        make_project(project)
        device = stack.enter_context(running())
        flags = ("--device", f"127.0.0.1:{device.port}", "--lang", "python", "--project", str(project))
        port, _ = stack.enter_context(bridge(*flags))
        client = Client(port)
        _evaluate(client, DEFINE.format(project=str(project), names=NAMES))
        for number in range(MODULES):
            _evaluate(client, f"from package.module_{number} import Thing{number}\nthing_{number} = Thing{number}()")
        while "name_19999" not in _candidates(client, "name_1999"):
            time.sleep(0.1)
        _measure("device idle", client, range(100))
        busy = Client(port)
        busy.send({"op": "eval", "code": C_LOOP, "lang": "python", "session": busy.session})
        time.sleep(0.5)
        _measure("device in an endless C loop", client, range(100, 200))
        device.process.kill()
        time.sleep(0.5)
        _measure("device gone", client, range(200, 300))
        _measure_the_rest(port, client)


def make_project(root: Path) -> None:
    """A package of modules, each using another."""
    (root / "package").mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "package" / "__init__.py").write_text("")
    for number in range(MODULES):
        (root / "package" / f"module_{number}.py").write_text("".join(_module(number)))


def _module(number: int) -> Iterator[str]:
    before = number // 2
    yield f'"""Module {number}."""\nimport json\n'
    if number:
        yield f"from package.module_{before} import Thing{before}\n"
    yield f'class Thing{number}:\n    """A thing."""\n    def __init__(self):\n        self.size = {number}\n'
    yield f"        self.inner = Thing{before}()\n" if number else "        self.inner = None\n"
    for method in range(METHODS):
        yield f'    def grow_{method}(self, by: int, more=None) -> "Thing{number}":\n        """Grow."""\n'
        yield f"        self.size += by * {method}\n        return self if more else self.grow_{method}(1, more=by)\n"


def _measure(name: str, client: Client, numbers: Iterable[int]) -> None:
    times: list[float] = []
    for prefix in _typing(numbers):
        started = time.perf_counter()
        _candidates(client, prefix)
        times.append((time.perf_counter() - started) * 1e3)
    median, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"{name:35} {median:8.1f} {p99:8.1f} {max(times):8.1f}")


def _typing(numbers: Iterable[int]) -> Iterator[str]:
    """What somebody types, letter by letter; more than half of it begins as nothing before."""
    for number in numbers:
        yield from (f"thing_{number}.", f"thing_{number}.gr", f"thing_{number}.inner.", f"thing_{number}.grow_1(1).si")
        yield random.choice(OTHERS)


def _candidates(client: Client, prefix: str) -> list[object]:
    answer = client.ask({"op": "complete", "prefix": prefix, "session": client.session})
    found = answer["completions"]
    assert isinstance(found, list)
    return [each["candidate"] for each in found if isinstance(each, dict)]


def _evaluate(client: Client, code: str) -> None:
    answer = client.ask({"op": "eval", "code": code, "lang": "python", "session": client.session})
    assert "err" not in answer, answer["err"]


def _measure_the_rest(port: int, client: Client) -> None:
    """`describe` stands for what the bridge answers at once, while another client completes Python without pause."""
    other, ended = Client(port), threading.Event()

    def describe() -> list[float]:
        times = []
        for _ in range(300):
            started = time.perf_counter()
            client.ask({"op": "ls-sessions", "session": client.session})
            times.append((time.perf_counter() - started) * 1e3)
        return times

    def complete() -> None:
        while not ended.is_set():
            for prefix in _typing(range(MODULES)):
                _candidates(other, prefix)

    alone = statistics.median(describe())
    thread = threading.Thread(target=complete)
    thread.start()
    beside = describe()
    ended.set()
    thread.join()
    print(
        f"ls-sessions: median {alone:.2f} alone, {statistics.median(beside):.2f} (p99 "
        f"{statistics.quantiles(beside, n=100)[98]:.1f}) while another session completes Python"
    )
