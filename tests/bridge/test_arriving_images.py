"""Frames and the pictures that they name, with the test in the place of the device."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
import trio
import trio.testing

from bridge.arriving_images import INLINE_BYTES, ArrivingImages
from bridge.images import Images
from device_server import wire
from middleware.request import OnFrame


class FakeLink:
    """Keeps what is asked until the test answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[wire.Message, OnFrame]] = []
        self.is_up = True

    def start(self, frame: wire.Message, on_frame: OnFrame, on_end: OnFrame | None = None) -> object:
        assert on_end is not None
        if self.is_up:
            self.asked.append((frame, on_end))
        else:
            on_end({"op": "error", "type": "device-lost", "error": "it is lost"})
        return None

    def answer(self, data: bytes, *, more: bool = False) -> None:
        """Answer the oldest question."""
        _, on_end = self.asked.pop(0)
        on_end({"op": "result", "data": base64.b64encode(data).decode(), "more": more})


class Arrivals:
    """What comes of frames."""

    def __init__(self, folder: Path) -> None:
        self.link = FakeLink()
        self.passed_on: list[wire.Message] = []
        self.images = ArrivingImages(self.link, Images(folder), self.passed_on.append)

    def image(self, number: int) -> wire.Message:
        image = self.passed_on[number]["images"]
        assert isinstance(image, list)
        assert isinstance(image[0], dict)
        return image[0]


@pytest.fixture
def arrivals(tmp_path: Path) -> Arrivals:
    return Arrivals(tmp_path / "images")


def frame(*pictures: bytes) -> wire.Message:
    refs = [f"sha256-{hashlib.sha256(data).hexdigest()}" for data in pictures]
    return {"op": "value", "images": [{"ref": ref, "mime": "image/png"} for ref in refs]}


def test_a_frame_without_pictures_is_passed_on_at_once(arrivals: Arrivals) -> None:
    out: wire.Message = {"op": "out", "text": "a"}
    arrivals.images.take(out)
    assert arrivals.passed_on == [out]


def test_what_comes_behind_a_picture_waits_for_it(arrivals: Arrivals) -> None:
    arrivals.images.take(frame(b"abcdef"))
    arrivals.images.take({"op": "out", "text": "a"})
    assert arrivals.passed_on == []
    arrivals.link.answer(b"abc", more=True)
    assert arrivals.link.asked[0][0]["offset"] == 3
    arrivals.link.answer(b"def")
    assert [each["op"] for each in arrivals.passed_on] == ["value", "out"]
    image = arrivals.image(0)
    assert Path(str(image["path"])).read_bytes() == base64.b64decode(str(image["data"])) == b"abcdef"


def test_several_pictures_come_one_after_the_other_and_none_twice(arrivals: Arrivals) -> None:
    arrivals.images.take(frame(b"a", b"b", b"a"))
    arrivals.link.answer(b"a")
    arrivals.link.answer(b"b")
    arrivals.images.take(frame(b"b"))
    assert len(arrivals.passed_on) == 2
    assert arrivals.link.asked == []


def test_variants_have_pictures_of_their_own(arrivals: Arrivals) -> None:
    variants: list[wire.JSON] = [{**frame(data), "op": ""} for data in (b"a", b"b")]
    arrivals.images.take({"op": "result", "variants": variants})
    arrivals.link.answer(b"a")
    assert arrivals.passed_on == []
    arrivals.link.answer(b"b")
    assert all("path" in variant["images"][0] for variant in variants)  # type: ignore[index, operator, call-overload]


def test_a_large_picture_is_only_named(arrivals: Arrivals) -> None:
    data = bytes(INLINE_BYTES + 1)
    arrivals.images.take(frame(data))
    arrivals.link.answer(data)
    assert "data" not in arrivals.image(0)
    assert Path(str(arrivals.image(0)["path"])).read_bytes() == data


@pytest.mark.parametrize("data", [b"other", b""])
def test_damaged_bytes_are_an_error_of_that_picture(arrivals: Arrivals, data: bytes) -> None:
    arrivals.images.take(frame(b"a", b"b"))
    arrivals.link.answer(data)
    arrivals.link.answer(b"b")
    assert "damaged" in str(arrivals.image(0)["error"])


def test_a_device_that_announces_more_and_sends_nothing_is_not_asked_for_ever(arrivals: Arrivals) -> None:
    arrivals.images.take(frame(b"a"))
    arrivals.link.answer(b"", more=True)
    assert "announced" in str(arrivals.image(0)["error"])


def test_a_device_that_sends_more_than_a_picture_may_have_is_stopped(arrivals: Arrivals) -> None:
    arrivals.images.take(frame(b"a"))
    while arrivals.link.asked:
        arrivals.link.answer(bytes(wire.IMAGE_BYTES // 2 + 1), more=True)
    assert "announced" in str(arrivals.image(0)["error"])


def test_a_device_that_is_lost_holds_up_nothing(arrivals: Arrivals) -> None:
    arrivals.link.is_up = False
    arrivals.images.take(frame(b"a", b"b"))
    arrivals.images.take({"op": "out", "text": "a"})
    assert [each["op"] for each in arrivals.passed_on] == ["value", "out"]
    assert arrivals.image(0)["error"] == "it is lost"


def test_a_kind_that_cannot_be_shown_is_an_error(arrivals: Arrivals) -> None:
    arrivals.images.take({"op": "value", "images": [{"ref": "x", "mime": "text/x"}, "no image"]})
    assert "cannot be shown" in str(arrivals.image(0)["error"])


async def test_the_last_frame_comes_after_all_others_with_its_own_pictures(arrivals: Arrivals) -> None:
    arrivals.images.take(frame(b"a"))
    async with trio.open_nursery() as nursery:
        last: list[wire.Message] = []

        async def end() -> None:
            last.append(await arrivals.images.last({**frame(b"b"), "op": "result"}))

        nursery.start_soon(end)
        await trio.testing.wait_all_tasks_blocked()
        arrivals.link.answer(b"a")
        arrivals.link.answer(b"b")
    assert [each["op"] for each in arrivals.passed_on] == ["value"]
    assert "path" in last[0]["images"][0]  # type: ignore[index, operator]


async def test_a_last_frame_without_pictures_is_there_at_once(arrivals: Arrivals) -> None:
    assert await arrivals.images.last({"op": "result"}) == {"op": "result"}


def test_when_nobody_waits_any_more_what_waited_is_dropped_and_late_output_is_not(arrivals: Arrivals) -> None:
    arrivals.images.take(frame(b"a"))
    arrivals.images.close()
    arrivals.link.answer(b"a")
    arrivals.images.take({"op": "out", "text": "late"})
    assert [each["op"] for each in arrivals.passed_on] == ["out"]
