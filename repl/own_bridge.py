"""A bridge that the terminal starts when none runs: a child that ends with it, whichever way it ends."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import IO, Final

START_S: Final = 60.0
"""The first start of all compiles Basilisp's core library."""
GRACE_S: Final = 5.0
_PORT: Final = re.compile(rb"port (\d+) on host")


class BridgeError(Exception):
    """No bridge can be had; the text says why and what to do."""


class OwnBridge:
    """The process. Its standard input is a pipe that only we hold: when we end, it reads the end of it, and ends."""

    def __init__(self, command: Sequence[str]) -> None:
        """Start it; `command` must end at the end of its input. Raises: OSError."""
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 `close` closes it
        self._port: int | None = None
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # Ctrl-C in our terminal is for us
        )

    def port(self) -> int:
        """Its port, once it has told. Raises: BridgeError."""
        if self._port is None:
            self._port = self._read_port()
        return self._port

    def _read_port(self) -> int:
        output = self._process.stdout
        assert output is not None
        deadline, told = time.monotonic() + START_S, b""
        while (left := deadline - time.monotonic()) > 0 and select.select([output], [], [], left)[0]:
            data = os.read(output.fileno(), 4096)
            told += data
            if found := _PORT.search(told):
                return int(found[1])
            if not data:
                break
        raise BridgeError(f"The bridge has not started: {self._last_words() or 'it said nothing'}")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def close(self) -> None:
        """End it, and wait for that."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._log.close()

    def _last_words(self) -> str:
        self._log.seek(0)
        return self._log.read()[-2000:].decode(errors="replace").strip()
