"""The device that the bridge starts itself: a child process at the other end of a socket pair.

It imports the standard library only, so that the child is on its way before the bridge has imported trio. The child
ends when its socket does, and so even after a SIGKILL of the bridge; here it is only helped along.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import IO, Final

NAME: Final = "local"
MAX_DEATHS: Final = 5
BUDGET_S: Final = 60.0
"""Within this time the child may die MAX_DEATHS times; then it is not started again until the time has passed."""
GRACE_S: Final = 2.0
TAIL_BYTES: Final = 2000


class LocalDevice:
    """Starts the child, again after each death, and ends it. A dialer for a DeviceLink."""

    name: Final = NAME
    limit_s: Final = 60.0
    is_patient: Final = True

    def __init__(self, project: Path, lang: str | None, command: tuple[str, ...] = ()) -> None:
        """The child works in `project`; `command` replaces the device server of this Python."""
        self._project = project
        self._command = command or (sys.executable, "-P", "-m", "device_server")
        self._lang = lang
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._output: IO[bytes] | None = None
        self._last_words = ""
        self._starts: deque[float] = deque(maxlen=MAX_DEATHS)

    @property
    def remedy(self) -> str:
        """What to tell whoever asked something of a device that is not there."""
        if self._is_exhausted():
            return (
                f"The device {NAME} died {MAX_DEATHS} times within {BUDGET_S:g} s and rests for that long; "
                f"the last it said: {self._last_words or 'nothing'}"
            )
        return f"The device {NAME} ended and is being started again; what it held in memory is lost. Evaluate again."

    def launch(self) -> None:
        """Start the child; the next `dial` gives its socket. Raises: OSError."""
        self._starts.append(time.monotonic())
        ours, theirs = socket.socketpair()
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 `_end_child` closes it
        with theirs:
            self._child = subprocess.Popen(
                [*self._command, "--fd", str(theirs.fileno()), "--name", NAME, *self._language()],
                cwd=self._project,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C in our terminal is for us
            )
        self._socket = ours

    async def dial(self) -> socket.socket:
        """The socket of a child that was started just now. Raises: OSError, when it has died too often."""
        if self._socket is None:
            self._end_child(grace_s=0)
            if self._is_exhausted():
                raise ConnectionError(self.remedy)
            self.launch()
        dialed, self._socket = self._socket, None
        if dialed is None:
            raise ConnectionError("no child")
        return dialed

    def close(self) -> None:
        """End the child; waits for it at most two seconds. Its socket must be closed by whoever dialed it."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._end_child(grace_s=GRACE_S)

    def _language(self) -> tuple[str, ...]:
        return ("--lang", self._lang) if self._lang else ()

    def _is_exhausted(self) -> bool:
        return len(self._starts) == MAX_DEATHS and time.monotonic() - self._starts[0] < BUDGET_S

    def _end_child(self, grace_s: float) -> None:
        if self._child is None or self._output is None:
            return
        try:
            self._child.wait(grace_s)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        self._child = None
        with self._output as output:
            self._last_words = _tail(output)


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - TAIL_BYTES))
    return output.read().decode(errors="replace").strip()
