"""Listens for nREPL clients: bytes become requests, requests go to the stack. It knows no op but by where it runs."""

from __future__ import annotations

import logging
import socket
from typing import Final

import trio

from bridge.framing import Framer, FramingError, encode
from bridge.sessions import Session, Sessions
from bridge.transport import ByteStream
from middleware.descriptor import Runs
from middleware.replies import answering, refuse
from middleware.request import Message, Refusal, Request
from middleware.stack import Stack

log = logging.getLogger(__name__)

BACKLOG: Final = 128
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
                await connection.read()
            finally:
                connection.close()
            nursery.cancel_scope.cancel()


class Connection:
    """One client. What its sessions run goes on when it leaves; only the ephemeral one leaves with it."""

    def __init__(self, stream: ByteStream, nursery: trio.Nursery, sessions: Sessions, stack: Stack) -> None:
        self._stream = stream
        self._nursery = nursery
        self._sessions = sessions
        self._ops = stack.ops
        self._answer = answering(stack)
        self._ephemeral: Session | None = None

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
        if self._ephemeral is not None:
            self._ephemeral.close()

    async def _dispatch(self, message: Message) -> None:
        named = message.get("session") or None  # Calva writes 0 for null
        session = self._own_session() if named is None else self._sessions.get(named)
        if session is None:
            refuse(self._request(message, self._own_session()), Refusal("There is no such session", "unknown-session"))
            return
        request = self._request(message, session)
        spec = self._ops.get(request.op)
        match spec.runs if spec else Runs.AT_ONCE:
            case Runs.AT_ONCE:
                await self._answer(request)
            case Runs.IN_SESSION:
                session.submit(request, self._answer)
            case Runs.BESIDE:
                self._nursery.start_soon(self._answer, request)

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
        self._stream.send_now(encode(message))
