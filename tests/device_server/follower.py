"""A host that follows what a worker defines, as simply as it can be done: by the middleware's mirror."""

from __future__ import annotations

from middleware.mirror import Mirror, Namespace, Symbol, apply
from tests.device_server.device import Answer, Host


class Descriptions(dict[str, Namespace]):
    """Namespaces by the hash of their description."""

    def __repr__(self) -> str:
        return f"<{len(self)} descriptions>"


class Follower:
    """Applies every `symbols` message, knows every earlier state, and fetches every description."""

    def __init__(self, host: Host, by_hash: Descriptions | None = None) -> None:
        """`by_hash` are the descriptions known already; new ones are added."""
        self.times_lost = -1
        """How often it had to ask for everything, but for the first time."""
        self.mirror = Mirror()
        self._host = host
        self._by_hash = Descriptions() if by_hash is None else by_hash
        self._states: dict[str, Mirror] = {}
        self._ask_for_everything()

    def follow(self) -> Mirror:
        """The mirror after what has come up to now."""
        for message in self._host.taken("symbols"):
            self.apply(message)
        self._fetch()
        return self.mirror

    def apply(self, message: Answer) -> None:
        """One message."""
        state = self._states.get(str(message.get("base", message["rev"])))
        if state is None:
            self._ask_for_everything()
        else:
            self._enter(message["rev"], apply(state, message.get("changes") or {}, self._by_hash))

    def everything(self) -> Mirror:
        """What a host sees that asks now."""
        answer = self._host.ask("symbols")
        self.follow()
        return apply(Mirror(), answer["changes"], self._by_hash)

    def namespace(self, name: str) -> Namespace:
        """A namespace, after following."""
        return self.follow().namespaces[name]

    def symbol(self, namespace: str, name: str) -> Symbol | None:
        """A symbol, after following; None when there is none."""
        return self.namespace(namespace).symbols.get(name)

    def _ask_for_everything(self) -> None:
        self.times_lost += 1
        answer = self._host.ask("symbols")
        self._enter(answer["rev"], apply(Mirror(), answer["changes"], self._by_hash))
        self._host.taken("symbols")
        self._fetch()

    def _enter(self, rev: str, mirror: Mirror) -> None:
        self.mirror = self._states[rev] = mirror

    def _fetch(self) -> None:
        while hashes := self.mirror.unknown_hashes():
            answer = self._host.ask("symbols", describe=hashes)
            assert answer["changes"], hashes
            for message in self._host.taken("symbols"):
                self.apply(message)
            self._enter(answer["rev"], apply(self.mirror, answer["changes"], self._by_hash))
            for name in answer["changes"]:
                namespace = self.mirror.namespaces[name]
                if namespace.hash is not None:
                    self._by_hash[namespace.hash] = namespace
