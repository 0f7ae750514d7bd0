"""What a middleware sees: one request, and Protocols for what the bridge lends it.

It holds no behaviour of any op, and it says nothing about `done`: see replies.py for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, TypeAlias

from device_server import wire
from middleware.host_files import HostFiles
from middleware.mirror import Mirror
from middleware.python_source import PythonSource
from middleware.sorted_names import SortedNames

Bencode: TypeAlias = "str | bytes | int | list[Bencode] | dict[str, Bencode]"
"""What bencode can carry. A string that is not UTF-8 stays `bytes`."""
Message: TypeAlias = dict[str, Bencode]
Final: TypeAlias = dict[str, Bencode]
"""The keys of a request's last message. Its `status`, if any, lists what is said besides `done`."""
Transmit: TypeAlias = Callable[[Message], None]
"""Sends a message to a client, whole and in order. Never waits."""
OnFrame: TypeAlias = Callable[[wire.Message], None]
"""Called with each frame that the device sends before the one that ends the request."""


class Refusal(Exception):
    """An op cannot be served as asked: a text for a person, named statuses and further keys of the reply."""

    def __init__(self, text: str, *statuses: str, **keys: Bencode) -> None:
        super().__init__(text)
        self.text = text
        self.statuses = statuses
        self.keys = keys


class Interruption(Enum):
    """What became of an attempt to interrupt."""

    DONE = "done"
    IDLE = "idle"
    MISMATCH = "mismatch"


@dataclass(frozen=True, slots=True)
class Target:
    """The device a session evaluates on."""

    name: str
    host: str | None
    """None for the device that the bridge started itself."""
    port: int | None
    is_connected: bool
    languages: tuple[str, ...]
    """What it evaluates, its default first; before it has answered, all there are."""
    python: str | None
    """The version of Python that it runs; None before it has answered."""


class Session(Protocol):
    """One nREPL session, as the bridge keeps it."""

    @property
    def id(self) -> str: ...

    @property
    def is_ephemeral(self) -> bool:
        """Whether it belongs to a connection, for requests that name no session."""

    @property
    def lang(self) -> str | None:
        """The language of its evals; None leaves the choice to the device."""

    @property
    def language(self) -> str:
        """The language that its requests without `lang` are served in: basilisp or python."""

    @property
    def mirror(self) -> Mirror:
        """What its device's worker defines, as last told: known too while the device is busy or gone. Never waits."""

    @property
    def keywords(self) -> SortedNames:
        """The Clojure keywords in the code that its device was given, in full: `:ns/name` for `::name`."""

    @property
    def client(self) -> str | None:
        """The name of the program that it was made for, if that has said it."""

    told_mirror: Mirror | None
    """What its client was told last of the mirror, if it follows it."""

    def refresh_mirror(self) -> None:
        """Ask the device for all that it defines. The mirror stays as it is until the answer comes."""

    @property
    def files(self) -> HostFiles:
        """The files of its device, as files of the host."""

    @property
    def python_source(self) -> PythonSource:
        """The Python that it has evaluated and loaded; of much code only the latest."""

    ns: str
    """The namespace it is in, as last reported."""

    last_failure: wire.Message | None
    """The latest `error` or `fault` frame that its evals have ended with."""

    async def ask(self, frame: wire.Message, on_frame: OnFrame) -> wire.Message:
        """Send a request to this session's device; the frame that ends it, an `error` if the device is lost."""

    def serve_input(self) -> bool:
        """Give the running eval a line typed earlier; False when there is none and the client must be asked."""

    def offer_input(self, text: str) -> None:
        """Take what was typed; "" is end of file. Serves the eval that waits, else it is kept for later reads."""

    async def interrupt(self, target: Bencode | None) -> Interruption:
        """Interrupt the request with that id, running or queued; None means the one that runs.

        Returns when the interrupted request has had its `done`.
        """

    def clone(self, lang: str | None, client: str | None) -> str:
        """The id of a new session on the same device, with copies of `*1 *2 *3 *e`.

        In the language `lang`, or else this session's; `client` is the name of the program it is for.
        """

    def close(self) -> None:
        """Forget this session; what it runs is interrupted."""

    def target(self) -> Target: ...

    async def connect(self, host: str, port: int, lang: str | None) -> None:
        """Move this session to the device there; it goes on in `lang`, or else in its own language.

        Raises: OSError; Refusal, when the device has no such language. Then nothing has changed.
        """

    def disconnect(self) -> None:
        """Move this session back to the device that the bridge started."""

    def listen(self, request: Request | None) -> None:
        """From now on answer that request with what others write on the device; None ends it."""

    def follow_edits(self, request: Request | None) -> None:
        """From now on answer that request with what becomes of edits, on every device; None ends it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message of a client, and the way back to it."""

    op: str
    id: Bencode | None
    """Echoed in every reply; None when the client sent none."""
    message: Message
    session: Session
    session_id: Bencode
    """Echoed in every reply, as the client wrote it."""
    transmit: Transmit
    when_sent: Callable[[Callable[[], None]], None]
    """Calls when the client has taken all that was sent to it so far."""

    after_done: list[Callable[[], None]] = field(default_factory=list)
    """What to call when the last message has been sent. They may send stragglers."""

    def send(self, message: Message) -> None:
        """Send a message that is not the last. Never waits; to a client that has gone it does nothing."""
        reply = {**message, "session": self.session_id}
        if self.id is not None:
            reply["id"] = self.id
        self.transmit(reply)

    def text(self, key: str) -> str | None:
        """A string, None when absent. Raises: Refusal."""
        value = self._given(key)
        if value is None or isinstance(value, str):
            return value
        raise Refusal(f"'{key}' must be a string", f"bad-{key}")

    def number(self, key: str) -> int | None:
        """An integer, also one written as a string; None when absent. Raises: Refusal."""
        value = self._given(key)
        if isinstance(value, int):
            return value
        if value in (None, "", "nil"):
            return None
        if isinstance(value, str) and value.isdecimal() and len(value) < 10:
            return int(value)
        raise Refusal(f"'{key}' must be an integer", f"bad-{key}")

    def flag(self, key: str) -> bool:
        """Whether the client said yes, in any of the ways clients say it."""
        return self._given(key) not in (None, "", "nil", "false")

    def _given(self, key: str) -> Bencode | None:
        # Calva writes 0 and CIDER an empty list where they mean nil: bencode has no such thing.
        value = self.message.get(key)
        return None if value in (0, []) else value


Handler: TypeAlias = Callable[[Request], Awaitable[Final]]
"""Serves a request: sends what comes before the last message, returns the last. Raises: Refusal, or anything."""
