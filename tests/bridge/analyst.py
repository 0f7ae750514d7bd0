"""A real process that reads Python code, asked directly."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bridge.analyst_questions import Answer, Question


class Reader:
    """The process, from its start."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def hear(self) -> Answer:
        assert self.process.stdout is not None
        answer: Answer = json.loads(self.process.stdout.readline())
        return answer

    def ask(self, asked: Question) -> Answer:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asked).encode() + b"\n")
        self.process.stdin.flush()
        return self.hear()

    def names(self, code: str, *typed: str, hint: str = "") -> dict[str, str]:
        """Candidates -> their types."""
        answer = self.ask(question(code, typed, hint=hint))
        assert "error" not in answer
        return {**answer["typed"], **{each["name"]: each["type"] for each in answer["names"]}}


def question(
    code: str, typed: Sequence[str] = (), *, op: str = "complete", file: str | None = None, hint: str = ""
) -> Question:
    """A question about code, for tests to change."""
    return {
        "op": op, "code": code, "typed": [*typed], "file": file, "hint": hint, "unsaved": {}, "documented": False
    }  # fmt: skip


@contextmanager
def reading(project: Path, **environment: str) -> Iterator[Reader]:
    """A warm process for a project; it has ended by itself at the end of the block."""
    command = [sys.executable, "-P", "-W", "ignore", "-m", "bridge.python_analyst", str(project)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment or None) as process:
        reader = Reader(process)
        reader.hear()
        yield reader
        assert process.stdin is not None
        process.stdin.close()
        process.wait(10)
