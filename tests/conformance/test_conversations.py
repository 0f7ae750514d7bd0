"""What real editors have said to a bridge is answered as it was when a person watched them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from middleware.request import Message
from tests.conformance import servers
from tests.conformance.conversations import FOLDER, Names, encode, gist, replay

RECORDINGS = sorted(FOLDER.glob("*.jsonl"))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
def test_a_recorded_conversation_goes_as_it_went(recording: Path, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "project", tmp_path, dirs_exist_ok=True)
    with servers.bridge(tmp_path) as bridge:
        for recorded, now in replay(recording, bridge.port, tmp_path):
            assert now == recorded, bridge.log.read_text()


def test_every_recording_says_and_hears_something() -> None:
    assert RECORDINGS
    for recording in RECORDINGS:
        steps = [json.loads(line) for line in recording.read_text().splitlines()]
        assert {key for step in steps for key in step} == {"says", "hears"}, recording


def test_a_message_keeps_its_order_of_keys() -> None:
    assert (
        encode({"op": "eval", "code": "é", "b": [1, "x"], "a": {}}) == b"d2:op4:eval4:code2:\xc3\xa91:bli1e1:xe1:adee"
    )


def test_sessions_and_the_project_have_names_in_a_recording() -> None:
    names = Names(Path("some/project"))
    names.note({"new-session": "abc"})
    message: Message = {"session": "abc", "file": "some/project/a.lpy"}
    assert names.written(message) == {"session": "<session 1>", "file": "<project>/a.lpy"}
    assert names.real(names.written(message)) == message


def test_what_differs_every_time_is_no_part_of_a_recording() -> None:
    assert gist({"id": "1", "value": "#<f at 0x7f3a12bc>", "ns": "user"}) == {"id": "1", "keys": ["ns", "value"]}
