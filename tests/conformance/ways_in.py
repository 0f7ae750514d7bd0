"""The ways in, behind one face: a device server spoken to directly, and a bridge in front of one.

What each says on its own wire becomes the same events here, so that one table can hold for all of them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final, Protocol, TypeAlias

from device_server import wire
from middleware.request import Bencode, Message
from tests.conformance.clients import JsonLines, Nrepl, statuses

Options: TypeAlias = dict[str, str | int]
"""What an eval may say besides its code: lang, ns, file, line, column, quota."""
Place: TypeAlias = tuple[str, int, int]
"""File, line, column."""

_HEADLINE: Final = re.compile(
    r"Syntax error (?:reading source|macroexpanding \S+|compiling) at \((.*?):(\d+)(?::(\d+))?\)\.\n"
)
NO_COLUMN: Final = 0
"""Stands in a place of which nREPL tells the line only: that of a Python file."""


class Kind(Enum):
    """What an event is."""

    OUT = auto()
    ERR = auto()
    VALUE = auto()
    FAILURE = auto()
    """The text is the exception's class, or `namespace`, or `interrupted`."""
    NEEDS_INPUT = auto()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that an eval tells while it runs."""

    kind: Kind
    text: str = ""
    ns: str | None = None
    root: str | None = None
    """The class of the exception at the root of a failure."""
    place: Place | None = None
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that an eval has told."""

    events: list[Event] = field(default_factory=list)

    @property
    def values(self) -> list[str]:
        return [event.text for event in self.events if event.kind is Kind.VALUE]

    @property
    def failures(self) -> list[str]:
        return [event.text for event in self.events if event.kind is Kind.FAILURE]

    @property
    def places(self) -> list[Place]:
        return [event.place for event in self.events if event.place]

    @property
    def ns(self) -> str | None:
        """As last told."""
        return next((event.ns for event in reversed(self.events) if event.ns), None)

    @property
    def kinds(self) -> list[Kind]:
        """In order, repetitions left out."""
        return [kind for kind, _ in itertools.groupby(event.kind for event in self.events)]

    def text(self, kind: Kind) -> str:
        """What all events of a kind say."""
        return "".join(event.text for event in self.events if event.kind is kind)


class Talk(Protocol):
    """One session, on a connection of its own."""

    def start(self, code: str, **options: str | int) -> Iterator[Event]:
        """Begin an eval now; its events as they come, up to its end."""

    def load(self, text: str, path: str) -> Iterator[Event]:
        """Begin to load a file."""

    def type(self, text: str) -> None:
        """Answer the running eval's need for input."""

    def interrupt(self) -> None:
        """Interrupt the running eval."""

    def fork(self) -> Talk:
        """Another session, with copies of the last values of this one."""

    def close(self) -> None:
        """End the session and the connection."""


def evaluate(talk: Talk, code: str, *answers: str, **options: str | int) -> Outcome:
    """Everything an eval tells; each time it needs input it gets the next of `answers`."""
    return gather(talk, talk.start(code, **options), answers)


def gather(talk: Talk, events: Iterable[Event], answers: Iterable[str] = ()) -> Outcome:
    """Follow an eval to its end."""
    unused, outcome = iter(answers), Outcome()
    for event in events:
        outcome.events.append(event)
        if event.kind is Kind.NEEDS_INPUT:
            talk.type(next(unused))
    return outcome


class DeviceTalk:
    """A session of a device server."""

    _sessions = itertools.count(1)

    def __init__(self, port: int) -> None:
        self._port = port
        self._client = JsonLines(port, wire.CAP_OUT, wire.CAP_VALUES)
        self._session = f"session-{next(self._sessions)}"
        self._running = 0

    def start(self, code: str, **options: str | int) -> Iterator[Event]:
        """See Talk."""
        keys: dict[str, wire.JSON] = {**options}
        if "quota" in keys:
            keys["print"] = {"quota": keys.pop("quota")}
        return self._begin("eval", code=code, **keys)

    def load(self, text: str, path: str) -> Iterator[Event]:
        """See Talk; what the bridge finds out about the file is said here."""
        module = path.rpartition(".")[0].removesuffix("/__init__").replace("/", ".")
        return self._begin("load", source=text, file=path, name=module, lang=_language(path))

    def type(self, text: str) -> None:
        """See Talk."""
        self._client.send("stdin", id=self._running, text=text)

    def interrupt(self) -> None:
        """See Talk."""
        self._client.send("interrupt", target=self._running)

    def fork(self) -> Talk:
        """See Talk."""
        fork = DeviceTalk(self._port)
        assert self._client.ask("clone", session=fork._session, **{"from": self._session})["op"] == "cloned"
        return fork

    def close(self) -> None:
        """See Talk."""
        with self._client:
            assert self._client.ask("close", session=self._session)["op"] == "closed"

    def _begin(self, op: str, **keys: wire.JSON) -> Iterator[Event]:
        self._running = self._client.send(op, session=self._session, **keys)
        return itertools.chain.from_iterable(map(_device_events, self._client.converse(self._running)))


def _language(path: str) -> str:
    return "python" if path.endswith(".py") else "basilisp"


def _device_events(frame: wire.Message) -> Iterator[Event]:
    ns = str(frame["ns"]) if "ns" in frame else None
    match frame["op"]:
        case "out":
            yield Event(Kind.OUT if frame["stream"] == "out" else Kind.ERR, str(frame["text"]))
        case "need-input":
            yield Event(Kind.NEEDS_INPUT)
        case "value" | "result" if "value" in frame:
            yield Event(Kind.VALUE, str(frame["value"]), ns, is_cut=bool(frame.get("truncated")))
        case "fault" | "error":
            yield from _device_failure(frame, ns)


def _device_failure(frame: wire.Message, ns: str | None) -> Iterator[Event]:
    if frame["type"] in (wire.ErrorType.INTERRUPTED, wire.ErrorType.NAMESPACE):
        yield Event(Kind.FAILURE, str(frame["type"]), ns)
        return
    yield Event(Kind.ERR, f"{frame['error']}\n", place=_place(frame.get("location")))
    kind = str(frame["type"])
    yield Event(Kind.FAILURE, str(frame.get("ex", kind)), ns, str(frame.get("root_ex", kind)))


def _place(location: wire.JSON) -> Place | None:
    if not isinstance(location, dict) or "column" not in location:  # a call's
        return None
    line, column = location["line"], location["column"]
    assert isinstance(line, int)
    assert isinstance(column, int)
    return str(location["file"]), line, column


class NreplTalk:
    """A session of a bridge."""

    def __init__(self, port: int, origin: str | None = None) -> None:
        self._port = port
        self._client = Nrepl(port)
        self._session = self._client.clone(**{"session": origin} if origin else {})
        self._running: Bencode = ""

    def start(self, code: str, **options: str | int) -> Iterator[Event]:
        """See Talk."""
        keys: Message = {**options}
        if "quota" in keys:
            keys["nrepl.middleware.print/quota"] = keys.pop("quota")
        return self._begin({"op": "eval", "code": code, **keys})

    def load(self, text: str, path: str) -> Iterator[Event]:
        """See Talk."""
        return self._begin({"op": "load-file", "file": text, "file-path": path, "file-name": path.rpartition("/")[2]})

    def type(self, text: str) -> None:
        """See Talk."""
        self._tell({"op": "stdin", "stdin": text})

    def interrupt(self) -> None:
        """See Talk."""
        self._tell({"op": "interrupt", "interrupt-id": self._running})

    def fork(self) -> Talk:
        """See Talk."""
        return NreplTalk(self._port, self._session)

    def close(self) -> None:
        """See Talk."""
        with self._client:
            self._client.ask({"op": "close", "session": self._session})

    def _begin(self, message: Message) -> Iterator[Event]:
        self._running = self._tell(message)
        return itertools.chain.from_iterable(map(_nrepl_events, self._client.converse(self._running)))

    def _tell(self, message: Message) -> Bencode:
        return self._client.send({**message, "session": self._session})


def _nrepl_events(reply: Message) -> Iterator[Event]:
    ns = str(reply["ns"]) if "ns" in reply else None
    status = statuses(reply)
    if "out" in reply:
        yield Event(Kind.OUT, str(reply["out"]))
    if "err" in reply and "error" not in status:
        yield _nrepl_err(str(reply["err"]))
    if "value" in reply:
        yield Event(Kind.VALUE, str(reply["value"]), ns, is_cut="nrepl.middleware.print/truncated" in status)
    if "ex" in reply:
        yield Event(Kind.FAILURE, str(reply["ex"]), ns, str(reply["root-ex"]))
    if "interrupted" in status:
        yield Event(Kind.FAILURE, wire.ErrorType.INTERRUPTED)
    if "namespace-not-found" in status:
        yield Event(Kind.FAILURE, wire.ErrorType.NAMESPACE)
    if "need-input" in status:
        yield Event(Kind.NEEDS_INPUT)


def _nrepl_err(text: str) -> Event:
    headline = _HEADLINE.match(text)
    if headline is None:
        return Event(Kind.ERR, text)
    place = (headline[1], int(headline[2]), int(headline[3] or NO_COLUMN))
    return Event(Kind.ERR, text[headline.end() :], place=place)
