"""The conversation of `cider/slurp`."""

from __future__ import annotations

import pytest

from middleware.request import Message
from tests.middleware.fakes import PICTURES, FakeSession, replies_to


@pytest.mark.parametrize("op", ["slurp", "cider/slurp"])
def test_a_picture_that_was_shown_is_answered_with_its_bytes(op: str) -> None:
    url = next(iter(PICTURES))
    assert replies_to({"op": op, "url": url}, FakeSession()) == [
        {"content-type": ["image/png", {}], "content-transfer-encoding": "base64", "body": "YWJj"},
        {"status": ["done"]},
    ]


@pytest.mark.parametrize("url", ["http://example.org", "file:///etc/passwd", "", 0])
def test_nothing_else_is_opened(url: str | int) -> None:
    (reply,) = replies_to({"op": "cider/slurp", "url": url}, FakeSession())
    assert reply["status"] == ["error", "slurp-error", "done"]


def test_a_missing_url_is_refused() -> None:
    message: Message = {"op": "slurp"}
    (reply,) = replies_to(message, FakeSession())
    assert reply["status"] == ["error", "no-url", "done"]
