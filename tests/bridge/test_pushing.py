"""What a device is sent of edits, with the test as the device."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path, PurePath

import trio
import trio.testing

from bridge import pushing
from bridge.device_link import DeviceLink
from bridge.project_sources import source_file
from bridge.pushing import Edit, Pushes
from device_server import wire
from middleware import acks
from tests.bridge.fakes import FakeDevice, FakeDialer

ROOT = Path("/p")


def edit(name: str, text: str = "x = 1\n") -> Edit:
    path = ROOT / f"{name}.py"
    data = text.encode()
    return Edit(str(path), hashlib.sha256(data).hexdigest(), source_file(ROOT, path, data))


class Rig:
    """A link with its pushes, and the device at the other end."""

    def __init__(self, device: FakeDevice, link: DeviceLink, nursery: trio.Nursery) -> None:
        self.device = device
        self.link = link
        self.nursery = nursery
        self.disk: dict[str, Edit] = {}
        self.news: list[wire.Message] = []
        self.results: list[wire.Message] = []
        self.pushes = Pushes(link, PurePath(ROOT), self.read)
        link.on_news = lambda _, news: self.news.append(news)

    async def read(self, paths: Collection[str]) -> Mapping[str, Edit]:
        return {path: self.disk[path] for path in paths if path in self.disk}

    def start(self, *edits: Edit, is_forced: bool = False) -> None:
        """Push, without waiting for the end."""

        async def push() -> None:
            self.results.append(await self.pushes.push(edits, is_forced=is_forced))

        self.nursery.start_soon(push)

    def save(self, *edits: Edit) -> None:
        self.pushes.saved(edits)
        self.nursery.start_soon(self.pushes.push_saved)

    async def asked(self, op: str) -> wire.Message:
        """The next request, which has that op."""
        request = await self.device.read()
        assert request["op"] == op, request
        return request

    async def reload(self, **answer: wire.JSON) -> list[str]:
        """Answer the next `reload`; the files it was about."""
        request = await self.asked("reload")
        self.device.reply(request, "error" if "error" in answer else "result", **answer)
        await trio.testing.wait_all_tasks_blocked()
        assert isinstance(request["files"], list)
        return [str(file["path"]) for file in request["files"] if isinstance(file, dict)]


@asynccontextmanager
async def rig() -> AsyncIterator[Rig]:
    async with trio.open_nursery() as nursery:
        dialer = FakeDialer()
        link = DeviceLink(dialer)
        nursery.start_soon(link.run)
        device = await dialer.dialled()
        await device.welcome()
        await trio.testing.wait_all_tasks_blocked()
        yield Rig(device, link, nursery)
        nursery.cancel_scope.cancel()


BODY: wire.Message = {"tier": "body", "state": "kept", "phases": {"classify": 1.0, "apply": 0.5}}
BROKEN: wire.Message = {"type": "compile", "error": "SyntaxError: no"}
RAISES: wire.Message = {"type": "runtime", "error": "ImportError: no"}


async def test_an_edit_goes_to_the_worker_with_its_text_and_name() -> None:
    async with rig() as to:
        to.start(edit("shop"))
        request = await to.asked("reload")
        assert request["files"] == [{"path": "/p/shop.py", "source": "x = 1\n", "lang": "python", "name": "shop"}]
        assert (request["worker"], request["timeout_ms"]) == ("main", pushing.LIMIT_MS)
        to.device.reply(request, "result", **BODY)
        await trio.testing.wait_all_tasks_blocked()
        (news,) = to.news
        assert (news["op"], news["tier"], news["names"]) == ("reloaded", "body", ["shop.py"])
        assert isinstance(news["phases"], dict)
        assert [*news["phases"]] == ["transfer", "classify", "apply"]
        assert to.results == [news]


async def test_a_file_that_has_gone_is_told_so() -> None:
    async with rig() as to:
        to.start(Edit("/p/shop.py", ""))
        assert (await to.asked("reload"))["files"] == [{"path": "/p/shop.py", "source": None}]


async def test_force_goes_with_every_file() -> None:
    async with rig() as to:
        to.start(edit("a"), edit("b"), is_forced=True)
        files = (await to.asked("reload"))["files"]
        assert isinstance(files, list)
        assert [isinstance(file, dict) and file["force"] for file in files] == [True, True]


async def test_files_go_in_the_order_of_their_imports() -> None:
    async with rig() as to:
        to.start(edit("a", "import b\n"), edit("b", "import c\n"), edit("c"))
        assert await to.reload(**BODY) == ["/p/c.py", "/p/b.py", "/p/a.py"]


async def test_what_is_saved_while_a_push_is_served_goes_together_afterwards() -> None:
    async with rig() as to:
        to.save(edit("a"))
        first = await to.asked("reload")
        to.save(edit("b"))
        to.save(edit("c"))
        await trio.testing.wait_all_tasks_blocked()
        to.device.reply(first, "result", **BODY)
        assert await to.reload(**BODY) == ["/p/b.py", "/p/c.py"]
        assert len(to.news) == 2


async def test_the_save_is_where_the_time_begins() -> None:
    async with rig() as to:
        to.save(replace(edit("a"), saved_ns=1))
        await to.reload(**BODY)
        assert isinstance(to.news[0]["phases"], dict)
        assert [*to.news[0]["phases"]] == ["detect", "transfer", "classify", "apply"]


async def test_a_failure_shows_the_lines_around_its_place() -> None:
    async with rig() as to:
        to.start(edit("a", "x = 1\ny = (\n"))
        await to.reload(**BROKEN, location={"file": "/p/a.py", "line": 2, "column": 5})
        assert "> 2 | y = (" in str(to.news[0]["code_frame"])


async def test_a_failure_in_a_file_that_was_not_sent_shows_that_one() -> None:
    async with rig() as to:
        to.disk["/p/b.py"] = edit("b", "raise ValueError\n")
        to.start(edit("a"))
        await to.reload(**RAISES, location={"file": "/p/b.py", "line": 1})
        assert "> 1 | raise ValueError" in str(to.news[0]["code_frame"])


async def test_what_was_sent_along_with_what_is_wrong_is_sent_again_with_the_next() -> None:
    async with rig() as to:
        to.save(edit("good"), edit("wrong"))
        await to.reload(**BROKEN, location={"file": "/p/wrong.py", "line": 1})
        to.save(edit("other"))
        assert await to.reload(**BODY) == ["/p/good.py", "/p/other.py"]
        to.save(edit("wrong", "x = 2\n"))
        assert await to.reload(**BODY) == ["/p/wrong.py"]


async def test_what_has_failed_as_it_ran_is_tried_again_after_the_next_success() -> None:
    async with rig() as to:
        to.save(edit("user", "from b import new\n"))
        await to.reload(**RAISES)
        to.save(edit("b", "new = 1\n"))
        assert await to.reload(**BODY) == ["/p/b.py"]
        assert await to.reload(**BODY) == ["/p/user.py"]
        assert [acks.has_failed(news) for news in to.news] == [True, False, False]


async def test_that_it_has_failed_again_is_not_told() -> None:
    async with rig() as to:
        to.save(edit("user"))
        await to.reload(**RAISES)
        to.save(edit("b"))
        await to.reload(**BODY)
        await to.reload(**RAISES)
        assert [news["names"] for news in to.news] == [["user.py"], ["b.py"]]


async def test_what_cannot_be_read_is_refused_here() -> None:
    async with rig() as to:
        to.start(Edit("/p/a.py", "", None, "Permission denied"), Edit("/p/unloaded.py", "", None, "Permission denied"))
        to.device.reply(await to.asked("loaded"), "result", files={"/p/a.py": "x"})
        await trio.testing.wait_all_tasks_blocked()
        (news,) = to.news
        assert news["error"] == "/p/a.py cannot be read: Permission denied"


async def test_of_many_files_those_are_sent_that_are_loaded() -> None:
    async with rig() as to:
        to.start(*(edit(f"m{number}") for number in range(500)))
        to.device.reply(await to.asked("loaded"), "result", files={"/p/m7.py": "x", "/p/m8.py": "y"})
        assert await to.reload(**BODY) == ["/p/m7.py", "/p/m8.py"]


async def test_what_cannot_be_read_and_is_not_loaded_does_not_matter() -> None:
    async with rig() as to:
        to.start(Edit("/p/a.py", "", None, "Permission denied"))
        to.device.reply(await to.asked("loaded"), "result", files={})
        await trio.testing.wait_all_tasks_blocked()
        assert acks.is_idle(to.results[0])


async def test_a_device_that_does_not_tell_what_is_loaded_is_sent_everything() -> None:
    async with rig() as to:
        to.start(*(edit(f"m{number}") for number in range(10)))
        to.device.reply(await to.asked("loaded"), "error", type="protocol", error="Unknown op: loaded")
        assert len(await to.reload(**BODY)) == 10


async def test_what_the_device_has_otherwise_than_the_disk_is_sent_when_it_is_met() -> None:
    async with rig() as to:
        same, other = edit("same"), edit("other")
        to.disk = {same.path: same, other.path: other}
        assert same.file is not None
        to.nursery.start_soon(_catch_up, to.pushes, True)
        loaded: wire.Message = {same.path: same.file.text_sha256, other.path: "x", "/p/gone.py": "y"}
        to.device.reply(await to.asked("loaded"), "result", files=loaded)
        assert await to.reload(**BODY) == [other.path]


async def test_what_a_worker_has_lost_is_sent_again_but_not_for_ever() -> None:
    async with rig() as to:
        mine = edit("mine")
        to.disk = {mine.path: mine, "/p/buffer.py": edit("buffer")}
        to.save(mine)
        await to.reload(**BODY)
        for _ in range(pushing.AGAIN):
            to.nursery.start_soon(_catch_up, to.pushes, False)
            to.device.reply(await to.asked("loaded"), "result", files={mine.path: "old", "/p/buffer.py": "unsaved"})
            assert await to.reload(**BODY) == [mine.path]
        to.nursery.start_soon(_catch_up, to.pushes, False)
        to.device.reply(await to.asked("loaded"), "result", files={mine.path: "old"})
        await trio.testing.wait_all_tasks_blocked()
        to.save(edit("mine", "x = 2\n"))
        assert await to.reload(**BODY) == [mine.path]


async def _catch_up(pushes: Pushes, is_first: bool) -> None:
    await pushes.catch_up(is_first=is_first)


async def test_what_killed_the_worker_is_not_sent_again() -> None:
    async with rig() as to:
        deadly = edit("deadly")
        to.disk = {deadly.path: deadly}
        to.save(deadly)
        await to.reload(type="crash", error="The worker died")
        to.nursery.start_soon(_catch_up, to.pushes, False)
        to.device.reply(await to.asked("loaded"), "result", files={deadly.path: "old"})
        await trio.testing.wait_all_tasks_blocked()
        to.save(edit("good"))
        assert await to.reload(**BODY) == ["/p/good.py"]


async def test_who_waits_for_a_content_hears_what_became_of_it() -> None:
    async with rig() as to:
        heard: list[wire.Message] = []

        async def wait(each: Edit) -> None:
            heard.append(await to.pushes.news_of(each.path, each.sha256))

        first, second = edit("a", "x = 1\n"), edit("a", "x = 2\n")
        to.nursery.start_soon(wait, second)
        to.save(first)
        await to.reload(**BROKEN)
        assert heard == []
        to.save(second)
        await to.reload(**BODY)
        assert [news["tier"] for news in heard] == ["body"]
        to.nursery.start_soon(wait, second)
        await trio.testing.wait_all_tasks_blocked()
        assert len(heard) == 2


async def test_who_waits_for_what_is_loaded_already_is_told_so(autojump_clock: trio.testing.MockClock) -> None:
    async with rig() as to:
        mine, heard = edit("mine"), list[wire.Message]()
        to.disk = {mine.path: mine}
        assert mine.file is not None

        async def wait() -> None:
            heard.append(await to.pushes.news_of(mine.path, mine.sha256))

        to.nursery.start_soon(wait)
        for sha256 in ("another", mine.file.text_sha256):
            to.device.reply(await to.asked("loaded"), "result", files={mine.path: sha256})
        await trio.testing.wait_all_tasks_blocked()
        assert [(news["tier"], news["names"]) for news in heard] == [("none", ["mine.py"])]


async def test_that_the_device_is_busy_is_told_once(autojump_clock: trio.testing.MockClock) -> None:
    async with rig() as to:
        to.start(edit("a"))
        request = await to.asked("reload")
        for _ in range(2):
            ping = await to.device.read(skip="")
            busy: wire.JSON = [{"worker": "main", "id": 99, "op": "eval", "elapsed_ms": 700}]
            to.device.reply(ping, "pong", busy=busy)
        to.device.reply(request, "result", **BODY)
        await trio.testing.wait_all_tasks_blocked()
        waits, done = to.news
        assert (waits["op"], waits["behind"], waits["names"]) == ("reload-waits", "eval", ["a.py"])
        assert done["tier"] == "body"


async def test_what_edited_code_writes_is_heard_and_acknowledged_and_it_reads_nothing() -> None:
    async with rig() as to:
        to.start(edit("a"))
        request = await to.asked("reload")
        to.device.reply(request, "out", stream="out", text="hello")
        ack = await to.asked("ack")
        assert (ack["id"], ack["chars"]) == (request["id"], 5)
        assert to.news[0]["text"] == "hello"
        to.device.reply(request, "need-input")
        assert (await to.asked("stdin"))["text"] == ""


async def test_a_push_to_a_device_that_is_lost_is_caught_up_later() -> None:
    async with rig() as to:
        mine = edit("mine")
        to.disk = {mine.path: mine}
        to.start(mine)
        await to.asked("reload")
        to.device.close()
        with trio.fail_after(5):
            while not to.results:
                await trio.testing.wait_all_tasks_blocked()
        assert to.results[0]["type"] == wire.ErrorType.DEVICE_LOST
        assert to.pushes._may_repeat(mine.path)
