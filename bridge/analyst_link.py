"""The bridge's side of the process that reads Python code: started when needed, ended when it does not answer.

Questions are answered one at a time. It does not know what they mean, only who asked: see analyst_questions.py.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Final

import trio

from bridge.analyst_questions import LIMIT_S, STARTING_LIMIT_S, Answer, Question

log = logging.getLogger(__name__)

REST_S: Final = 30.0
"""A process that could not be started is not started again for so long."""
STARTING_PATIENCE_S: Final = 0.5
"""Nobody waits longer for a process that is still starting; what the device has told serves meanwhile."""
RECEIVE_BYTES: Final = 256 * 1024


class _Waiting:
    """A question that has no answer yet."""

    def __init__(self, asker: object, question: Question) -> None:
        self.asker: Final = asker
        self.question: Final = question
        self.ended: Final = trio.Event()
        self.answer: Answer | None = None

    def end(self, answer: Answer | None) -> None:
        self.answer = answer
        self.ended.set()


class _Child:
    """The process, once it has said that it is warm."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._told: dict[str, str] = {}
        """The unsaved texts that it knows."""
        self._received = bytearray()

    async def ask(self, question: Question) -> Answer | None:
        """None when it has ended."""
        unsaved = {path: text for path, text in question["unsaved"].items() if self._told.get(path) != text}
        self._told |= unsaved
        line = json.dumps({**question, "unsaved": unsaved}).encode() + b"\n"
        try:
            if self._process.stdin is not None:
                await self._process.stdin.send_all(line)
            return await self.hear()
        except trio.BrokenResourceError:
            return None

    async def hear(self) -> Answer | None:
        """What it says next; None when it has ended."""
        while not self._received.endswith(b"\n"):
            data = await self._process.stdout.receive_some(RECEIVE_BYTES) if self._process.stdout is not None else b""
            if not data:
                return None
            self._received += data
        line, self._received = self._received, bytearray()
        answer: Answer = json.loads(line)
        return answer

    def has_ended(self) -> bool:
        """Whether it is no more; it ends by itself when it has grown too big."""
        return self._process.poll() is not None

    async def end(self) -> None:
        """Kill it: it keeps nothing that is worth a farewell."""
        self._process.kill()
        with trio.CancelScope(shield=True):
            await self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                await trio.aclose_forcefully(pipe)


class AnalystLink:
    """Whom to ask about Python code. `run` belongs to whoever owns the link."""

    def __init__(self, project: Path, command: tuple[str, ...] = ()) -> None:
        """Questions are about the project whose root is told; `command` replaces the analyst of this Python."""
        self._command = command or (sys.executable, "-P", "-W", "ignore", "-m", "bridge.python_analyst", str(project))
        self._queue: deque[_Waiting] = deque()
        self._has_work = trio.lowlevel.ParkingLot()
        self._is_wanted = False
        self._child: _Child | None = None
        self._is_warm = False
        self._rests_until = 0.0

    def wake(self) -> None:
        """Start the process now: a question is to be expected, and it takes a moment to be warm."""
        self._is_wanted = True
        self._has_work.unpark()

    async def ask(self, asker: object, question: Question) -> Answer | None:
        """The answer; None when there is none in time, or when the asker has asked for other candidates meanwhile."""
        waiting = _Waiting(asker, question)
        self._drop_superseded(waiting)
        self._queue.append(waiting)
        self.wake()
        with trio.move_on_after(LIMIT_S if self._is_warm else STARTING_PATIENCE_S):
            await waiting.ended.wait()
        waiting.end(waiting.answer)
        return waiting.answer

    async def run(self) -> None:
        """Answer questions until cancelled; then the process is gone."""
        try:
            while True:
                if self._queue:
                    await self._serve(self._queue.popleft())
                elif self._is_wanted and self._child is None:
                    await self._start()
                else:
                    await self._has_work.park()
        finally:
            await self._end_child()

    def _drop_superseded(self, by: _Waiting) -> None:
        for each in self._queue:
            if each.asker is by.asker and each.question["op"] == by.question["op"] == "complete":
                each.end(None)

    async def _serve(self, waiting: _Waiting) -> None:
        if self._child is not None and self._child.has_ended():
            await self._end_child()
        if self._child is None:
            await self._start()
        if waiting.ended.is_set() or self._child is None:
            waiting.end(None)
            return
        answer = None
        with trio.move_on_after(LIMIT_S):
            answer = await self._child.ask(waiting.question)
        if answer is None:
            log.info("Python code could not be read within %g s; its reader is started again", LIMIT_S)
            await self._end_child()
        elif "error" in answer:
            log.info("Python code could not be read: %s", answer["error"])
        waiting.end(answer)

    async def _start(self) -> None:
        """Leaves no child when that fails, or has failed a moment ago."""
        self._is_wanted = False
        if trio.current_time() < self._rests_until:
            return
        try:
            process = await trio.lowlevel.open_process(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C in our terminal is for us
            )
        except OSError as error:
            log.warning("Python names come from the device alone: %s", error)
            self._rests_until = trio.current_time() + REST_S
            return
        self._child = _Child(process)
        with trio.move_on_after(STARTING_LIMIT_S):
            self._is_warm = await self._child.hear() is not None
            if self._is_warm:
                return
        log.warning("Python names come from the device alone: their reader does not start")
        self._rests_until = trio.current_time() + REST_S
        await self._end_child()

    async def _end_child(self) -> None:
        if self._child is not None:
            child, self._child, self._is_warm = self._child, None, False
            await child.end()
