"""What faults cost: crashes, interrupts, copies of the worker's state, floods. Each figure has its target beside it."""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bridge.framing import Framer, encode
from middleware.request import Bencode, Message
from tests.bench.processes import bridge, connect
from tests.device_server.device import running

HEAP = "heap = [bytes(100) for _ in range(4_000_000)]; len(heap)"
"""Some 500 MB in small objects."""
CRASHES = (
    ("python", "import os; os.kill(os.getpid(), 11)"),
    ("python", "import os; os.abort()"),
    ("python", "import os; os._exit(3)"),
    ("python", "import ctypes; ctypes.string_at(0)"),
    ("python", "import os; os.killpg(0, 9)"),
    ("python", "import os; os.closerange(3, 4096)"),
    ("basilisp", "(do (import os) (os/abort))"),
)
PYTHON_LOOP = "print('busy')\nwhile True: pass"
C_LOOP = "print('busy')\nsum(range(10**13))"
GRACE_MS = 1000
FLOOD_BYTES = 100_000_000
BEAT_S = 0.05
PACED = 100


class Client:
    """An nREPL client with one session."""

    def __init__(self, port: int) -> None:
        self.socket = connect(port)
        self._framer = Framer()
        self._ids = itertools.count(1)
        self.session: Bencode = self.ask({"op": "clone"})["new-session"]

    def send(self, message: Message) -> str:
        number = str(next(self._ids))
        self.socket.sendall(encode({**message, "id": number}))
        return number

    def replies(self, number: str) -> Iterator[Message]:
        """Those to one request, up to `done`; others are dropped."""
        while True:
            for reply in self._framer.feed(self.socket.recv(262144)):
                if reply.get("id") == number:
                    yield reply
                    status = reply.get("status")
                    if isinstance(status, list) and "done" in status:
                        return

    def ask(self, message: Message) -> Message:
        """All replies in one."""
        merged: Message = {}
        for reply in self.replies(self.send(message)):
            merged.update(reply)
        return merged

    def eval(self, code: str, lang: str = "python") -> Message:
        return self.ask(self.message(code, lang))

    def message(self, code: str, lang: str = "python") -> Message:
        return {"op": "eval", "code": code, "lang": lang, "session": self.session}


@dataclass(frozen=True)
class Tree:
    """A bridge and the processes below it."""

    bridge: int
    supervisor: int


@contextmanager
def bridged(*flags: str) -> Iterator[tuple[Client, Tree]]:
    """A client of a bridge of its own, and the processes."""
    with bridge(*flags) as (port, _):
        client = Client(port)
        worker = int(str(client.eval("import os; os.getpid()")["value"]))
        supervisor = parent_of(worker)
        yield client, Tree(parent_of(supervisor), supervisor)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def children_of(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kibibytes(pid: int, name: str, file: str) -> int:
    """A line of /proc/PID/status or smaps_rollup."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def run() -> None:
    """Print all figures."""
    with bridged() as (client, tree):
        print_crashes(client, "bare worker", target_ms=10)
        mixed_crashes(client, tree)
        client.eval(HEAP)
        print_crashes(client, "500 MB heap", target_ms=60)
        print_parked(tree)
        interrupts(client, "Python loop", PYTHON_LOOP, 30, "5 ms")
        interrupts(client, "C loop", C_LOOP, 5, f"{GRACE_MS} + 30 ms")
    with bridged() as (client, tree):
        flood(client, tree)
    cost_of_copies()


def line(name: str, times_ms: list[float], target: str) -> None:
    worst = max(times_ms)
    print(f"{name:50} median {statistics.median(times_ms):7.1f} ms  worst {worst:7.1f}   target {target}", flush=True)


def crash(client: Client, code: str, lang: str) -> float:
    """Milliseconds from the crash's request to the next eval's value; the eval is sent when the crash is answered."""
    started = time.perf_counter()
    client.eval(code, lang)
    assert client.eval("1+2")["value"] == "3"
    return (time.perf_counter() - started) * 1000


def pause(seconds: float = BEAT_S) -> None:
    time.sleep(seconds)


def print_crashes(client: Client, name: str, target_ms: int) -> None:
    times = []
    for _ in range(30):
        pause()
        times.append(crash(client, CRASHES[0][1], CRASHES[0][0]))
    line(f"crash to next value, {name}", times, f"{target_ms} ms")


def mixed_crashes(client: Client, tree: Tree) -> None:
    client.eval("kept = 42")
    pause(0.2)
    before = len(children_of(tree.supervisor))
    kinds = itertools.islice(itertools.cycle(CRASHES), 100)
    times = [crash(client, code, lang) for lang, code in kinds]
    line("100 crashes of mixed kinds in a row", times, "all state kept")
    kept = str(client.eval("kept").get("value"))
    pause(0.2)
    print(f"  kept: {kept}; children of the supervisor before and after: {before}, {len(children_of(tree.supervisor))}")


def print_parked(tree: Tree) -> None:
    pause(0.2)
    pss = sorted(kibibytes(pid, "Pss", "smaps_rollup") / 1024 for pid in children_of(tree.supervisor))
    own = [kibibytes(pid, "Private_Dirty", "smaps_rollup") / 1024 for pid in children_of(tree.supervisor)]
    print(f"PSS of zygote, worker and parked copies: {', '.join(f'{each:.1f}' for each in pss)} MiB")
    print(f"  of which private: {', '.join(f'{each:.1f}' for each in sorted(own))} MiB   target about 1 a copy")


def interrupts(client: Client, name: str, code: str, rounds: int, target: str) -> None:
    times = []
    for _ in range(rounds):
        pause()
        number = client.send(client.message(code))
        replies = client.replies(number)
        next(reply for reply in replies if "out" in reply)
        started = time.perf_counter()
        client.send({"op": "interrupt", "session": client.session})
        next(reply for reply in replies if "interrupted" in str(reply.get("status")))
        times.append((time.perf_counter() - started) * 1000)
    line(f"interrupt to `interrupted`, {name}", times, target)


def flood(client: Client, tree: Tree) -> None:
    def peaks() -> list[float]:
        return [kibibytes(pid, "VmHWM", "status") / 1024 for pid in (tree.bridge, tree.supervisor)]

    before, started, got = peaks(), time.perf_counter(), 0
    code = f"for _ in range({FLOOD_BYTES // 100}): print('x' * 99)"
    for reply in client.replies(client.send(client.message(code))):
        got += len(str(reply.get("out", "")))
    rate = got / 1e6 / (time.perf_counter() - started)
    grown = [after - each for after, each in zip(peaks(), before, strict=True)]
    print(f"flood of {got / 1e6:.0f} MB: {rate:.1f} MB/s; peak memory of the bridge grew {grown[0]:.1f} MiB, "
          f"of the supervisor {grown[1]:.1f} MiB   target bounded")  # fmt: skip


def cost_of_copies() -> None:
    """An eval every 50 ms on a device that parks copies and on one that does not, in turn."""
    with ExitStack() as stack:
        clients = []
        for count in ("5", "0"):
            device = stack.enter_context(running("--checkpoints", count))
            client, _ = stack.enter_context(bridged("--device", f"127.0.0.1:{device.port}"))
            clients.append(client)
        for heap in ("bare worker", "500 MB heap"):
            for lang, code in (("python", "1+2"), ("basilisp", "(+ 1 2)")):
                with_us, without_us = map(statistics.median, zip(*paced(clients, code, lang), strict=True))
                growth = (with_us / without_us - 1) * 100
                print(f"{lang} eval every 50 ms, {heap}: {with_us:.0f} us with copies, {without_us:.0f} us without: "
                      f"{growth:+.0f} %   target +10 %", flush=True)  # fmt: skip
            for client in clients:
                client.eval(HEAP)


def paced(clients: list[Client], code: str, lang: str) -> list[list[float]]:
    """Microseconds of each client's eval, PACED times, in turn."""
    times = []
    for _ in range(PACED):
        row = []
        for client in clients:
            pause(BEAT_S / len(clients))
            started = time.perf_counter()
            client.eval(code, lang)
            row.append((time.perf_counter() - started) * 1e6)
        times.append(row)
    return times
