"""Tells which of the project's source files somebody has changed, as soon as they are whole.

Folders are watched one by one, so that the system's limit is not spent on what git ignores. When there is a new one,
all are watched anew, and then the new one is read: nothing that was put into it before can be missed.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

import trio

from bridge.polling import POLL_S, Polling
from bridge.project import source_roots
from bridge.settling import Settled, Settling
from bridge.source_tree import IGNORE_FILE, MAX_FOLDERS, SourceTree
from bridge.whole_files import Reading, read

T = TypeVar("T")

log = logging.getLogger(__name__)

STEP_MS: Final = 3
"""So often what the system has told is looked at; a change is known after twice that."""
CROWD_MS: Final = 200
"""While more changes come, they are collected for so long."""
TIMEOUT_MS: Final = 60_000
SOON_S: Final = 0.02
REST_S: Final = 1.0
"""When there is nothing to watch, or it cannot be watched, it is tried again after so long."""

Hear: TypeAlias = Callable[[list[Settled]], None]
"""Is given what has changed at once. Never waits."""


class Notifier(Protocol):
    """What tells of changes in some folders."""

    def watch(self, debounce_ms: int, step_ms: int, timeout_ms: int, stop: threading.Event) -> Told:
        """What has changed. Blocks until there is something, the time has passed, or `stop` is set."""

    def close(self) -> None: ...


Told: TypeAlias = "set[tuple[int, str]] | Literal['signal', 'stop', 'timeout']"
"""Kinds of change, which are not looked at, with paths; or why there are none."""
Notify: TypeAlias = Callable[[list[str]], Notifier]
"""Watches folders, but not those below them. Blocks. Raises: OSError, RuntimeError."""


def notify(folders: list[str]) -> Notifier:
    """By what the system tells. See Notify."""
    from watchfiles._rust_notify import RustNotify  # 10 ms: nobody is to wait for that when the bridge starts

    # The last False: else it keeps silent about all that goes wrong, and watches nothing.
    return RustNotify(folders, False, False, 0, False, False)


class Watcher:
    """Watches the source of the project at `root`. `run` is its task."""

    def __init__(self, root: Path, hear: Hear, is_watching: trio.Event, notify: Notify = notify) -> None:
        """`is_watching` is set when changes are seen from then on."""
        self._is_watching = is_watching
        self._root = root
        self._hear = hear
        self._notify = notify
        self._settling = Settling()
        self._has_touched = trio.Event()
        self._tree = SourceTree(())
        self._told = ""

    async def run(self) -> None:
        """Watch until cancelled."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._settle)
            changes: Iterable[str] = ()
            while True:
                try:
                    changes = await self._watch(changes)
                    continue
                except (OSError, RuntimeError) as error:  # RuntimeError: the name of a file is no text, and the like
                    self._tell(f"The project's files are not watched: {error}. It is tried again")
                    changes = [*self._tree.folders]  # what happens meanwhile is not seen
                await trio.sleep(REST_S)

    async def _watch(self, changes: Iterable[str]) -> set[str]:
        """Watch the folders that there are, until there are others; what has changed then.

        `changes` are those of the time before. Raises: OSError, RuntimeError.
        """
        before, self._tree = self._tree, await _in_thread(lambda: SourceTree(source_roots(self._root)))
        if not self._tree.folders:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self._root))
        if self._tree.is_cut:
            self._tell(
                f"Only {MAX_FOLDERS} folders of the project are watched: let .gitignore leave out what is no source"
            )
        try:
            watched = await self._open([*self._tree.folders])
        except FileNotFoundError:  # one of them has just gone
            await trio.sleep(SOON_S)
            return {*changes, *self._tree.folders}
        try:
            if self._is_watching.is_set():
                await self._look_at(self._renewed(before, {*changes}))
            self._touch(changes)
            self._is_watching.set()
            while True:
                found = await self._changes(watched)
                self._touch(found)
                if self._has_other_folders(found):
                    return found
        finally:
            watched.close()

    def _renewed(self, before: SourceTree, changes: set[str]) -> list[str]:
        """The folders whose files may not be those that were watched."""
        renewed: dict[str, None] = {}
        for folder in self._tree.folders:  # those above come first
            if folder not in before.folders or folder in changes or os.path.dirname(folder) in renewed:
                renewed[folder] = None
        return [*renewed]

    async def _open(self, folders: list[str]) -> Notifier:
        try:
            return await _in_thread(lambda: self._notify(folders))
        except FileNotFoundError:
            raise
        except (OSError, RuntimeError) as error:
            self._tell(
                f"The system does not tell of changes ({error}); files are looked at every {POLL_S:g} s instead. If "
                "it watches too few folders, raise its limit (fs.inotify.max_user_watches), or let .gitignore leave "
                "out what is no source"
            )
            return await _in_thread(lambda: Polling(folders))

    async def _changes(self, watched: Notifier) -> set[str]:
        """The paths that something has happened to. Raises: RuntimeError."""
        stop = threading.Event()
        try:
            found = await _in_thread(lambda: watched.watch(CROWD_MS, STEP_MS, TIMEOUT_MS, stop))
        finally:
            stop.set()
        return set() if isinstance(found, str) else {path for _, path in found}

    def _has_other_folders(self, changes: Iterable[str]) -> bool:
        """Whether a folder has come or gone, or other ones are ignored now."""
        return any(
            path in self._tree.folders or os.path.basename(path) == IGNORE_FILE or os.path.isdir(path)
            for path in changes
        )

    async def _look_at(self, folders: Iterable[str]) -> None:
        """What is in these folders may have changed."""
        tree = self._tree
        self._touch(await _in_thread(lambda: [path for folder in folders for path in tree.files(folder)]))

    def _touch(self, paths: Iterable[str]) -> None:
        self._settling.touch(filter(self._tree.is_source, paths), trio.current_time())
        self._has_touched.set()

    async def _settle(self) -> None:
        """Read what was touched until it is whole, and tell it."""
        while True:
            with trio.move_on_at(self._settling.next_look()):
                await self._has_touched.wait()
            self._has_touched = trio.Event()
            begun = trio.current_time()
            if due := self._settling.due(begun):
                readings = await _in_thread(partial(_read_all, due))
                for path, reading in readings.items():
                    self._settling.take(path, reading, begun, trio.current_time())
            if released := self._settling.released(trio.current_time()):
                self._hear(released)

    def _tell(self, text: str) -> None:
        """Say it once, however often it is tried."""
        if text != self._told:
            self._told = text
            log.warning("%s", text)


def _read_all(due: dict[str, bool]) -> dict[str, Reading]:
    return {path: read(path, also_busy=also_busy) for path, also_busy in due.items()}


async def _in_thread(work: Callable[[], T]) -> T:
    return await trio.to_thread.run_sync(work, abandon_on_cancel=True)
