"""A real device server in a process of its own, and hosts that talk to it: blocking, one JSON object a line."""

from __future__ import annotations

import itertools
import os
import re
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeAlias

from device_server import wire

Answer: TypeAlias = dict[str, Any]
"""What came over the wire: JSON, whose shape the test states."""

PATIENCE_S = 20.0
"""How long a test waits for what must come; nothing takes so long unless it is lost."""
ROOT = Path(__file__).resolve().parents[2]
_HAS_BROKEN = re.compile(r"Exception in callback|Fatal error|(?<!signal wakeup fd:\n)Traceback")
"""What Python says when a signal comes while the loop closes is no sign of it."""


class Host:
    """One connection to a device."""

    def __init__(self, connection: socket.socket, *caps: str) -> None:
        """Says hello only when it has capabilities to tell. Owns `connection`."""
        self.socket = connection
        self.patience_s = PATIENCE_S
        """How long to wait for what must come, in seconds."""
        self._decoder = wire.Decoder()
        self._arrived: deque[Answer] = deque()
        self._ids = itertools.count(1)
        self.welcome = self.wait_for("welcome")
        if caps:
            assert self.ask("hello", client="test", proto=1, caps=list(caps))["op"] == "ready"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.socket.sendall(data)

    def request(self, op: str, **keys: object) -> int:
        """Send a request; its id."""
        number = next(self._ids)
        self.send_message({"op": op, "id": number, **keys})
        return number

    def send_message(self, message: Mapping[str, object]) -> None:
        """A message with the id that it has, or none."""
        self.send(wire.encode(dict(message)))  # type: ignore[arg-type]  # tests send what is no message, too

    def ask(self, op: str, **keys: object) -> Answer:
        """The terminal message of a request."""
        return self.answer(self.request(op, **keys))

    def eval(self, code: str, **keys: object) -> Answer:
        """The terminal message of an eval, in Python unless `lang` says another language."""
        return self.ask("eval", **{"code": code, "lang": "python", **keys})

    def start(self, code: str, **keys: object) -> int:
        """Send an eval, in Python unless `lang` says another language; its id."""
        return self.request("eval", **{"code": code, "lang": "python", **keys})

    def answer(self, number: int | str | None) -> Answer:
        """The terminal message of a request; what came before it for that request is dropped."""
        return self.answers(number)[-1]

    def answers(self, number: int | str | None) -> list[Answer]:
        """All messages of a request, in the order of arrival, the terminal one last."""
        found: list[Answer] = []
        while not found or found[-1]["op"] not in wire.TERMINAL:
            found.append(self._take(lambda message: "id" in message and message["id"] == number))
        return found

    def wait_for(self, op: str) -> Answer:
        """The next message of that op."""
        return self._take(lambda message: message["op"] == op)

    def next(self) -> Answer:
        """The next message, whatever it is."""
        return self._take(lambda _: True)

    def wait_for_text(self, text: str) -> None:
        """Return when output that has `text` in it has come."""
        self._take(lambda message: message["op"] == "out" and text in message["text"])

    def unread(self) -> list[Answer]:
        """What has come and nobody has taken, the answer to a ping being sure to come last."""
        number = self.request("ping")
        assert self.answer(number)["op"] == "pong"
        return list(self._arrived)

    def taken(self, op: str) -> list[Answer]:
        """What has come of that op and nobody has taken; it is gone then."""
        found = [message for message in self.unread() if message["op"] == op]
        self._arrived = deque(message for message in self._arrived if message["op"] != op)
        return found

    def until_closed(self) -> list[Answer]:
        """All that comes before the device closes the connection."""
        self.socket.settimeout(self.patience_s)
        while self._receive():
            pass
        return list(self._arrived)

    def incoming(self) -> Iterator[Answer]:
        """All that comes until the connection ends, however long that takes."""
        self.socket.settimeout(None)
        while self._receive():
            while self._arrived:
                yield self._arrived.popleft()

    def end(self) -> None:
        """Let whoever reads the connection see its end."""
        self.socket.shutdown(socket.SHUT_RD)

    def worker(self) -> Answer:
        """The `main` worker's entry in the status, once it has a process."""
        deadline = time.monotonic() + self.patience_s
        while True:
            (worker,) = (each for each in self.ask("status")["workers"] if each["name"] == "main")
            if worker["pid"] is not None:
                found: Answer = worker
                return found
            assert time.monotonic() < deadline, worker

    def rss_bytes(self) -> int:
        """The supervisor's memory."""
        size = self.ask("ping")["rss_bytes"]
        assert isinstance(size, int)
        return size

    def _take(self, is_wanted: Callable[[Answer], bool]) -> Answer:
        position, deadline = 0, time.monotonic() + self.patience_s
        while True:
            while position == len(self._arrived):
                self.socket.settimeout(deadline - time.monotonic())
                assert self._receive(), "the device closed the connection"
                assert time.monotonic() < deadline, self._arrived
            if is_wanted(self._arrived[position]):
                found = self._arrived[position]
                del self._arrived[position]
                return found
            position += 1

    def _receive(self) -> bool:
        """Whether the connection is still open, after something has come."""
        try:
            data = self.socket.recv(262144)
        except ConnectionResetError:
            return False
        for item in self._decoder.feed(data):
            assert isinstance(item, dict), item
            self._arrived.append(item)
        return bool(data)


class Device:
    """A running device server."""

    def __init__(self, process: subprocess.Popen[str], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log

    def connect(self, *caps: str) -> Host:
        """A new host; the caller closes it."""
        return Host(socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S), *caps)

    def log(self) -> str:
        """What the server has written to stderr."""
        return self._log.read_text()

    def has_broken(self) -> bool:
        """Whether code of the server has raised what nobody expected."""
        return _HAS_BROKEN.search(self.log()) is not None

    @property
    def zygote(self) -> int:
        """The zygote's pid."""
        (pid,) = (pid for pid in children(self.process.pid) if is_alive(pid) and not _leads_a_group(pid))
        return pid


@contextmanager
def running(*arguments: str, environment: Mapping[str, str] | None = None, working_in: Path = ROOT) -> Iterator[Device]:
    """A device server on a free port, ended (by SIGTERM) and gone at the end."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder, "log")
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "device_server", "--port", "0", *arguments],
                cwd=working_in,
                env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        with process:
            assert process.stdout is not None
            line = process.stdout.readline()
            port = re.search(r"on port (\d+)", line)
            assert port is not None, line + log.read_text()
            try:
                yield Device(process, int(port[1]), log)
            finally:
                process.terminate()
                try:
                    process.wait(PATIENCE_S)
                finally:
                    process.kill()


def children(pid: int) -> list[int]:
    """The processes whose parent it is, those that have ended and wait to be reaped included."""
    return [child for child, parent in _parents().items() if parent == pid]


def descendants(pid: int) -> set[int]:
    """Its children, theirs, and so on."""
    parents, found, level = _parents(), set[int](), {pid}
    while level := {child for child, parent in parents.items() if parent in level} - found:
        found |= level
    return found


def _parents() -> dict[int, int]:
    return {pid: int(fields[1]) for pid in _pids() if (fields := _stat(pid))}


def _pids() -> Iterator[int]:
    return (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that has ended and was not reaped does not."""
    return bool(fields := _stat(pid)) and fields[0] not in ("Z", "X")


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the state on; none when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _leads_a_group(pid: int) -> bool:
    """As workers do; the zygote stays in the supervisor's."""
    return int(_stat(pid)[2]) == pid


def wait_for_end(pids: set[int], patience_s: float = 5.0) -> set[int]:
    """Those that still run after so long, asked through descriptors that tell of an end."""
    return {pid for pid in pids if not _ends(pid, patience_s)}


def _ends(pid: int, patience_s: float) -> bool:
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ready, _, _ = select.select([fd], [], [], patience_s)
        return bool(ready)
    finally:
        os.close(fd)


def wait_until(is_true: Callable[[], object], patience_s: float = PATIENCE_S) -> None:
    """Ask again and again; fails when that takes too long. What is asked should take its time, a round trip perhaps."""
    deadline = time.monotonic() + patience_s
    while not is_true():
        assert time.monotonic() < deadline


def kill_all(pids: set[int]) -> None:
    """SIGKILL what a test that failed has left behind."""
    for pid in pids:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
