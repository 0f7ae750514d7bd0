"""Files that are saved as editors do it, and what the watcher tells of them."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from bridge import polling, watching
from bridge.settling import Settled
from bridge.watching import Notifier, Watcher
from tests.bridge.saves import SAVES, Save, in_place, rename_in_folder

pytestmark = pytest.mark.slow


class Heard:
    """What a watcher has told."""

    def __init__(self) -> None:
        self.batches: list[list[Settled]] = []
        self._send, self._receive = trio.open_memory_channel[list[Settled]](1000)

    def hear(self, settled: list[Settled]) -> None:
        self.batches.append(settled)
        self._send.send_nowait(settled)

    async def next(self) -> list[Settled]:
        with trio.fail_after(10):
            return await self._receive.receive()

    async def text_of(self, path: Path) -> str | None:
        """What the next batch tells of a file, which it is about and no other."""
        (told,) = await self.next()
        assert told.path == str(path)
        return None if told.data is None else told.data.decode()


@asynccontextmanager
async def watched(root: Path, notify: watching.Notify = watching.notify) -> AsyncIterator[Heard]:
    heard = Heard()
    async with trio.open_nursery() as nursery:
        is_watching = trio.Event()
        nursery.start_soon(Watcher(root, heard.hear, is_watching, notify).run)
        with trio.fail_after(10):
            await is_watching.wait()
        yield heard
        nursery.cancel_scope.cancel()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "app").mkdir(parents=True)
    (root / "app/shop.py").write_text("price = 0\n")
    return root


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
async def test_a_save_is_told_once_and_whole(root: Path, save: Save) -> None:
    path = root / "app/shop.py"
    async with watched(root) as heard:
        for number in range(1, 11):
            text = f"price = {number}\n" + "# filling\n" * 2000
            await trio.to_thread.run_sync(save, path, text)
            assert await heard.text_of(path) == text
    assert len(heard.batches) == 10


async def test_what_stays_open_half_written_is_not_told(root: Path) -> None:
    path = root / "app/shop.py"
    async with watched(root) as heard:
        with path.open("w") as file:
            file.write("price =")
            file.flush()
            with trio.move_on_after(0.2):
                await heard.next()
            assert heard.batches == []
            file.write(" 1\n")
        assert await heard.text_of(path) == "price = 1\n"


async def test_a_file_that_is_emptied_first_is_not_told_empty(root: Path) -> None:
    path = root / "app/shop.py"
    async with watched(root) as heard:
        path.write_text("")
        with trio.move_on_after(0.03):
            await heard.next()
        path.write_text("price = 1\n")
        assert await heard.text_of(path) == "price = 1\n"


async def test_a_touch_tells_nothing(root: Path) -> None:
    path = root / "app/shop.py"
    async with watched(root) as heard:
        path.write_text("price = 1\n")
        await heard.next()
        path.write_text("price = 1\n")
        path.touch()
        (root / "app/other.py").write_text("last = 1\n")
        assert await heard.text_of(root / "app/other.py") == "last = 1\n"


async def test_what_is_no_source_is_not_told(root: Path) -> None:
    (root / ".gitignore").write_text("made.py\n")
    async with watched(root) as heard:
        for name in ("made.py", "notes.txt", ".#shop.py", "app/shop.py~", ".git"):
            (root / name).write_text("x = 1\n")
        (root / "app/shop.py").write_text("price = 1\n")
        assert await heard.text_of(root / "app/shop.py") == "price = 1\n"


async def test_a_file_that_is_deleted_is_told_to_have_gone(root: Path) -> None:
    async with watched(root) as heard:
        (root / "app/shop.py").unlink()
        assert await heard.text_of(root / "app/shop.py") is None


async def test_a_new_folder_is_watched_and_what_is_in_it_already_is_told(root: Path) -> None:
    async with watched(root) as heard:
        (root / "app/new/deep").mkdir(parents=True)
        (root / "app/new/deep/a.py").write_text("a = 1\n")
        assert await heard.text_of(root / "app/new/deep/a.py") == "a = 1\n"
        (root / "app/new/deep/a.py").write_text("a = 2\n")
        assert await heard.text_of(root / "app/new/deep/a.py") == "a = 2\n"


async def test_a_folder_that_is_replaced_is_read_again(root: Path, tmp_path: Path) -> None:
    async with watched(root) as heard:
        shutil.copytree(root / "app", tmp_path / "other")
        (tmp_path / "other/shop.py").write_text("price = 1\n")
        (root / "app").rename(tmp_path / "old")
        (tmp_path / "other").rename(root / "app")
        assert await heard.text_of(root / "app/shop.py") == "price = 1\n"
        in_place(root / "app/shop.py", "price = 2\n")
        assert await heard.text_of(root / "app/shop.py") == "price = 2\n"


async def test_what_is_ignored_from_now_on_is_not_told(root: Path) -> None:
    async with watched(root) as heard:
        (root / ".gitignore").write_text("shop.py\n")
        (root / "app/b.py").write_text("b = 1\n")
        assert await heard.text_of(root / "app/b.py") == "b = 1\n"
        (root / "app/shop.py").write_text("price = 1\n")
        (root / "app/b.py").write_text("b = 2\n")
        assert await heard.text_of(root / "app/b.py") == "b = 2\n"


async def test_a_change_of_branch_is_one_change(root: Path) -> None:
    paths = [root / f"app/m{number}.py" for number in range(500)]
    for path in paths:
        path.write_text("branch = 1\n")
    async with watched(root) as heard:
        for path in paths:
            in_place(path, "branch = 2\n")
        batch = await heard.next()
    assert {each.path for each in batch} == {str(path) for path in paths}
    assert {each.data for each in batch} == {b"branch = 2\n"}


async def test_a_project_that_is_deleted_is_watched_again_when_it_is_back(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REST_S", 0.05)
    async with watched(root) as heard:
        shutil.rmtree(root)
        assert await heard.text_of(root / "app/shop.py") is None
        (root / "app").mkdir(parents=True)
        (root / "app/shop.py").write_text("price = 1\n")
        while await heard.text_of(root / "app/shop.py") != "price = 1\n":
            pass
    assert caplog.text.count("not watched") == 1


async def test_a_file_that_cannot_be_read_is_told_with_the_reason(root: Path) -> None:
    async with watched(root) as heard:
        (root / "app/link.py").symlink_to("link.py")  # to itself: nobody can read that, not even root
        (told,) = await heard.next()
    assert (told.path, told.data) == (str(root / "app/link.py"), None)
    assert "symbolic links" in told.problem


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        watching.notify([str(tmp_path / "none")])


async def test_a_file_whose_name_is_no_text_does_not_end_the_watching(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "REST_S", 0.01)
    async with watched(root) as heard:
        os.close(os.open(os.fsencode(root) + b"/\xff.py", os.O_CREAT))
        (root / "app/shop.py").write_text("price = 1\n")
        assert await heard.text_of(root / "app/shop.py") == "price = 1\n"


async def test_a_folder_that_has_gone_before_it_could_be_watched_is_left_out(root: Path) -> None:
    (root / "gone").mkdir()

    def notify(folders: list[str]) -> Notifier:
        shutil.rmtree(root / "gone", ignore_errors=True)
        return watching.notify(folders)

    async with watched(root, notify) as heard:
        (root / "app/shop.py").write_text("price = 1\n")
        assert await heard.text_of(root / "app/shop.py") == "price = 1\n"


async def test_when_the_system_watches_no_more_folders_they_are_looked_at_instead(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "POLL_S", 0.01)

    def refuse(_folders: list[str]) -> Notifier:
        raise OSError(errno.ENOSPC, "OS file watch limit reached")

    async with watched(root, refuse) as heard:
        assert "fs.inotify.max_user_watches" in caplog.text
        for number in range(3):
            rename_in_folder(root / "app/shop.py", f"price = {number}\n")
            assert await heard.text_of(root / "app/shop.py") == f"price = {number}\n"
