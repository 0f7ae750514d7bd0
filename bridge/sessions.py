"""The sessions of a bridge: which there are, what they hear of each other, and when nobody uses them any more."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Final

import trio

from bridge.device_link import DeviceLink
from bridge.devices import Address, Device, Devices
from bridge.listener import Listener
from bridge.session import Kind, Session
from device_server import wire
from middleware import acks
from middleware.notifications import lost_state
from middleware.request import Bencode, Request

log = logging.getLogger(__name__)

LOOKS: Final = 10
"""So many times in the time after which abandoned sessions are closed they are looked for."""


class Sessions:
    """The sessions of a bridge, by id. Ephemeral ones belong to their connection and are not listed."""

    def __init__(
        self, nursery: trio.Nursery, devices: Devices, device: Device, lang: str | None, idle_s: float
    ) -> None:
        """New sessions start on `device`, in the language `lang`; those abandoned for `idle_s` are closed."""
        self.devices: Final = devices
        self._nursery = nursery
        self._device = device
        self._lang = lang
        self._by_id: dict[str, Session] = {}
        self._listeners: dict[Session, Listener] = {}
        self._followers: dict[Session, Request] = {}
        nursery.start_soon(self._reap, idle_s)

    def create(self, parent: Session | None = None, lang: str | None = None, client: str | None = None) -> Session:
        """A session that inherits device and, unless told, language, and is listed."""
        inherited = parent.lang if parent else self._lang
        session = self._create(Kind(lang or inherited, client), parent.device if parent else self._device)
        self._by_id[session.id] = session
        return session

    def create_ephemeral(self) -> Session:
        """A session for the requests of one connection that name none; it closes it."""
        return self._create(Kind(self._lang, is_ephemeral=True), self._device)

    def get(self, session_id: Bencode) -> Session | None:
        """The session with that id."""
        return self._by_id.get(session_id) if isinstance(session_id, str) else None

    def ids(self) -> list[str]:
        """The ids of the listed sessions."""
        return list(self._by_id)

    def forget(self, session: Session, left: Iterable[Address | None]) -> None:
        """Take a session off the list; the devices that it has left before are told that it is closed."""
        self._by_id.pop(session.id, None)
        self._listeners.pop(session, None)
        self._followers.pop(session, None)
        farewell: wire.Message = {"op": "close", "session": session.id}
        for address in left:
            self._nursery.start_soon(self.devices.tell, address, farewell)

    def listen(self, session: Session, listener: Listener | None) -> None:
        """Let the session hear what others write on its device; None ends it."""
        self._listeners.pop(session, None)
        if listener is not None:
            self._listeners[session] = listener

    def follow_edits(self, session: Session, request: Request | None) -> None:
        """Answer that request from now on with what becomes of edits; None ends it."""
        self._followers.pop(session, None)
        if request is not None:
            self._followers[session] = request

    def on_news(self, link: DeviceLink, news: wire.Message) -> None:
        """Something happened on that device that no request has asked for."""
        if news["op"] == "out":
            self.pass_on(news, link, None)
        elif news["op"] in (acks.RELOADED, acks.WAITS):
            for request in self._followers.values():
                request.send(acks.message(news, link.name))
        elif lost_state(news):
            for session in self._by_id.values():
                if session.device.link is link:
                    session.begin_again()

    def pass_on(self, frame: wire.Message, link: DeviceLink, author: Session | None) -> None:
        """Let those hear an `out` frame who listen there, but for the session whose output it is."""
        for session, listener in self._listeners.items():
            if session is not author and session.device.link is link:
                listener.hear(frame)

    async def _reap(self, idle_s: float) -> None:
        """Close abandoned sessions: editors that lose their connection, or never close any, come back with new ones."""
        while True:
            await trio.sleep(idle_s / LOOKS)
            since = trio.current_time() - idle_s
            for session in [each for each in self._by_id.values() if each.is_abandoned(since)]:
                log.info("closing session %s, which nobody uses any more", session.id)
                session.close()

    def _create(self, kind: Kind, device: Device) -> Session:
        session = Session(self, kind, self.devices.hold(device))
        self._nursery.start_soon(session.run)
        return session
