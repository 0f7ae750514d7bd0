"""What the operating system offers beyond POSIX, behind one small face. No policy: processes.py decides."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

WAKE = signal.SIGRTMIN + 4 if sys.platform == "linux" else signal.SIGUSR1
"""The signal for a parked copy of a worker that is to take its place."""

_listdir = os.listdir  # bound here: user code may replace it
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl(option: int, argument: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, argument, 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parent ends, so that every worker is this process's child."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with(parent_pid: int) -> None:
    """End this process, by SIGKILL, when its parent ends; at once when it already has."""
    if sys.platform == "linux":
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:  # it ended before we asked
        os._exit(0)


def be_first_victim_when_memory_runs_out() -> None:
    """Let the kernel's out-of-memory killer choose this process before the supervisor."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")


def children(pid: int | str = "self") -> list[int]:
    """The processes whose parent a process is; none where the system does not tell."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in _listdir(f"/proc/{pid}/task"):
            found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text(encoding="ascii").split())
    return found


def descendants() -> list[int]:
    """All processes below this one, those nearer first."""
    found = children()
    for pid in found:  # it grows while we go
        found += children(pid)
    return found


def proportional_bytes(pid: int) -> int | None:
    """The memory that a process adds to those it shares pages with (PSS); None where the system does not tell."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return None


def resident_bytes(pid: int) -> int | None:
    """The resident memory of a process; None where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    return None
