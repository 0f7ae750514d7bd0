"""One template, from the first module to the last fork. The process is a fake; test_templates.py has real ones."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from typing import cast

import pytest

from device_server import wire
from device_server.config import WorkerSettings
from device_server.template import Template
from device_server.worker_process import WorkerEvents, WorkerProcess

SETTINGS = WorkerSettings(keeps_checkpoints=False, address_space_bytes=None)
LOADED: wire.Message = {"op": "loaded", "files": {"/p/a": {"module": "a", "sha256": "1", "uses": []}}}


class FakeProcess:
    """What a template asks of its process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.sent: list[wire.Message] = []
        self.forks = 0
        self.is_retired = False

    def send(self, frame: wire.Message) -> None:
        self.sent.append(frame)

    def start_fork(self, fds: Sequence[int], settings: WorkerSettings) -> None:
        self.forks += 1

    def retire(self) -> None:
        self.is_retired = True


class Patience:
    """A loop whose timers end when a test says so."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        assert delay > 0
        self.calls.append(callback)
        return cast("asyncio.TimerHandle", self)

    def cancel(self) -> None:
        self.calls.clear()


class Heard:
    """What a template has told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, ...]] = []
        self.askers: list[socket.socket] = []

    def on_usable(self, template: Template) -> None:
        self.told.append(("usable",))

    def on_unfit(self, template: Template, modules: Sequence[str], why: str) -> None:
        self.told.append(("unfit", *modules, why))

    def on_gone(self, template: Template, why: str) -> None:
        self.told.append(("gone", why))

    def on_question(self, question: wire.Message, asker: socket.socket) -> None:
        self.askers.append(asker)

    def on_log(self, text: str) -> None:
        self.told.append(("log", text))


class World:
    """A template of the module `a`, and what is around it."""

    def __init__(self) -> None:
        self.process, self.loop, self.heard = FakeProcess(), Patience(), Heard()
        loop = cast("asyncio.AbstractEventLoop", self.loop)
        self.template = Template(loop, ["a"], {"roots": []}, self.start, self.heard)

    def start(self, events: WorkerEvents) -> WorkerProcess:
        return cast("WorkerProcess", self.process)


@pytest.fixture
def world() -> World:
    return World()


def test_it_imports_asks_to_be_a_template_and_is_usable(world: World) -> None:
    world.template.on_ready(None)
    assert [frame["op"] for frame in world.process.sent] == ["project", "import"]
    assert world.process.sent[1]["modules"] == ["a"]
    world.template.on_frame(LOADED)
    world.template.on_frame({"op": "result", "id": 0, "failed": []})
    assert world.process.sent[-1] == {"op": "be-template"}
    assert not world.template.is_usable
    world.template.on_frame({"op": "template"})
    assert (world.template.is_usable, world.heard.told, world.loop.calls) == (True, [("usable",)], [])
    world.template.start([1, 2, 3, 4], SETTINGS)
    assert (world.template.started, world.process.forks) == (1, 1)


def test_a_module_that_cannot_be_shared_is_told(world: World) -> None:
    world.template.on_frame({"op": "result", "id": 0, "failed": [{"module": "a", "error": "ValueError: no"}]})
    assert world.heard.told == [("unfit", "a", "ValueError: no")]


def test_a_module_whose_text_is_not_known_cannot_be_shared(world: World) -> None:
    world.template.on_frame({"op": "result", "id": 0, "failed": []})
    assert world.heard.told == [("unfit", "a", "it is not known what they are made of")]


def test_one_that_takes_too_long_is_gone(world: World) -> None:
    (give_up,) = world.loop.calls
    give_up()
    assert world.heard.told == [("gone", "importing the project's modules takes more than 60 seconds")]


def test_one_that_dies_is_gone_and_no_longer_usable(world: World) -> None:
    world.template.on_frame({"op": "template"})
    world.template.on_death("SIGKILL (Killed)")
    assert not world.template.is_usable
    world.template.on_end("SIGKILL (Killed)")
    assert world.heard.told[-1] == ("gone", "it died: SIGKILL (Killed)")


def test_what_it_writes_is_logged_and_what_it_asks_is_passed_on(world: World) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        world.template.on_question({"op": "need-source"}, theirs)
        assert world.heard.askers == [theirs]
    world.template.on_output("out", "importing\n", None)
    assert world.heard.told == [("log", "importing\n")]


def test_closed_its_process_is_retired(world: World) -> None:
    world.template.close()
    assert world.process.is_retired
    assert world.loop.calls == []


def test_it_has_not_grown_when_it_has_not_changed(world: World) -> None:
    world.template.on_frame({"op": "template"})
    assert abs(world.template.grown_bytes) < 50_000_000
