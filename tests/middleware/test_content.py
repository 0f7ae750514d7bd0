"""How a value that can be seen reaches clients."""

from __future__ import annotations

import base64

import pytest

from device_server import wire
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to

PNG: wire.Message = {
    "ref": "sha256-0", "mime": "image/png", "width": 390, "height": 844, "scale": 2, "bytes": 3, "path": "/cache/0.png",
}  # fmt: skip
SMALL: wire.Message = {**PNG, "data": base64.b64encode(b"abc").decode()}


def ask(images: list[wire.JSON], *, op: str = "eval", keys: Message | None = None, **more: wire.JSON) -> list[Message]:
    session = FakeSession()
    session.frames = [{"op": "result", "value": "#<view>", "ns": "user", "images": images, **more}]
    request: Message = {"op": op, "code": "(view)", "file": "(view)", **(keys or {})}
    *replies, done = replies_to(request, session)
    assert done == {"status": ["done"]}
    return replies


def test_without_a_content_type_the_value_names_the_picture_in_a_comment() -> None:
    assert ask([PNG]) == [{"value": "#<view>\n;; image/png 390x844: /cache/0.png", "ns": "user"}]
    assert ask([PNG], lang="python") == [{"value": "#<view>\n# image/png 390x844: /cache/0.png", "ns": "user"}]


def test_a_small_picture_is_rich_content_with_its_bytes() -> None:
    assert ask([SMALL], keys={"content-type": "true"}) == [
        {"content-type": ["image/png", {}], "content-transfer-encoding": "base64", "body": "YWJj", "ns": "user"}
    ]


def test_a_large_one_is_a_reference() -> None:
    assert ask([PNG], keys={"content-type": "true"}) == [
        {
            "content-type": ["message/external-body", {"access-type": "URL", "URL": "file:///cache/0.png"}],
            "body": "",
            "ns": "user",
        }
    ]


@pytest.mark.parametrize("mime", ["image/svg+xml", "text/html"])
def test_drawings_and_pages_are_text(mime: str) -> None:
    image: wire.Message = {**PNG, "mime": mime, "data": base64.b64encode("<é>".encode()).decode()}
    assert ask([image], keys={"content-type": "true"}) == [{"content-type": [mime, {}], "body": "<é>", "ns": "user"}]


@pytest.mark.parametrize("image", [{**SMALL, "mime": "image/gif"}, {"mime": "image/png", "error": "it is lost"}])
def test_what_cider_does_not_show_and_what_is_not_there_is_named(image: wire.Message) -> None:
    (reply,) = ask([image], keys={"content-type": "true"})
    assert str(reply["value"]).startswith("#<view>\n;; image/")


def test_a_value_that_has_no_picture_is_a_value_whatever_the_client_shows() -> None:
    assert ask([], keys={"content-type": "true", "images": "true"}) == [{"value": "#<view>", "ns": "user"}]


def test_a_client_that_shows_pictures_itself_is_told_of_them_and_gets_the_value_as_it_is() -> None:
    told: Bencode = [{key: PNG[key] for key in PNG}]  # type: ignore[misc]
    assert ask([SMALL], keys={"images": "true"}) == [{"value": "#<view>", "ns": "user", "images": told}]


def test_a_streamed_value_ends_with_its_pictures() -> None:
    keys: Message = {"images": "true", "nrepl.middleware.print/stream?": 1, "nrepl.middleware.print/buffer-size": 4}
    replies = ask([PNG], keys=keys)
    assert [reply.get("value") for reply in replies] == ["#<vi", "ew>", None]
    assert "images" in replies[-1]


def test_notices_are_told_before_the_value() -> None:
    assert ask([], notices=["This value has no picture: E"]) == [
        {"err": "This value has no picture: E\n"},
        {"value": "#<view>", "ns": "user"},
    ]


def test_a_loaded_file_answers_alike() -> None:
    (reply,) = ask([SMALL], op="load-file", keys={"content-type": "true"})
    assert reply["body"] == "YWJj"
