"""The programs under test, as real processes in folders of their own. Not what is said to them: see clients.py."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from device_server import platforms

TETHER: Final = str(Path(sys.executable).with_name("tether"))
EXAMPLE: Final = Path(__file__).resolve().parents[2] / "examples" / "todo"
PATIENCE_S: Final = 20.0
"""How long anything that must happen may take. Nothing waits that long unless it fails."""
ORPHANS_S: Final = 3.0
"""How long processes may outlive the one that owns them."""
POLL_S: Final = 0.01
STARTED: Final = re.compile(r"nREPL server started on port (\d+) on host (\S+) - nrepl://\2:\1\n")


@dataclass(frozen=True, slots=True)
class Server:
    """A device server or a bridge that runs."""

    process: subprocess.Popen[str]
    port: int
    folder: Path
    """Where it works: a copy of the example project."""
    log: Path
    """What it writes to standard error."""

    @property
    def port_file(self) -> Path:
        return self.folder / ".nrepl-port"

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait; its exit status, negative for a signal."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_S)


@contextmanager
def device(folder: Path, *flags: str, port: int = 0) -> Iterator[Server]:
    """A device server on a TCP port; port 0 lets the system choose."""
    work_in(folder)
    with device_in(folder, *flags, port=port) as server:
        yield server


@contextmanager
def device_in(folder: Path, *flags: str, port: int = 0) -> Iterator[Server]:
    """The same, in a folder as it is."""
    port_file = folder / "device-port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "device_server", "--port", str(port), "--port-file", str(port_file), *flags]
    with _running(command, folder) as (process, log):

        def is_listening() -> bool:
            assert process.poll() is None, log.read_text()
            return port_file.exists() and port_file.read_text().endswith("\n")

        eventually(is_listening)
        yield Server(process, int(port_file.read_text()), folder, log)


@contextmanager
def bridge(folder: Path, *flags: str) -> Iterator[Server]:
    """A `tether serve`."""
    work_in(folder)
    with bridge_in(folder, *flags) as server:
        yield server


@contextmanager
def bridge_in(folder: Path, *flags: str) -> Iterator[Server]:
    """The same, in a folder as it is."""
    with _running([TETHER, "serve", *flags], folder) as (process, log):
        assert process.stdout is not None
        line = process.stdout.readline()
        started = STARTED.fullmatch(line)
        assert started, f"{line!r} {log.read_text()}"
        yield Server(process, int(started[1]), folder, log)


@contextmanager
def bridge_to(kind: str, project: Path, elsewhere: Path) -> Iterator[Server]:
    """A Python bridge of that project whose device is `embedded`, or `remote`: in the other folder."""
    if kind == "embedded":
        with bridge_in(project, "--lang", "python") as bridge:
            yield bridge
        return
    with (
        device_in(elsewhere) as device,
        bridge_in(project, "--device", f"127.0.0.1:{device.port}", "--lang", "python") as bridge,
    ):
        yield bridge


def work_in(folder: Path) -> None:
    """Make it a copy of the example project."""
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"))


@contextmanager
def _running(command: Sequence[str], folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process group of its own, so that a Ctrl-C can be played. Ends with the test, also if that is killed.

    What it keeps in a cache is gone with the folder.
    """
    log = folder / "stderr"
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "XDG_CACHE_HOME": str(folder / ".cache")},
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
            preexec_fn=partial(platforms.die_with, os.getpid()),
        ) as process,
    ):
        try:
            yield process, log
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise


def eventually(holds: Callable[[], bool], within_s: float = PATIENCE_S) -> float:
    """Ask until the answer is yes; how long that took in seconds. For what nothing tells: files, other processes."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < within_s, f"not within {within_s:g} s"
        select.select([], [], [], POLL_S)
    return time.monotonic() - started


def descendants(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                stat = (entry / "stat").read_text()
            except OSError:  # it has ended
                continue
            parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found, unseen = [], [pid]
    while unseen:
        children = parents.get(unseen.pop(), [])
        found += children
        unseen += children
    return found


@contextmanager
def watched(pids: Sequence[int]) -> Iterator[Callable[[], bool]]:
    """A function that waits for all these processes to end and says whether they did in time. Kills them at last."""
    handles = []
    for pid in pids:
        with suppress(ProcessLookupError):  # a copy whose place another has taken since it was listed
            handles.append(os.pidfd_open(pid))

    def have_ended() -> bool:
        deadline = time.monotonic() + ORPHANS_S
        return all(select.select([fd], [], [], max(0, deadline - time.monotonic()))[0] for fd in handles)

    try:
        yield have_ended
    finally:
        for fd in handles:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(fd, signal.SIGKILL)
            os.close(fd)


def resident_bytes(pid: int) -> int:
    """The resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
