"""Where the host has the files that a device names."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from bridge.device_files import LIMIT_S, DeviceFiles, Folders
from bridge.device_link import DeviceLink
from device_server import wire
from tests.bridge.fakes import FakeDevice, FakeDialer, Listener, running_bridge, said

LIBRARY = "/device/lib/json/decoder.py"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    for name in ("project/src/app", "cache"):
        (tmp_path / name).mkdir(parents=True)
    return Folders(tmp_path / "project", tmp_path / "cache")


class Remote:
    """A device elsewhere, and its files as the host sees them."""

    def __init__(self, folders: Folders, link: DeviceLink, device: FakeDevice, dialer: FakeDialer) -> None:
        self.files = DeviceFiles(link, folders, is_shared=False)
        self.link = link
        self.device = device
        self.dialer = dialer
        self.asked = 0

    async def serve(self, sources: dict[str, str]) -> None:
        """Answer each `read-source`."""
        while True:
            try:
                request = await self.device.read()
            except EOFError:
                return
            self.asked += 1
            assert request["op"] == "read-source"
            source = sources.get(str(request["file"]))
            if source is None:
                self.device.reply(request, "error", type="runtime", error="There is no such file")
            else:
                self.device.reply(request, "result", source=source)


@asynccontextmanager
async def remote(folders: Folders, sources: dict[str, str] | None) -> AsyncIterator[Remote]:
    """A device elsewhere that has these files; None: it answers nothing."""
    dialer = FakeDialer()
    link = DeviceLink(dialer)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        device = await dialer.dialled()
        await device.welcome()
        await trio.testing.wait_all_tasks_blocked()
        here = Remote(folders, link, device, dialer)
        if sources is not None:
            nursery.start_soon(here.serve, sources)
        yield here
        nursery.cancel_scope.cancel()


def content(path: Path) -> bytes:
    """What a file says."""
    return path.read_bytes()


def may_be_written(path: Path) -> bool:
    """Whether anybody but the superuser may."""
    return path.stat().st_mode & 0o222 != 0


def shared(folders: Folders) -> DeviceFiles:
    """Those of a device that sees the host's own files, and is not connected."""
    return DeviceFiles(DeviceLink(FakeDialer()), folders, is_shared=True)


async def test_a_device_that_shares_the_hosts_files_names_them_right(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").touch()
    assert await shared(folders).path(f"{tmp_path}/elsewhere.py") == f"{tmp_path}/elsewhere.py"


async def test_a_relative_path_begins_in_the_project(folders: Folders) -> None:
    (folders.project / "model.py").touch()
    assert await shared(folders).path("model.py") == str(folders.project / "model.py")


@pytest.mark.parametrize("name", ["gone.py", "/gone.py", "a\0b", "x" * 5000, "", "..", "/"])
async def test_what_is_no_file_has_no_path(folders: Folders, name: str) -> None:
    assert await shared(folders).path(name) is None
    async with remote(folders, {}) as there:
        assert await there.files.path(name) is None


async def test_a_file_of_the_project_is_opened_where_its_user_edits_it(folders: Folders) -> None:
    file = folders.project / "src" / "app" / "model.py"
    file.write_text("edited = 1\n")
    async with remote(folders, {str(file): "other = 1\n"}) as there:
        assert await there.files.path(str(file)) == str(file)
        assert there.asked == 0


async def test_a_library_of_the_device_is_fetched_once_and_kept_read_only(folders: Folders) -> None:
    async with remote(folders, {LIBRARY: "def é(): pass\r\n"}) as there:
        path = Path(str(await there.files.path(LIBRARY)))
        assert await there.files.path(LIBRARY) == str(path)
        assert there.asked == 1
    assert path.is_relative_to(folders.cache)
    assert path.name == "decoder.py"
    assert content(path) == "def é(): pass\r\n".encode()
    assert not may_be_written(path)


async def test_many_who_ask_for_a_file_at_once_have_it_fetched_once(folders: Folders) -> None:
    async with remote(folders, {LIBRARY: "x = 1\n"}) as there, trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(there.files.path, LIBRARY)
    assert there.asked == 1


async def test_the_same_text_from_two_devices_is_one_file(folders: Folders) -> None:
    paths = []
    for _ in range(2):
        async with remote(folders, {LIBRARY: "x = 1\n"}) as there:
            paths.append(await there.files.path(LIBRARY))
    assert paths[0] == paths[1]


@pytest.mark.parametrize("name", ["src/app/model.py", "app/model.py"])
async def test_a_copy_of_a_project_file_is_recognised_by_what_it_says(folders: Folders, name: str) -> None:
    file = folders.project / "src" / "app" / "model.py"
    file.write_text("x = 1\n")
    async with remote(folders, {f"/device/copy/{name}": "x = 1\n"}) as there:
        assert await there.files.path(f"/device/copy/{name}") == str(file)


async def test_another_version_of_a_project_file_is_not_taken_for_it(folders: Folders) -> None:
    (folders.project / "src" / "app" / "model.py").write_text("x = 2\n")
    async with remote(folders, {"/device/app/model.py": "x = 1\n"}) as there:
        assert Path(str(await there.files.path("/device/app/model.py"))).is_relative_to(folders.cache)


async def test_a_library_that_the_host_has_at_the_same_place_is_opened_there(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "lib.py").write_text("x = 1\n")
    async with remote(folders, {f"{tmp_path}/lib.py": "x = 1\n"}) as there:
        assert await there.files.path(f"{tmp_path}/lib.py") == f"{tmp_path}/lib.py"


async def test_what_an_editor_sent_and_the_device_never_had_is_the_hosts_file(folders: Folders, tmp_path: Path) -> None:
    (tmp_path / "scratch.lpy").touch()
    async with remote(folders, {}) as there:
        assert await there.files.path(f"{tmp_path}/scratch.lpy") == f"{tmp_path}/scratch.lpy"


async def test_a_device_that_does_not_answer_is_waited_for_once_and_for_a_second(
    folders: Folders, autojump_clock: trio.testing.MockClock
) -> None:
    async with remote(folders, None) as there:
        started = trio.current_time()
        assert await there.files.path(LIBRARY) is None
        for number in range(20):
            assert await there.files.path(f"{LIBRARY}{number}") is None
        assert trio.current_time() - started == pytest.approx(LIMIT_S)


async def test_while_the_device_is_lost_what_was_fetched_stays_and_the_rest_is_not_there(folders: Folders) -> None:
    async with remote(folders, {LIBRARY: "x = 1\n"}) as there:
        path = await there.files.path(LIBRARY)
        there.dialer.refuses = ConnectionRefusedError()
        there.device.close()
        await trio.testing.wait_all_tasks_blocked()
        assert not there.link.is_up
        assert await there.files.path(LIBRARY) == path
        assert await there.files.path("/device/lib/other.py") is None


async def test_a_device_that_has_come_back_may_have_another_version(folders: Folders) -> None:
    sources = {LIBRARY: "x = 1\n"}
    async with remote(folders, sources) as there, trio.open_nursery() as nursery:
        before = await there.files.path(LIBRARY)
        there.device.close()
        there.device = await there.dialer.dialled()
        await there.device.welcome()
        await trio.testing.wait_all_tasks_blocked()
        sources[LIBRARY] = "x = 2\n"
        nursery.start_soon(there.serve, sources)
        after = await there.files.path(LIBRARY)
        nursery.cancel_scope.cancel()
    assert after != before
    assert content(Path(str(after))) == b"x = 2\n"


async def test_what_was_fetched_is_fetched_again_when_the_cache_was_emptied(folders: Folders) -> None:
    async with remote(folders, {LIBRARY: "x = 1\n"}) as there:
        path = Path(str(await there.files.path(LIBRARY)))
        shutil.rmtree(folders.cache)
        assert await there.files.path(LIBRARY) == str(path)
        assert content(path) == b"x = 1\n"


async def test_an_editor_is_shown_the_source_of_a_library_that_only_the_device_has(folders: Folders) -> None:
    place = Listener()
    symbols: wire.Message = {"json.decoder": {"lang": "python", "symbols": {"decode": {"file": LIBRARY, "line": 1}}}}
    async with running_bridge(folders) as bridge:
        client = bridge.client()
        client.send(op="device-connect", id="1", host="127.0.0.1", port=place.address.port)
        device = await place.accept(caps=["symbols"])
        device.reply(await device.read(), "result", rev=1, changes=symbols)
        assert said(await client.read(), "done")
        await trio.testing.wait_all_tasks_blocked()
        client.send(op="info", id="2", sym="json.decoder/decode")
        request = await device.read()
        assert (request["op"], request["file"]) == ("read-source", LIBRARY)
        device.reply(request, "result", source="def decode(): pass\n")
        told = await client.read()
    place.listener.close()
    assert told["line"] == 1
    path = Path(str(told["file"]).removeprefix("file://"))
    assert path.name == "decoder.py"
    assert content(path) == b"def decode(): pass\n"


async def test_a_cache_that_cannot_be_written_costs_the_file_and_no_more(folders: Folders) -> None:
    folders.cache.rmdir()
    folders.cache.touch()
    async with remote(folders, {LIBRARY: "x = 1\n"}) as there:
        assert await there.files.path(LIBRARY) is None


async def test_a_name_that_no_file_can_have_leaves_nothing_behind(folders: Folders) -> None:
    name = "/lib/.."
    async with remote(folders, {name: "x = 1\n"}) as there:
        assert await there.files.path(name) is None
    assert not [path for path in folders.cache.rglob("*") if path.is_file()]
