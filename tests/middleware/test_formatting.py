"""The op `format-code`; the formatter here makes capitals."""

from __future__ import annotations

import pytest

from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to


def formatting(op: str = "format-code", language: str = "python", **keys: Bencode) -> Message:
    session = FakeSession()
    session.language = language
    (reply,) = replies_to({"op": op, "code": "x = 1", **keys}, session)
    return reply


@pytest.mark.parametrize("op", ["format-code", "cider/format-code"])
def test_python_is_formatted(op: str) -> None:
    assert formatting(op, options={}) == {"formatted-code": "X = 1", "status": ["done"]}
    assert formatting(op, "basilisp", lang="python")["formatted-code"] == "X = 1"


def test_clojure_is_refused_with_the_text_that_cider_shows() -> None:
    reply = formatting(language="basilisp")
    assert reply["status"] == ["error", "format-code-error", "done"]
    assert "no formatter for basilisp" in str(reply["err"])


def test_what_the_formatter_cannot_read_is_refused() -> None:
    assert formatting(code="ä")["err"] == "Cannot parse\n"


def test_code_must_be_text() -> None:
    assert formatting(code=3)["status"] == ["error", "format-code-error", "done"]
