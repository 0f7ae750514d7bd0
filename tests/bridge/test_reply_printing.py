"""What `tether eval` prints."""

from __future__ import annotations

import json

import pytest  # noqa: TC002 as in every other test

from bridge.reply_printing import AsJson, AsText
from middleware.request import Message

FAILED: list[Message] = [
    {"out": "so far\n"},
    {"value": "1", "ns": "user"},
    {"err": "E: no\n"},
    {"ex": "E", "root-ex": "E", "status": ["eval-error"]},
    {"status": ["done"]},
]


def test_text_has_the_value_on_stdout_and_errors_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    printer = AsText()
    for reply in FAILED:
        printer.show(reply)
    printer.end()
    assert capsys.readouterr() == ("so far\n1\n", "E: no\n")
    assert printer.has_failed


def test_json_is_one_object_with_all_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    printer = AsJson()
    for reply in FAILED:
        printer.show(reply)
    printer.end()
    assert json.loads(capsys.readouterr().out) == {
        "values": ["1"], "value": "1", "out": "so far\n", "err": "E: no\n", "ns": "user", "ex": "E",
        "status": ["eval-error", "done"],
    }  # fmt: skip


def test_code_without_a_value_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    printer = AsText()
    printer.show({"status": ["done"]})
    printer.end()
    assert capsys.readouterr().out == ""
    assert not printer.has_failed


def test_an_interrupted_eval_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    printer = AsText()
    printer.show({"status": ["interrupted", "done"]})
    assert printer.has_failed
    assert capsys.readouterr().err == "Interrupted\n"


def test_pictures_are_named_behind_the_value_they_are_of(capsys: pytest.CaptureFixture[str]) -> None:
    printer = AsText()
    printer.show({"value": "a", "images": [{"mime": "image/png", "path": "/a.png"}]})
    printer.show({"value": "b", "images": [{"mime": "image/png", "width": 3, "height": 4, "path": "/b.png"}]})
    printer.end()
    assert capsys.readouterr().out == "b\nimage/png 3x4: /b.png\n"
    assert [image["path"] for image in printer.images] == ["/b.png"]
