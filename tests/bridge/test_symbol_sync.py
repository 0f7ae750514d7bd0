"""Whatever a device does, the mirror becomes what it defines, and the asking comes to an end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.symbol_sync import AT_ONCE, DESCRIPTIONS, EARLIER, Descriptions, SymbolSync
from device_server import wire
from middleware.mirror import Mirror, Namespace, apply
from tests.middleware.worlds import descriptions, difference, made, worlds

LIBRARY: wire.Message = {"is_new": True, "lang": "basilisp", "symbols": {"join": {"type": "function"}}}


class ModelDevice:
    """A worker with its parked copies, and a connection on which everything arrives later, in order."""

    def __init__(self) -> None:
        self.sync = SymbolSync(Descriptions())
        self.world: wire.Message = {}
        self.library: dict[str, wire.Message] = {}
        """Hash -> description of what was loaded and has not been changed."""
        self.rev = 0
        self._revs = 0
        self._copies: list[tuple[int, wire.Message, dict[str, wire.Message]]] = []
        self._arriving: deque[tuple[wire.Message | None, wire.Message]] = deque()
        """Each with the request that it answers."""
        self.asked = 0

    def connect(self) -> None:
        self._arriving.clear()
        self._ask(self.sync.connected())

    def park(self) -> None:
        self._copies.append((self.rev, deepcopy(self.world), dict(self.library)))

    def fall_back(self) -> None:
        """The worker dies: its latest copy takes over, or a fresh one."""
        if self._copies:
            self.rev, self.world, self.library = self._copies.pop()
        else:
            self._next_rev()
            self.world, self.library = {}, {}
        self._arriving.append((None, {"op": "symbols", "worker": "main", "rev": self.rev}))

    def change(self, after: wire.Message, *, is_heard: bool = True) -> None:
        base = self._next_rev()
        changes = difference(self.world, after)
        if is_heard:
            self._arriving.append((None, {"op": "symbols", "rev": self.rev, "base": base, "changes": changes}))
        self.world = after
        self.library = {hash_: told for hash_, told in self.library.items() if self.world.get(hash_) == told}

    def load(self, name: str, told: wire.Message) -> None:
        """A library, told by a hash which is its name here."""
        base = self._next_rev()
        self.world[name], self.library[name] = told, told
        changes: wire.Message = {name: {"hash": name, "lang": told["lang"]}}
        self._arriving.append((None, {"op": "symbols", "rev": self.rev, "base": base, "changes": changes}))

    def deliver(self) -> None:
        """Let the next message arrive."""
        if not self._arriving:
            return
        request, message = self._arriving.popleft()
        self._ask(self.sync.told(message) if request is None else self.sync.answered(request, message))

    def deliver_all(self) -> None:
        while self._arriving:
            self.deliver()

    def _next_rev(self) -> int:
        self._revs += 1
        base, self.rev = self.rev, self._revs
        return base

    def _ask(self, request: wire.Message | None) -> None:
        if request is None:
            return
        self.asked += 1
        hashes = request.get("describe")
        answer: wire.Message = {"op": "result", "rev": self.rev}
        if isinstance(hashes, list):
            described = {name: told for name, told in self.world.items() if name in hashes and isinstance(told, dict)}
            answer["changes"] = {
                name: {**told, "hash": name} if name in self.library else told for name, told in described.items()
            }
        else:
            answer["changes"] = {
                name: {"hash": name, "lang": self.library[name]["lang"]} if name in self.library else told
                for name, told in self.world.items()
            }
        self._arriving.append((request, deepcopy(answer)))

    def defines(self) -> Mirror:
        """What a mirror of it must be."""
        whole = made(self.world)
        loaded: wire.Message = {name: {**told, "hash": name} for name, told in self.library.items()}
        return apply(whole, loaded, {})


class Steps:
    """What may happen to a device, as functions of it."""

    deliver = st.just(lambda device: device.deliver())
    park = st.just(lambda device: device.park())
    fall_back = st.just(lambda device: device.fall_back())
    connect = st.just(lambda device: device.connect())
    change = worlds.map(lambda after: lambda device: device.change(after))
    load = st.tuples(st.sampled_from(["lib", "os"]), descriptions).map(
        lambda loaded: lambda device: device.load(f"{loaded[0]}-{hash(repr(loaded[1]))}", loaded[1])
    )


@given(st.lists(st.one_of(Steps.deliver, Steps.park, Steps.fall_back, Steps.connect, Steps.change, Steps.load)))
def test_whatever_happens_the_mirror_becomes_what_the_device_defines(
    steps: list[Callable[[ModelDevice], None]],
) -> None:
    device = ModelDevice()
    device.connect()
    for step in steps:
        step(device)
    device.deliver_all()
    assert device.sync.mirror == device.defines()
    assert device.asked <= 4 * len(steps) + 4


def test_what_was_known_stays_while_the_device_is_away() -> None:
    device = connected({"user": {"is_new": True, "symbols": {"f": {}}}})
    device.sync.answered({"op": "symbols"}, {"op": "error", "type": "device-lost", "error": "gone"})
    assert "f" in device.sync.mirror.namespaces["user"].symbols


def test_a_change_that_was_missed_makes_it_ask_for_everything() -> None:
    device = connected({})
    device.change({"user": {"is_new": True}}, is_heard=False)
    device.change({"user": {"is_new": True}, "other": {"is_new": True}})
    device.deliver_all()
    assert set(device.sync.mirror.namespaces) == {"user", "other"}


def test_an_earlier_state_is_gone_back_to_without_asking() -> None:
    device = connected({"user": {"is_new": True, "symbols": {"f": {}}}})
    device.park()
    device.change({})
    device.fall_back()
    asked = device.asked
    device.deliver_all()
    assert "user" in device.sync.mirror.namespaces
    assert device.asked == asked


def test_a_worker_that_dies_while_it_is_asked_is_asked_again_when_another_is_there() -> None:
    sync = SymbolSync(Descriptions())
    asked = sync.connected()
    assert asked is not None
    assert sync.told({"op": "symbols", "worker": "main", "rev": 7}) is None
    assert sync.answered(asked, {"op": "error", "type": "crash", "error": "it died"}) == {"op": "symbols"}
    assert sync.answered(asked, {"op": "error", "type": "crash", "error": "it died"}) is None


def test_a_description_that_has_come_since_is_there_in_the_earlier_state_too() -> None:
    device = connected({})
    device.load("lib", LIBRARY)
    device.park()
    device.change({**device.world, "user": {"is_new": True}})
    device.deliver_all()
    device.fall_back()
    device.deliver_all()
    assert device.sync.mirror == device.defines()


def test_a_description_is_asked_for_once_for_all_devices() -> None:
    descriptions = Descriptions()
    for requests in (2, 1):
        device = ModelDevice()
        device.sync = SymbolSync(descriptions)
        device.load("lib", LIBRARY)
        device.connect()
        device.deliver_all()
        assert device.sync.mirror == device.defines()
        assert device.asked == requests


def test_malformed_changes_leave_the_mirror_as_it_was_and_everything_is_asked_for() -> None:
    device = connected({"user": {"is_new": True, "symbols": {"f": {}}}})
    before = device.sync.mirror
    malformed: wire.Message = {"op": "symbols", "rev": 9, "base": device.rev, "changes": {"user": {"symbols": 1}}}
    assert device.sync.told(malformed) == {"op": "symbols"}
    assert device.sync.mirror is before
    assert device.sync.told(malformed) is None, "one request at a time"


@pytest.mark.parametrize("changes", [None, 1, {"user": 1}, []], ids=repr)
@pytest.mark.parametrize("rev", [None, 1, ["x"]], ids=repr)
def test_a_malformed_answer_is_not_asked_for_again(rev: wire.JSON, changes: wire.JSON) -> None:
    sync = SymbolSync(Descriptions())
    asked = sync.connected()
    assert asked is not None
    assert sync.answered(asked, {"op": "result", "rev": rev, "changes": changes}) is None
    assert sync.mirror == Mirror()


def test_a_description_that_cannot_be_had_is_asked_for_twice_and_its_neighbours_are_had() -> None:
    sync = SymbolSync(Descriptions())
    names = [f"lib{number}" for number in range(2 * AT_ONCE)]
    asked = sync.connected()
    assert asked is not None
    changes: wire.Message = {name: {"hash": name} for name in names}
    request = sync.answered(asked, {"op": "result", "rev": 1, "changes": changes})
    requests = 0
    while request is not None:
        hashes = request["describe"]
        assert isinstance(hashes, list)
        told: wire.Message = {str(each): {"hash": each, "is_new": True} for each in hashes}
        failed: wire.Message = {"op": "error", "type": "crash", "error": "it died of lib3"}
        answer: wire.Message = {"op": "result", "rev": 1, "changes": told}
        request = sync.answered(request, failed if "lib3" in hashes else answer)
        requests += 1
    assert sync.mirror.unknown_hashes() == ["lib3"]
    assert requests <= AT_ONCE + 3


def test_other_workers_are_not_the_worker() -> None:
    sync = SymbolSync(Descriptions())
    assert sync.told({"op": "symbols", "worker": "view-1", "rev": 1}) is None


def test_only_so_many_states_and_descriptions_are_kept() -> None:
    device = connected({})
    device.park()
    for _ in range(EARLIER):
        device.change({})
    device.deliver_all()
    asked = device.asked
    device.fall_back()
    device.deliver_all()
    assert device.asked == asked + 1
    kept = Descriptions()
    for number in range(2 * DESCRIPTIONS):
        kept.keep(Namespace("lib", hash=str(number)))
    assert len(kept.by_hash) == DESCRIPTIONS


def connected(world: wire.Message) -> ModelDevice:
    """A device that defines this, and is known."""
    device = ModelDevice()
    device.world = world
    device.connect()
    device.deliver_all()
    return device
