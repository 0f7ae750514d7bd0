"""Which of the files that were touched are whole now, and when to look at the others again. Pure: it is told the time.

An editor may truncate a file and write it, replace it by another, or delete it and make it anew. Whatever it does, its
last step is seen as a touch, so a file that is read too early is read again. What must not happen is that half a file
is taken for one: see `_settled`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bridge.whole_files import Absent, Reading, Unreadable

AGAIN_S: Final = 0.001
"""A file that somebody has open for writing is looked at again after so long, and then ever less often."""
LONGEST_S: Final = 0.02
QUIET_S: Final = 0.02
"""Where nobody can say whether a file is whole, it is when it stays as it is for so long."""
DOUBT_S: Final = 0.1
"""So long after the last touch a file may be empty, or not there, and not mean it."""
BUSY_S: Final = 1.0
"""A program that has not written to a file for so long, though it has it open, is taken to be done."""
CROWD_S: Final = 0.001
LONGEST_CROWD_S: Final = 0.05
"""So long per file, up to that, a number of files waits for more: a change of branch is one change."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A file as somebody has left it."""

    path: str
    data: bytes | None
    """None when it has gone, or cannot be read."""
    changed_ns: int = 0
    """When it became that, in nanoseconds since 1970."""
    problem: str = ""
    """Why it cannot be read."""

    @property
    def sha256(self) -> str:
        """Of its bytes; empty when there are none to be had."""
        return "" if self.data is None else hashlib.sha256(self.data).hexdigest()


@dataclass(slots=True)
class _Touched:
    """A file that is not settled."""

    last: float
    """When that was, last."""
    look: float
    """When to read it."""
    seen: bytes | None = None
    """What it held when it was read last."""


@dataclass(slots=True)
class Settling:
    """The files of one project that were touched. Times are in seconds, of any clock that does not go back."""

    _touched: dict[str, _Touched] = field(default_factory=dict)
    _settled: dict[str, Settled] = field(default_factory=dict)
    """What waits for the rest of a crowd."""
    _release: float = 0.0
    _known: dict[str, str] = field(default_factory=dict)
    """The hash of what was told last of a file; that of nothing is the empty one's."""

    def touch(self, paths: Iterable[str], now: float) -> None:
        """Something has happened to these files."""
        self._touched |= {path: _Touched(now, now) for path in paths}

    def due(self, now: float) -> dict[str, bool]:
        """The files to read now -> whether to read them though somebody has them open for writing."""
        return {path: now - each.last >= BUSY_S for path, each in self._touched.items() if each.look <= now}

    def take(self, path: str, reading: Reading, begun: float, now: float) -> None:
        """What a file held when it was read, which was begun at that time and has ended now."""
        touched = self._touched.get(path)
        if touched is None or touched.last > begun:  # what was read may be old: it is read again
            return
        settled, look = self._judge(path, touched, reading, now)
        if settled is None:
            touched.look = look
            return
        del self._touched[path]
        if settled.problem or self._known.get(path) != settled.sha256:
            self._settled[path] = settled
            others = len(self._settled) - 1
            self._release = now + min(CROWD_S * others, LONGEST_CROWD_S)

    def released(self, now: float) -> list[Settled]:
        """What has settled and is another than it was, all of a crowd together."""
        if now < self._release:
            return []
        released, self._settled = [*self._settled.values()], {}
        self._known |= {each.path: each.sha256 for each in released if not each.problem}
        return released

    def next_look(self) -> float:
        """When there is something to do, unless a file is touched before; infinite when there is nothing."""
        waits = [each.look for each in self._touched.values()]
        return min([*waits, *([self._release] if self._settled else [])], default=float("inf"))

    def _judge(self, path: str, touched: _Touched, reading: Reading, now: float) -> tuple[Settled | None, float]:
        """The file, if it is settled, or else when to look at it again."""
        since_s, doubted = now - touched.last, touched.last + DOUBT_S
        match reading:
            case Absent.BUSY:
                return None, now + min(max(AGAIN_S, since_s / 2), LONGEST_S)
            case Absent.GONE:
                return (None, doubted) if now < doubted else (Settled(path, None), 0)
            case Unreadable(why):
                return (None, doubted) if now < doubted else (Settled(path, None, problem=why), 0)
        is_same, touched.seen = touched.seen == reading.data, reading.data
        settled = Settled(path, reading.data, reading.changed_ns)
        if not reading.data.strip() and self._known.get(path) != settled.sha256 and now < doubted:
            return None, doubted
        if reading.is_whole or (is_same and since_s >= QUIET_S):
            return settled, 0
        return None, now + QUIET_S
