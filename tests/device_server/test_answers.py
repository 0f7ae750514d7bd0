"""Answers that fail, and answers that are too long."""

from __future__ import annotations

import json

import pytest

from device_server import answers, wire


def test_an_answer_that_fits_is_sent_as_it_is() -> None:
    assert json.loads(answers.fitting_line({"op": "result", "value": "3"})) == {"op": "result", "value": "3"}


@pytest.mark.parametrize("text", ["x", "é", "\ud800", '"', "\x00"])
def test_an_answer_that_is_too_long_is_cut_and_says_so(text: str) -> None:
    line = answers.fitting_line({"op": "result", "id": 1, "value": text * wire.LIMIT_BYTES})
    answer = json.loads(line)
    assert len(line) <= wire.LIMIT_BYTES
    assert answer["truncated"] is True
    assert answer["value"].startswith(text)


def test_what_an_interrupted_job_answers() -> None:
    assert answers.interrupted()["type"] == wire.ErrorType.INTERRUPTED
