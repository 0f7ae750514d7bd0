"""The supervisor's end of a worker's output: whole characters, mostly whole lines, everything before what follows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from device_server.output_labels import labelled
from device_server.output_pipe import OutputPipe


@dataclass
class Outlet:
    """A pipe: what is written into `fd` arrives in `texts`."""

    fd: int
    pipe: OutputPipe
    texts: list[str]
    sessions: list[str | None] = field(default_factory=list)
    """Of each text."""
    _arrival: asyncio.Event = field(default_factory=asyncio.Event)

    def write(self, data: bytes) -> None:
        assert os.write(self.fd, data) == len(data)

    def write_as(self, session: str, data: bytes) -> None:
        for piece in labelled(session, data):
            self.write(piece)

    async def try_to_write(self, data: bytes) -> int:
        """How many bytes a pipe that does not block takes; 0 when it is full. Lets the loop run once."""
        try:
            return os.write(self.fd, data)
        except BlockingIOError:
            return 0
        finally:
            await asyncio.sleep(0)

    async def arrived(self, text: str) -> list[str]:
        """The pieces in which this text came, once it is all there."""
        async with asyncio.timeout(10):
            while "".join(self.texts) != text:
                self._arrival.clear()
                await self._arrival.wait()
        return self.texts

    def deliver(self, text: str, session: str | None) -> None:
        self.texts.append(text)
        self.sessions.append(session)
        self._arrival.set()


def with_outlet(use: Callable[[Outlet], Awaitable[None]]) -> None:
    """Run `use` with a pipe in a loop."""

    async def run() -> None:
        reading, writing = os.pipe()
        texts: list[str] = []
        outlet: Outlet
        pipe = OutputPipe(asyncio.get_running_loop(), reading, lambda *said: outlet.deliver(*said))
        outlet = Outlet(writing, pipe, texts)
        try:
            await use(outlet)
        finally:
            outlet.pipe.close()
            os.close(writing)

    asyncio.run(run())


def test_a_line_in_two_writes_is_one_text() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"a")
        outlet.write(b"\n")
        assert await outlet.arrived("a\n") == ["a\n"]

    with_outlet(use)


def test_an_unfinished_line_comes_without_its_end() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"a\nname? ")
        assert await outlet.arrived("a\nname? ") == ["a\n", "name? "]

    with_outlet(use)


def test_a_character_in_two_writes_is_one_character() -> None:
    async def use(outlet: Outlet) -> None:
        for byte in "é🎉".encode():
            outlet.write(bytes([byte]))
            outlet.pipe.drain()
        await outlet.arrived("é🎉")

    with_outlet(use)


def test_what_is_no_utf_8_is_replaced() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"a\xffb\n")
        await outlet.arrived("a\ufffdb\n")

    with_outlet(use)


def test_drained_everything_written_before_has_been_delivered() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"line\nrest")
        outlet.pipe.drain()
        assert "".join(outlet.texts) == "line\nrest"

    with_outlet(use)


def test_drained_is_also_what_a_pause_has_held_back() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.pipe.pause()
        outlet.write(b"x" * 60_000)
        outlet.pipe.drain()
        assert "".join(outlet.texts) == "x" * 60_000

    with_outlet(use)


def test_paused_the_writer_has_to_wait() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.pipe.pause()
        os.set_blocking(outlet.fd, False)
        written = 0
        while (written_now := await outlet.try_to_write(b"x" * 4096)) > 0:
            written += written_now
        assert outlet.texts == []
        outlet.pipe.resume()
        await outlet.arrived("x" * written)

    with_outlet(use)


def test_text_without_lines_is_not_kept_for_long() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.pipe.pause()
        outlet.write(b"x" * 65536)
        outlet.pipe.resume()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert outlet.texts == ["x" * 65536]

    with_outlet(use)


def test_closed_it_has_delivered_the_rest() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"last words")
        outlet.pipe.close()
        outlet.pipe.close()
        assert outlet.texts == ["last words"]

    with_outlet(use)


def test_closed_it_ignores_what_else_is_asked_of_it() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.pipe.close()
        outlet.pipe.pause()
        outlet.pipe.resume()
        outlet.pipe.drain()
        assert outlet.texts == []

    with_outlet(use)


def test_the_end_of_all_writers_closes_it() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"bye")
        os.close(os.dup(outlet.fd))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, outlet.fd)  # the last writing end goes
        os.close(null)
        assert await outlet.arrived("bye") == ["bye"]

    with_outlet(use)


def test_half_a_character_at_the_end_is_replaced_not_lost() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"a\xe2\x82")
        outlet.pipe.close()
        assert "".join(outlet.texts) == "a\ufffd"

    with_outlet(use)


def test_what_is_labelled_is_delivered_with_its_session_and_in_order() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"on the way")
        outlet.write_as("mine", b"late")
        outlet.write_as("mine", b"\n")
        outlet.write_as("another", b"x")
        outlet.write(b"there\n")
        outlet.pipe.drain()
        assert list(zip(outlet.sessions, outlet.texts, strict=True)) == [
            (None, "on the way"),
            ("mine", "late\n"),
            ("another", "x"),
            (None, "there\n"),
        ]

    with_outlet(use)


def test_a_character_that_another_session_writes_into_is_whole() -> None:
    async def use(outlet: Outlet) -> None:
        for byte in "é".encode():
            outlet.write(bytes([byte]))
            outlet.write_as("mine", bytes([byte]))
        outlet.pipe.drain()
        assert sorted(zip(map(str, outlet.sessions), outlet.texts, strict=True)) == [("None", "é"), ("mine", "é")]

    with_outlet(use)


def test_drained_what_only_looks_like_the_beginning_of_a_label_is_delivered() -> None:
    async def use(outlet: Outlet) -> None:
        outlet.write(b"a\xff")
        outlet.pipe.drain()
        assert "".join(outlet.texts) == "a\ufffd"

    with_outlet(use)
