"""Which session a thread belongs to: the one whose code started it, directly or through other threads."""

from __future__ import annotations

import threading
from collections.abc import Callable
from weakref import WeakKeyDictionary


class ThreadOwners:
    """Notes the session of each thread when it is started, by standing before `Thread.start`."""

    def __init__(self, current_session: Callable[[], str | None]) -> None:
        """`current_session` tells the session whose code runs on the main thread."""
        self._sessions: WeakKeyDictionary[threading.Thread, str] = WeakKeyDictionary()
        start = threading.Thread.start

        def start_owned(thread: threading.Thread) -> None:
            session = self.session_of_current() or current_session()
            if session is not None:
                self._sessions[thread] = session
            start(thread)

        setattr(threading.Thread, "start", start_owned)  # noqa: B010 threads of any kind come by here

    def session_of_current(self) -> str | None:
        """The session of the thread that asks; None on the main thread, and for threads not started by `Thread`."""
        return self._sessions.get(threading.current_thread())
