"""What devices are told of the project when they ask."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from bridge.source_server import MAX_RESOURCE_BYTES, MAX_WAITING, SourceServer
from device_server import wire


@asynccontextmanager
async def serving(root: Path) -> AsyncIterator[SourceServer]:
    (root / "app").mkdir(exist_ok=True)
    (root / "app/__init__.py").write_text("A = 1\n")
    (root / "app/data.bin").write_bytes(b"\0\xff")
    async with trio.open_nursery() as nursery:
        yield SourceServer(nursery, root)
        nursery.cancel_scope.cancel()


async def answer(server: SourceServer, question: wire.Message) -> wire.Message:
    send, receive = trio.open_memory_channel[wire.Message](1)
    server.serve({"op": "need-source", "id": 1, **question}, send.send_nowait)
    return await receive.receive()


async def test_a_module_is_told_and_then_its_text(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        told = await answer(server, {"module": "app"})
        files = told["files"]
        assert isinstance(files, list)
        (file,) = files
        assert isinstance(file, dict)
        assert file["path"] == f"{tmp_path}/app/__init__.py"
        texts = await answer(server, {"sha256": [file["sha256"], "0"]})
        assert texts == {"found": True, "sources": {file["sha256"]: "A = 1\n"}}


async def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for name in ("numpy", "\ud800.x", "a." * 5000 + "b"):
            assert await answer(server, {"module": name}) == {"found": False, "files": []}
        odd = ("app/data.bin", f"{tmp_path}/no", f"{tmp_path}/a\0", "/x\ud800", "/a" * 9000)
        for path in ("/etc/passwd", f"{tmp_path}/../secret", *odd):
            assert await answer(server, {"path": path}) == {"found": False}


async def test_a_resource_is_told_whole_and_a_folder_by_its_names(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        told = await answer(server, {"path": f"{tmp_path}/app/data.bin"})
        assert base64.b64decode(str(told["data"])) == b"\0\xff"
        (tmp_path / "app/.hidden").touch()
        assert await answer(server, {"path": f"{tmp_path}/app"}) == {
            "found": True,
            "names": ["__init__.py", "data.bin"],
        }


async def test_what_is_too_long_is_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        (tmp_path / "app/long.bin").write_bytes(b"x" * (MAX_RESOURCE_BYTES + 1))
        assert "longer than" in str((await answer(server, {"path": f"{tmp_path}/app/long.bin"}))["error"])


async def test_a_question_that_is_none_is_an_error(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        questions: list[wire.Message] = [{}, {"module": 1}, {"sha256": "x"}, {"path": None}]
        for question in questions:
            assert "need-source" in str((await answer(server, question))["error"])


async def test_more_questions_than_anybody_has_are_refused_and_the_others_answered(tmp_path: Path) -> None:
    told: list[wire.Message] = []
    async with serving(tmp_path) as server:
        for _ in range(MAX_WAITING + 1):
            server.serve({"op": "need-source", "id": 1, "module": "numpy"}, told.append)
        assert "too many" in str(told[0]["error"])
        while len(told) <= MAX_WAITING:
            await trio.lowlevel.checkpoint()
        assert await answer(server, {"module": "numpy"}) == {"found": False, "files": []}


async def test_devices_know_the_names_at_the_top_beforehand(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        told = {"roots": [str(tmp_path)], "modules": ["app"], "is_watched": False}
        assert await server.project() == told
        server.is_watched = True
        assert await server.project() == {**told, "is_watched": True}


async def test_a_buffer_outside_the_project_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "other.py").write_text("saved")
    async with serving(tmp_path / "p") as server:
        await server.note_unsaved(str(tmp_path / "other.py"), "unsaved")
        await server.note_unsaved(str(tmp_path / "p/app/__init__.py"), "B = 1\n")
        told = await answer(server, {"module": "app"})
        files = told["files"]
        assert isinstance(files, list)
        assert isinstance(files[0], dict)
        assert (await answer(server, {"sha256": [files[0]["sha256"]]}))["sources"] == {files[0]["sha256"]: "B = 1\n"}
