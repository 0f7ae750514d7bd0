"""Saved files, all the way from the disk to a device, which is the test."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.lowlevel
import trio.testing

from bridge.device_files import Folders
from device_server import wire
from middleware.request import Message
from tests.bridge.fakes import FakeBridge, FakeClient, FakeDevice, Listener, running_bridge, said
from tests.bridge.saves import rename_in_folder

pytestmark = pytest.mark.slow


class Project:
    """A project, its bridge that watches it, and the device."""

    def __init__(self, root: Path, bridge: FakeBridge, device: FakeDevice) -> None:
        self.root = root
        self.bridge = bridge
        self.device = device

    async def asked(self, op: str, device: FakeDevice | None = None) -> wire.Message:
        """The next request to a device, the first unless told, that is no question about symbols."""
        to = device or self.device
        while (request := await to.read())["op"] in ("symbols", "clone", "close"):
            pass
        assert request["op"] == op, request
        return request

    async def knows(self, **loaded: str) -> None:
        """Answer what is loaded, as a device that is asked when it is met, or named."""
        request = await self.asked("loaded")
        files: wire.Message = {str(self.root / f"{name}.py"): sha256 for name, sha256 in loaded.items()}
        self.device.reply(request, "result", files=files)

    async def session(self, **keys: str) -> tuple[FakeClient, str]:
        client = self.bridge.client()
        made = await client.ask(op="clone", id="c", **keys)
        return client, str(made["new-session"])


@asynccontextmanager
async def watched(root: Path) -> AsyncIterator[Project]:
    (root / "shop.py").write_text("price = 0\n")
    async with running_bridge(Folders(root, root / ".cache")) as bridge, trio.open_nursery() as nursery:
        nursery.start_soon(bridge.reloader.run)
        project = Project(root, bridge, await bridge.local())
        await project.knows()
        await bridge.reloader.is_watching.wait()
        yield project
        nursery.cancel_scope.cancel()


def sources(request: wire.Message) -> list[wire.JSON]:
    assert isinstance(request["files"], list)
    return [file["source"] for file in request["files"] if isinstance(file, dict)]


async def test_a_save_is_pushed_and_its_ack_goes_to_who_has_subscribed(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        assert (await client.ask(op="reload-subscribe", id="s", session=session))["reload-subscribe"] == session
        rename_in_folder(tmp_path / "shop.py", "price = 1\n")
        request = await project.asked("reload")
        assert sources(request) == ["price = 1\n"]
        project.device.reply(request, "result", tier="literal", state="kept", phases={"apply": 1.0})
        told = await client.read()
        assert (told["id"], told["tier"], told["paths"]) == ("s", "literal", [str(tmp_path / "shop.py")])
        assert isinstance(told["phases"], dict)
        assert {*told["phases"]} == {"detect", "transfer", "apply"}


async def test_clients_that_show_notifications_are_told_and_others_are_not(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        shows, _ = await project.session(client_name="tether repl")
        other, session = await project.session()
        (tmp_path / "shop.py").write_text("price = (\n")
        error: wire.Message = {"type": "compile", "error": "SyntaxError: never closed"}
        place: wire.Message = {"file": str(tmp_path / "shop.py"), "line": 1, "column": 9}
        project.device.reply(await project.asked("reload"), "error", **error, location=place)
        told = await shows.read()
        assert said(told, "notification")
        assert "> 1 | price = (" in str(told["msg"])
        assert (await other.ask(op="describe", id="d", session=session))["id"] == "d"


async def test_every_device_gets_it(tmp_path: Path) -> None:
    place = Listener()
    async with watched(tmp_path) as project, trio.open_nursery() as nursery:
        second = list[FakeDevice]()

        async def accept() -> None:
            second.append(await place.accept())

        nursery.start_soon(accept)
        client, session = await project.session()
        await client.ask(op="device-connect", id="d", session=session, host=place.address.host, port=place.address.port)
        second[0].reply(await project.asked("loaded", second[0]), "result", files={})
        (tmp_path / "shop.py").write_text("price = 1\n")
        for device in (project.device, second[0]):
            device.reply(await project.asked("reload", device), "result", tier="literal")
    place.listener.close()


async def test_what_has_changed_can_be_pushed_on_request(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        client.send(op="device-reload", id="r", session=session)
        await project.knows(shop="another")
        project.device.reply(await project.asked("reload"), "result", tier="literal")
        ack, done = await client.read(), await client.read()
        assert (ack["tier"], done["status"]) == ("literal", ["done"])
        client.send(op="device-reload", id="r", session=session)
        await project.knows(shop=hashlib.sha256(b"price = 0\n").hexdigest())
        assert (await client.read())["status"] == ["done"]


async def test_a_buffer_that_was_loaded_is_not_overwritten_by_what_the_disk_had_before(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        path = str(tmp_path / "shop.py")
        client.send(**{"op": "load-file", "id": "l", "session": session, "file": "price = 7\n", "file-path": path})
        project.device.reply(await project.asked("load"), "result", value="None")
        await client.read()
        client.send(op="device-reload", id="r", session=session)
        await project.knows(shop="that of the buffer")
        assert (await client.read())["status"] == ["done"]


async def test_named_files_are_pushed_on_request(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        client.send(op="device-reload", id="r", session=session, paths=["shop.py"], force="true")
        request = await project.asked("reload")
        file: wire.Message = {"source": "price = 0\n", "lang": "python", "name": "shop", "force": True}
        assert request["files"] == [{"path": str(tmp_path / "shop.py"), **file}]


@pytest.mark.parametrize("path", ["none.py", "../elsewhere.py", "/etc/passwd", "notes.txt"])
async def test_what_is_no_source_of_the_project_is_refused(tmp_path: Path, path: str) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        (tmp_path / "notes.txt").write_text("")
        reply = await client.ask(op="device-reload", id="r", session=session, paths=[path])
        assert reply["status"] == ["error", "bad-paths", "done"]


async def test_who_waits_for_a_content_is_told_when_it_was_pushed(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        sha256 = hashlib.sha256(b"price = 1\n").hexdigest()
        waiting: Message = {"op": "reload-await", "id": "w", "session": session, "path": "shop.py"}
        client.send(**waiting, sha256=sha256)
        await trio.testing.wait_all_tasks_blocked(0.05)
        (tmp_path / "shop.py").write_text("price = 1\n")
        project.device.reply(await project.asked("reload"), "result", tier="literal")
        assert (await client.read())["tier"] == "literal"
        late = await client.ask(**waiting, sha256="0" * 64, timeout_ms=10)
        assert late["status"] == ["error", "timeout", "done"]


async def test_a_file_that_is_no_text_is_refused_with_its_name(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, _ = await project.session(client_name="CIDER")
        (tmp_path / "shop.py").write_bytes(b"price = '\xff'\n")
        await project.knows(shop="")
        told = await client.read()
        assert "shop.py cannot be read: It is no text" in str(told["msg"])


async def test_when_the_device_cannot_be_asked_that_is_said(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        client.send(op="device-reload", id="r", session=session)
        project.device.reply(await project.asked("loaded"), "error", type="protocol", error="Unknown op: loaded")
        refused = await client.read()
        assert (refused["error"], refused["status"]) == ("Unknown op: loaded", ["error", "reload-failed", "done"])


async def test_what_was_saved_while_the_device_was_away_is_pushed_when_it_is_back(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        project.device.close()
        await trio.testing.wait_all_tasks_blocked()
        (tmp_path / "shop.py").write_text("price = 1\n")
        await trio.lowlevel.checkpoint()
        project.device = await project.bridge.local()
        while (request := await project.device.read())["op"] != "reload":
            if request["op"] == "loaded":
                project.device.reply(request, "result", files={})
        assert sources(request) == ["price = 1\n"]


async def test_a_closed_session_follows_no_edits(tmp_path: Path) -> None:
    async with watched(tmp_path) as project:
        client, session = await project.session()
        await client.ask(op="reload-subscribe", id="s", session=session)
        await client.ask(op="close", id="x", session=session)
        (tmp_path / "shop.py").write_text("price = 1\n")
        project.device.reply(await project.asked("reload"), "result", tier="literal")
        assert (await client.ask(op="describe", id="d"))["id"] == "d"
