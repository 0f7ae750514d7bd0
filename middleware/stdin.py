"""The op `stdin`, and what was typed for a session but not read yet."""

from __future__ import annotations

from collections import deque
from typing import Final as Constant

from middleware.descriptor import Descriptor, OpSpec, provides
from middleware.request import Final, Refusal, Request

MAX_CHARS: Constant = 16 * 1024 * 1024
MAX_LINES: Constant = 1024 * 1024
"""With more than so much that nobody has read, no more is taken."""

SPEC: Constant = OpSpec(
    doc="Give the session's code something to read. What it does not read is kept for later reads.",
    requires={"stdin": "The text with its newlines; the empty string is end of file."},
    optional={"session": "The session whose code reads."},
)


def middleware() -> Descriptor:
    """Handles `stdin`."""
    return provides("stdin", {"stdin": (SPEC, stdin)}, requires=frozenset({"session"}))


async def stdin(request: Request) -> Final:
    """Serve one `stdin`."""
    request.session.offer_input(request.text("stdin") or "")
    return {}


class TypedInput:
    """Lines in the order they were typed. One read of the device takes one line, so that none is lost with an eval."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._chars = 0

    def offer(self, text: str) -> None:
        """Add text: any number of lines, the last one maybe without its end; "" is end of file.

        Raises: Refusal, when too much waits already.
        """
        if self._chars > MAX_CHARS or len(self._lines) > MAX_LINES:
            raise Refusal("Too much input waits to be read; send it when the code has read some", "too-much-input")
        self._chars += len(text)
        *whole, rest = text.split("\n")
        self._lines.extend(line + "\n" for line in whole)
        if rest or not whole:
            self._lines.append(rest)

    def take(self) -> str | None:
        """The next line, "" for end of file; None when nothing is left."""
        if not self._lines:
            return None
        self._chars -= len(self._lines[0])
        return self._lines.popleft()
