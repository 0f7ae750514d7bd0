"""Listens for nREPL clients: bytes become requests, requests go to the stack. It knows no op but by where it runs."""

from __future__ import annotations

import logging
import socket
from typing import Final

import trio

from bridge.device_link import DeviceLink
from bridge.framing import Framer, FramingError, encode
from bridge.session import Session
from bridge.sessions import Sessions
from bridge.transport import ByteStream
from device_server import wire
from middleware.descriptor import Runs
from middleware.notifications import notice_of, shaped
from middleware.replies import answering, refuse
from middleware.request import Message, Refusal, Request
from middleware.stack import Stack

log = logging.getLogger(__name__)

BACKLOG: Final = 128
MAX_CLIENTS: Final = 256
MAX_BESIDE: Final = 1024
"""So many requests of one client may be served beside the others at once; more are refused."""
BREATH_S: Final = 0.1
"""How long to wait when a connection cannot be accepted, for want of file descriptors as a rule."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 lets the system choose. Raises: OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setblocking(False)
    return listener


class NreplServer:
    """Serves clients of one bridge."""

    def __init__(self, sessions: Sessions, stack: Stack) -> None:
        self._sessions = sessions
        self._stack = stack
        self._connections: set[Connection] = set()
        sessions.devices.hearers.append(self._on_news)

    async def listen(self, listener: socket.socket) -> None:
        """Accept connections until cancelled. The listener stays its owner's to close."""
        async with trio.open_nursery() as nursery:
            while True:
                await trio.lowlevel.wait_readable(listener)
                try:
                    accepted, address = listener.accept()
                except BlockingIOError:
                    continue  # it has gone again
                except OSError as error:
                    log.warning("cannot accept a connection: %s", error)
                    await trio.sleep(BREATH_S)
                else:
                    nursery.start_soon(self.serve, accepted, f"client {address}")

    async def serve(self, sock: socket.socket, peer: str) -> None:
        """Serve one client until it goes; closes the socket."""
        stream = ByteStream(sock, peer)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(stream.drain)
            connection = Connection(stream, nursery, self._sessions, self._stack)
            try:
                if len(self._connections) < MAX_CLIENTS:
                    self._connections.add(connection)
                    await connection.read()
                else:
                    log.warning("turning away %s: %d clients are connected", peer, MAX_CLIENTS)
                    connection.turn_away()
            finally:
                self._connections.discard(connection)
                connection.close()
            nursery.cancel_scope.cancel()

    def _on_news(self, link: DeviceLink, news: wire.Message) -> None:
        self._sessions.on_news(link, news)
        for connection in self._connections:
            connection.notify(link, news)


class Connection:
    """One client. What its sessions run goes on when it leaves; only the ephemeral one leaves with it."""

    def __init__(self, stream: ByteStream, nursery: trio.Nursery, sessions: Sessions, stack: Stack) -> None:
        self._stream = stream
        self._nursery = nursery
        self._sessions = sessions
        self._ops = stack.ops
        self._answer = answering(stack)
        self._ephemeral: Session | None = None
        self._used: dict[Session, Message] = {}
        """The sessions it uses, the latest last; `session` and `id` of what was asked of each last."""

    async def read(self) -> None:
        """Serve messages until the client goes or sends what is no message."""
        framer = Framer()
        try:
            while data := await self._stream.receive():
                for message in framer.feed(data):
                    await self._dispatch(message)
        except FramingError as error:
            log.warning("closing %s: %s", self._stream.peer, error)

    def close(self) -> None:
        """Hang up."""
        self._stream.close()
        for session in self._used:
            session.leave()
        if self._ephemeral is not None:
            self._ephemeral.close()

    def turn_away(self) -> None:
        """Say that there is no room."""
        text = f"{MAX_CLIENTS} clients are connected already; close one and connect again"
        self._transmit({"status": ["error", "too-many-clients", "done"], "error": text, "err": text + "\n"})

    def notify(self, link: DeviceLink, news: wire.Message) -> None:
        """Tell the client, if its sessions are on that device and none of them tells it by itself."""
        here = [session for session in self._used if session.is_open and session.device.link is link]
        if not here or any(session.is_told_by_its_request(news, link, self._transmit) for session in here):
            return
        notice = notice_of(news, link.name, {session.id for session in here})
        if notice is not None and (message := shaped(notice, here[-1].client)):
            self._transmit({**message, **self._used[here[-1]]})

    async def _dispatch(self, message: Message) -> None:
        named = message.get("session") or None  # Calva writes 0 for null
        session = self._own_session() if named is None else self._sessions.get(named)
        if session is None:
            refuse(self._request(message, self._own_session()), Refusal("There is no such session", "unknown-session"))
            return
        request = self._request(message, session)
        self._note(request, session)
        try:
            await self._serve(request, session)
        except Refusal as refusal:
            refuse(request, refusal)

    async def _serve(self, request: Request, session: Session) -> None:
        """Have it answered where its op runs. Raises: Refusal, when too much is going on there."""
        match self._runs(request.op):
            case Runs.AT_ONCE:
                await self._answer(request)
            case Runs.IN_SESSION:
                session.submit(request, self._answer)
            case Runs.BESIDE:
                if len(self._nursery.child_tasks) > MAX_BESIDE:
                    text = "Too many requests are being served; send this one again when some are answered"
                    raise Refusal(text, "too-many-requests")
                self._nursery.start_soon(self._answer, request)

    def _runs(self, op: str) -> Runs:
        spec = self._ops.get(op)
        return spec.runs if spec else Runs.AT_ONCE

    def _note(self, request: Request, session: Session) -> None:
        """What the client has not asked for goes out as a reply to its latest eval, which editors still know."""
        if session not in self._used:
            self._use(session)
        if request.id is not None and (self._runs(request.op) is Runs.IN_SESSION or "id" not in self._used[session]):
            self._used.pop(session)
            self._used[session] = {"session": request.session_id, "id": request.id}

    def _use(self, session: Session) -> None:
        self._used = {each: latest for each, latest in self._used.items() if each.is_open}
        self._used[session] = {"session": session.id}
        session.enter()

    def _request(self, message: Message, session: Session) -> Request:
        op = message.get("op")
        return Request(
            op=op if isinstance(op, str) else "",
            id=message.get("id"),
            message=message,
            session=session,
            session_id=message.get("session") or session.id,
            transmit=self._transmit,
            when_sent=self._stream.when_sent,
        )

    def _own_session(self) -> Session:
        """The session of requests that name none; nobody else can reach it."""
        if self._ephemeral is None:
            self._ephemeral = self._sessions.create_ephemeral()
        return self._ephemeral

    def _transmit(self, message: Message) -> None:
        if (made := self._sessions.get(message.get("new-session", 0))) is not None:
            self._use(made)
        self._stream.send_now(encode(message))
