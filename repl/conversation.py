"""What the terminal says to the bridge and hears from it: sessions, evals, the connection's end. It draws nothing."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol

from repl.bencode import Bencode, Message
from repl.client import Client, LostError, has_status, text_of, texts_of
from repl.finding import Address, Finder
from repl.languages import CLOJURE, LANGUAGES, Language
from repl.own_bridge import BridgeError

CLIENT_NAME: Final = "tether repl"
"""By this name the bridge knows that it may send notifications."""
QUOTA_CHARS: Final = 65_536
"""Of a printed value: more is a file, not a thing to read."""
ANSWER_S: Final = 10.0
"""A bridge has its first answer ready in this time."""
REDIAL_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0)
KEPT_INPUTS: Final = 500
_PRINT: Final = "nrepl.middleware.print/"
_TYPED: Final = re.compile(r"Syntax error .* at \(\*tether-\d+\*:\d+(?::\d+)?\)\.\n")
"""The place is shown with its line instead."""


class RefusedError(Exception):
    """The bridge has refused a request; the text says why."""


class Display(Protocol):
    """Where what is heard is shown."""

    def out(self, text: str) -> None:
        """Standard output of the program."""

    def err(self, text: str) -> None:
        """Its standard error, and what went wrong."""

    def value(self, text: str, language: Language) -> None:
        """A value, printed."""

    def notice(self, text: str, kind: str = "message") -> None:
        """For the user; `kind` is message, warning or error."""

    def failure(self, causes: list[Message], inputs: Mapping[str, str]) -> None:
        """Where something went wrong; `inputs` has what was typed, by the name of file that it was given."""

    def ended(self) -> None:
        """What ran has ended."""

    async def room(self) -> None:
        """Wait while too much is still to be shown."""


@dataclass(slots=True)
class Eval:
    """One request that runs code."""

    id: str
    session: str
    language: Language
    started: float = field(default_factory=time.monotonic)
    has_failed: bool = False
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when all that it has said is shown."""


class Conversation:
    """One user's sessions, one for each language that has been used, and the connection that they are used over."""

    def __init__(self, finder: Finder, display: Display, width: Callable[[], int], tasks: asyncio.TaskGroup) -> None:
        """`width` is that of the terminal, in characters; `tasks` must outlive this."""
        self.is_connected = False
        self.device = ""
        self.language = CLOJURE
        self.wants_input = False
        """Whether the program reads a line."""
        self.changed: Callable[[], None] = lambda: None
        """Called when any of these has changed."""
        self.draw: Callable[[Message], None] | None = None
        """Called with each picture of a value; None where there is none who could see it: then the value names it."""
        self.running: dict[str, Eval] = {}
        """What has not ended, the oldest first."""
        self.inputs: dict[str, str] = {}
        """What was typed, by the name of file that it is evaluated under."""
        self._finder = finder
        self._display = display
        self._width = width
        self._client: Client | None = None
        self._sessions: dict[str, str] = {}
        self._ns: dict[str, str] = {}
        self._has_left_running = False
        """Whether an eval may still run whose end cannot be heard: its connection was lost."""
        self._address: Address | None = None
        """Of the device that the user wants, instead of the one where sessions begin."""
        self._numbers = itertools.count(1)
        self._tasks = tasks
        self._following: asyncio.Task[None] | None = None

    @property
    def ns(self) -> str:
        """The namespace that code is evaluated in."""
        return self._ns.get(self.language.name, "")

    @property
    def session(self) -> str:
        """The session of the current language; empty while there is none."""
        return self._sessions.get(self.language.name, "")

    async def open(self, lang: str | None, device: Address | None) -> None:
        """Connect and make a session. Raises: BridgeError, OSError, LostError, RefusedError."""
        self._client = Client(await asyncio.to_thread(self._finder.connect))
        self._following = self._tasks.create_task(self._follow())
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._begin(lang)
        except TimeoutError as error:
            raise BridgeError("Something listens there, but it does not answer as an nREPL server would") from error
        if device is not None:
            await self.move(*device)

    def close(self) -> None:
        """Close the sessions and the connection; what runs is interrupted."""
        if self._following is not None:
            self._following.cancel()
        client, self._client = self._client, None
        if client is not None:
            try:
                for session in self._sessions.values():
                    client.send({"op": "close", "session": session})
            except LostError:
                pass  # the bridge has gone, and they with it
            client.close()

    async def ask(self, op: str, **keys: Bencode) -> Message:
        """Ask something in the current session. Raises: LostError, RefusedError."""
        reply = await self._link().ask({"op": op, "session": self.session, **keys})
        if has_status(reply, "error"):
            raise RefusedError(text_of(reply, "error") or text_of(reply, "err") or f"The bridge refuses {op}")
        return reply

    def evaluate(self, code: str) -> Eval:
        """Send code. Raises: LostError."""
        name = f"*tether-{next(self._numbers)}*"
        self.inputs[name] = code
        if len(self.inputs) > KEPT_INPUTS:
            self.inputs.pop(next(iter(self.inputs)))
        return self._start({"op": "eval", "code": code, "file": name, "line": 1, "column": 1})

    def load(self, text: str, path: str) -> Eval:
        """Send a file. Raises: LostError."""
        return self._start({"op": "load-file", "file": text, "file-path": path})

    def interrupt(self) -> bool:
        """Interrupt the oldest request that has not ended; False when there is none. Raises: LostError."""
        for each in self.running.values():
            which: Message = {} if self._has_left_running else {"interrupt-id": each.id}
            self._link().send({"op": "interrupt", "session": each.session, **which})
            return True
        if self._has_left_running:
            self._has_left_running = False
            self._link().send({"op": "interrupt", "session": self.session})
            return True
        return False

    def type(self, text: str) -> None:
        """Give the program a line, or with an empty text the end of its input. Raises: LostError."""
        self.wants_input = False
        self.changed()
        session = next((each.session for each in self.running.values()), self.session)
        self._link().send({"op": "stdin", "stdin": text, "session": session})

    async def use(self, lang: str) -> None:
        """Go on in another language. Raises: LostError, RefusedError."""
        if lang not in self._sessions:
            await self._begin(lang, {"session": self.session})
        else:
            self.language = LANGUAGES[lang]
        self.changed()

    async def move(self, host: str, port: int) -> None:
        """Evaluate on another device from now on, in the language there is. Raises: LostError, RefusedError."""
        await self.ask("device-connect", host=host, port=port)
        self._address = (host, port)
        await self._forget_others()
        await self._learn()

    async def move_back(self) -> None:
        """Evaluate on the bridge's own device again. Raises: LostError, RefusedError."""
        await self.ask("device-disconnect")
        self._address = None
        await self._forget_others()
        await self._learn()

    async def _begin(self, lang: str | None, origin: Message | None = None) -> None:
        keys: Message = {"lang": lang} if lang else {}
        told = await self._link().ask({"op": "clone", "client-name": CLIENT_NAME, **(origin or {}), **keys})
        session = text_of(told, "new-session")
        if not session:
            raise RefusedError(text_of(told, "error") or "The bridge gives no session")
        await self._learn(session)

    async def _learn(self, session: str | None = None) -> None:
        """Ask what the session is like: language, device, namespace."""
        session = session or self.session
        told = await self._link().ask({"op": "describe", "session": session})
        aux = told.get("aux")
        about: Message = aux if isinstance(aux, dict) else {}
        self.language = LANGUAGES.get(text_of(about, "lang"), CLOJURE)
        self.device = text_of(about, "device")
        self._sessions[self.language.name] = session
        self._ns[self.language.name] = text_of(about, "current-ns") or "user"
        self.is_connected = not has_status(told, "error")
        self.changed()

    async def _learn_again(self) -> None:
        """A device that was started anew does not know any more in which namespace this session was."""
        with suppress(LostError):  # that is told where it is noticed
            await self._learn()

    async def _forget_others(self) -> None:
        """The sessions of the other languages are on a device that has been left."""
        for lang in [lang for lang in self._sessions if lang != self.language.name]:
            await self._link().ask({"op": "close", "session": self._sessions.pop(lang)})

    def _link(self) -> Client:
        if self._client is None:
            raise LostError("there is no connection")
        return self._client

    def _start(self, message: Message) -> Eval:
        keys: Message = {
            f"{_PRINT}print": "nrepl.util.print/pprint",
            f"{_PRINT}options": {"right-margin": self._width()},
            f"{_PRINT}quota": QUOTA_CHARS,
        }
        if self.draw is not None:
            keys["images"] = "true"
        id_ = self._link().send({**message, **keys, "session": self.session})
        self.running[id_] = started = Eval(id_, self.session, self.language)
        self.changed()
        return started

    async def _follow(self) -> None:
        """Take what comes, for ever; when the bridge has gone, find one again."""
        while True:
            try:
                async for message in self._link().messages():
                    self._take(message)
                    await self._display.room()
            except LostError as error:
                self._lose(f"The bridge has gone: {error}. Looking for one again; what you type is kept")
            self._client = await self._redial()
            self._tasks.create_task(self._resume())

    def _take(self, message: Message) -> None:
        """Show a message, whichever request it belongs to."""
        about = self.running.get(str(message.get("id")))
        if text := text_of(message, "out"):
            self._display.out(text)
        if text := text_of(message, "err"):
            self._display.err(_TYPED.sub("", text))
        if "value" in message:
            self._show(message, about.language if about else self.language)
        if about and (ns := text_of(message, "ns")) and not has_status(message, "error"):
            self._ns[about.language.name] = ns
        if has_status(message, "notification"):
            self._display.notice(text_of(message, "msg").strip("\n"), text_of(message, "type"))
            self._tasks.create_task(self._learn_again())
        if has_status(message, "need-input"):
            self.wants_input = True
        if about:
            self._has_left_running = False  # what is served now was behind it
            self._progress(about, message)
        self.changed()

    def _show(self, message: Message, language: Language) -> None:
        text = text_of(message, "value")
        if text == language.nothing:
            return
        self._display.value(text, language)
        if texts_of(message, f"{_PRINT}truncated-keys"):
            self._display.notice(f"The value is cut: {QUOTA_CHARS} characters of it are shown")
        images = message.get("images")
        for image in images if isinstance(images, list) else ():
            if isinstance(image, dict) and self.draw is not None:
                self.draw(image)

    def _progress(self, about: Eval, message: Message) -> None:
        about.has_failed |= any(has_status(message, status) for status in ("eval-error", "error", "interrupted"))
        if has_status(message, "interrupted"):
            self._display.notice("Interrupted", "warning")
        if not has_status(message, "done"):
            return
        del self.running[about.id]
        self.wants_input = False
        self._display.ended()
        if about.has_failed and not has_status(message, "interrupted"):
            self._tasks.create_task(self._explain(about))
        else:
            about.finished.set()

    async def _explain(self, about: Eval) -> None:
        try:
            causes = await self._link().ask_all({"op": "analyze-last-stacktrace", "session": about.session})
        except LostError:
            causes = []  # that is told where it is noticed
        self._display.failure(causes, self.inputs)
        about.finished.set()

    def _lose(self, why: str) -> None:
        if self._client is not None:
            self._client.close()
        self._client, self.is_connected, self.wants_input = None, False, False
        self._display.ended()
        self._display.notice(why, "error")
        self._has_left_running |= bool(self.running)
        for each in self.running.values():
            each.has_failed = True
            each.finished.set()
        self.running.clear()
        self.changed()

    async def _redial(self) -> Client:
        for delay_s in itertools.chain(REDIAL_S, itertools.repeat(REDIAL_S[-1])):
            try:
                return Client(await asyncio.to_thread(self._finder.connect))
            except (OSError, BridgeError):
                await asyncio.sleep(delay_s)
        raise AssertionError("the delays have no end")

    async def _resume(self) -> None:
        """Go on with the session, which outlives a connection; if the bridge is another, with one that is like it."""
        try:
            told = await self._link().ask({"op": "describe", "session": self.session})
            if not has_status(told, "error"):
                await self._learn()
                goes_on = "; what ran goes on, Ctrl-C interrupts it" if self._has_left_running else ""
                self._display.notice(f"The bridge is back, with all that was defined{goes_on}")
                return
            self._sessions.clear()
            self._has_left_running = False
            await self._begin(self.language.name)
            self._display.notice("Another bridge has taken its place: this is a new session", "warning")
            if self._address is not None:
                await self.move(*self._address)
        except (LostError, RefusedError) as error:
            self._display.notice(str(error), "error")
