"""What the middleware's tests put in the place of the bridge. Nothing here waits, so no event loop is needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable
from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePath
from typing import TypeVar

from device_server import wire
from middleware import (
    apropos,
    completion,
    describe,
    devices,
    formatting,
    greetings,
    inspector,
    interrupt,
    load_file,
    lookup,
    macroexpand,
    namespaces,
    out_subscribe,
    resources,
    session,
    slurp,
    stack,
    stacktrace,
    stdin,
    track_state,
    undef,
)
from middleware import eval as evaluating
from middleware.mirror import Mirror
from middleware.python_mirror_names import MirrorNames
from middleware.python_source import PythonSource
from middleware.replies import answering
from middleware.request import Bencode, Interruption, Message, OnFrame, Request, Target
from middleware.sorted_names import SortedNames

T = TypeVar("T")


class FakeFiles:
    """A device's files, all of which the host has in one folder. A HostFiles."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    async def path(self, file: str) -> str | None:
        return None if file in self.missing else f"/host{file}"


class FakeProject:
    """The project's files on the host. A ProjectFiles."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def source_roots(self) -> list[str]:
        return ["/p/src", "/p"]

    async def find(self, name: str) -> str | None:
        return f"/p/{name}" if name in self.names else None

    async def resources(self) -> dict[str, str]:
        return {name: f"/p/{name}" for name in self.names if not name.endswith(".lpy")}


class FakeSession:
    """A session whose device answers from a script."""

    def __init__(self) -> None:
        self.id = "s1"
        self.is_ephemeral = False
        self.lang: str | None = None
        self.language = "basilisp"
        self.mirror = Mirror()
        self.client: str | None = None
        self.told_mirror: Mirror | None = None
        self.keywords = SortedNames()
        self.refreshed = 0
        self.files = FakeFiles()
        self.python_source = PythonSource()
        self.ns = "user"
        self.last_failure: wire.Message | None = None
        self.asked: list[wire.Message] = []
        self.frames: list[wire.Message] = [{"op": "result", "value": "3", "ns": "user"}]
        """What the device sends to the next request; the last one ends it."""
        self.typed: deque[str] = deque()
        self.interruption = Interruption.DONE
        self.interrupted: list[Bencode | None] = []
        self.is_open = True
        self.address: tuple[str, int] | None = None
        self.unreachable: OSError | None = None
        self.languages: tuple[str, ...] = ("basilisp", "python")
        self.cloned: list[tuple[str | None, str | None]] = []
        self.listening: Request | None = None
        self.following: Request | None = None

    async def ask(self, frame: wire.Message, on_frame: OnFrame) -> wire.Message:
        self.asked.append(frame)
        *before, last = self.frames
        for each in before:
            on_frame(each)
        return last

    def refresh_mirror(self) -> None:
        self.refreshed += 1

    def serve_input(self) -> bool:
        return bool(self.typed and self.typed.popleft())

    def offer_input(self, text: str) -> None:
        self.typed.append(text)

    async def interrupt(self, target: Bencode | None) -> Interruption:
        self.interrupted.append(target)
        return self.interruption

    def clone(self, lang: str | None, client: str | None) -> str:
        self.cloned.append((lang, client))
        return "s2"

    def close(self) -> None:
        self.is_open = False

    def target(self) -> Target:
        if self.address is None:
            return Target("local", None, None, True, self.languages, "3.11.2")
        host, port = self.address
        return Target(f"{host}:{port}", host, port, True, self.languages, "3.11.2")

    async def connect(self, host: str, port: int, lang: str | None) -> None:
        if self.unreachable:
            raise self.unreachable
        self.address = (host, port)
        self.lang = lang or self.lang

    def disconnect(self) -> None:
        self.address = None

    def listen(self, request: Request | None) -> None:
        self.listening = request

    def follow_edits(self, request: Request | None) -> None:
        self.following = request


async def upper(code: str) -> str:
    """Stands for a formatter."""
    if not code.isascii():
        raise ValueError("Cannot parse")
    return code.upper()


def replies_to(message: Message, to: FakeSession) -> list[Message]:
    """Everything the whole stack says to a message, without the id and the session."""
    sent: list[Message] = []
    request = request_for(message, to, sent)
    finish(answering(whole_stack())(request))
    assert all(reply.pop("id") == "7" and reply.pop("session") == to.id for reply in sent)
    return sent


def request_for(message: Message, session: FakeSession, sent: list[Message]) -> Request:
    """A request whose replies go to `sent`."""
    return Request(str(message.get("op", "")), "7", message, session, session.id, sent.append, lambda call: call())


PROJECT = FakeProject("app/unloaded_test.lpy", "logo.png")


async def no_pause() -> None:
    """There is nothing else that waits."""


PICTURES = {"file:///cache/0.png": ("image/png", b"abc")}
"""Those that were shown, by their URLs."""


def read_picture(url: str) -> tuple[str, bytes]:
    if url not in PICTURES:
        raise ValueError(f"There is no {url}")
    return PICTURES[url]


UNSAVED: list[tuple[str, str]] = []
"""Path and text of the buffers that devices are to import, as they have been told."""


class FakeBuffers:
    """Keeps what is noted for the test to see."""

    def loading(self, path: str) -> AbstractContextManager[None]:
        return nullcontext()

    async def note_unsaved(self, path: str, text: str) -> None:
        UNSAVED.append((path, text))


def whole_stack() -> stack.Stack:
    """The stack as the bridge builds it."""
    return stack.build(
        [
            describe.middleware({"nrepl": "1.7.0"}),
            session.middleware(lambda: ["s1"]),
            track_state.middleware(),
            devices.middleware(),
            interrupt.middleware(),
            stdin.middleware(),
            load_file.middleware(lambda path: "app.main" if path == "/p/app/main.py" else None, FakeBuffers()),
            slurp.middleware(read_picture),
            greetings.middleware(),
            evaluating.middleware(),
            completion.middleware(MirrorNames()),
            out_subscribe.middleware(),
            lookup.middleware(MirrorNames()),
            namespaces.middleware(PROJECT),
            apropos.middleware(no_pause),
            resources.middleware(PROJECT),
            inspector.middleware(),
            stacktrace.middleware(PurePath("/host/p")),
            macroexpand.middleware(),
            undef.middleware(),
            formatting.middleware(upper),
        ]
    )


def finish(work: Awaitable[object]) -> None:
    """Run what never waits to its end."""
    returned(work)


def returned(work: Awaitable[T]) -> T:
    """What something returns that never waits."""
    try:
        next(work.__await__())
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("it waited")
