"""Follows what a device's worker defines: which state a `symbols` message is about, and what to ask for. Sans-IO.

A worker names each state of its symbols by a revision. A change says which revision it makes of which; one that is told
without changes names the state the worker is in, after it has fallen back to an earlier one for instance. So earlier
mirrors are kept. When a change applies to a state that is not known here, everything is asked for anew.

Every request is caused by a message that the device sent on its own or brings something that was missing, and what
fails twice is not asked for again until the next connection. So whatever the device answers, this comes to rest.
"""

from __future__ import annotations

import logging
from collections import Counter
from typing import Final

from device_server import wire
from middleware.mirror import Mirror, Namespace, apply, described

log = logging.getLogger(__name__)

WORKER: Final = "main"
EARLIER: Final = 256
"""So many states are kept."""
DESCRIPTIONS: Final = 512
"""So many descriptions of library namespaces are kept."""
AT_ONCE: Final = 4
"""So many of them are asked for in one request: evals go in between."""


class Descriptions:
    """Namespaces by the hash of their description, those of all devices; the oldest are forgotten."""

    def __init__(self) -> None:
        self.by_hash: Final[dict[str, Namespace]] = {}

    def keep(self, namespace: Namespace) -> None:
        """Keep it, if it is a description that may serve again."""
        if namespace.hash is None or not namespace.is_described:
            return
        self.by_hash[namespace.hash] = namespace
        if len(self.by_hash) > DESCRIPTIONS:
            del self.by_hash[next(iter(self.by_hash))]


class SymbolSync:
    """The mirror of one device. What its methods return is a request to send now, if any."""

    def __init__(self, descriptions: Descriptions) -> None:
        self.mirror = Mirror()
        """What is known, also while there is no connection."""
        self._descriptions = descriptions
        self._rev: wire.Id | None = None
        self._states: dict[wire.Id, Mirror] = {}
        """The mirror at each revision, oldest first."""
        self._is_asking = False
        self._is_lost = False
        """Whether something came while it was asking that it can make nothing of."""
        self._failures: Counter[str] = Counter()
        """How often a description was asked for in vain."""

    def connected(self) -> wire.Message | None:
        """The device is there, maybe another than before."""
        self._is_asking = False
        self._failures.clear()
        return self._ask_for_everything()

    def told(self, message: wire.Message) -> wire.Message | None:
        """The device has sent a `symbols` message on its own."""
        if message.get("worker", WORKER) != WORKER:
            return None
        rev, changes = message.get("rev"), message.get("changes")
        base = rev if changes is None else message.get("base")
        state = self._states.get(base) if isinstance(base, int | str) else None
        if state is None or not self._enter(rev, state, changes):
            return self._ask_for_everything()
        return self._ask_for_descriptions()

    def answered(self, asked: wire.Message, answer: wire.Message) -> wire.Message | None:
        """A request that one of these methods has returned has ended."""
        self._is_asking = False
        if answer.get("type") == wire.ErrorType.DEVICE_LOST:
            return None
        hashes = asked.get("describe")
        if answer.get("op") == "error":
            log.warning("the device does not tell its symbols: %s", answer.get("error"))
        elif not isinstance(hashes, list):
            self._is_lost = False  # whatever came before, this is after it
            self._enter(answer.get("rev"), Mirror(), answer.get("changes"))
        elif answer.get("rev") == self._rev:
            self._enter(answer.get("rev"), self.mirror, answer.get("changes"))
        else:
            self._is_lost = True
        if isinstance(hashes, list):
            self._failures.update(set(map(str, hashes)).intersection(self.mirror.unknown_hashes()))
        return self._ask_for_everything() if self._is_lost else self._ask_for_descriptions()

    def _enter(self, rev: wire.JSON, base: Mirror, changes: wire.JSON) -> bool:
        """Be at `rev`, which the changes make of `base`; False when they are malformed, and then all is as it was."""
        try:
            name = _name(rev)
            mirror = self._changed(described(base, self._descriptions.by_hash), changes)
        except ValueError as error:
            log.warning("the device has sent changes that are none: %s", error)
            return False
        self.mirror, self._rev = mirror, name
        self._states.pop(name, None)
        self._states[name] = mirror
        if len(self._states) > EARLIER:
            del self._states[next(iter(self._states))]
        return True

    def _changed(self, base: Mirror, changes: wire.JSON) -> Mirror:
        if changes is None:
            return base
        if not isinstance(changes, dict):
            raise ValueError(f"{changes!r} is no object")
        mirror = apply(base, changes, self._descriptions.by_hash)
        for name in changes:
            if name in mirror.namespaces:
                self._descriptions.keep(mirror.namespaces[name])
        return mirror

    def _ask(self, request: wire.Message) -> wire.Message | None:
        """One request at a time."""
        if self._is_asking:
            return None
        self._is_asking = True
        return request

    def _ask_for_everything(self) -> wire.Message | None:
        self._is_lost = self._is_asking
        return self._ask({"op": "symbols"})

    def _ask_for_descriptions(self) -> wire.Message | None:
        hashes = [each for each in self.mirror.unknown_hashes() if self._failures[each] < 2]
        untried = [each for each in hashes if not self._failures[each]]
        together: list[wire.JSON] = [*(untried[:AT_ONCE] or hashes[:1])]
        return self._ask({"op": "symbols", "describe": together}) if together else None


def _name(rev: wire.JSON) -> wire.Id:
    if not isinstance(rev, int | str):
        raise ValueError(f"{rev!r} is no revision")
    return rev
