"""`tether view ...`, against a bridge played by the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from middleware.request import Bencode, Message
from tests.bridge.test_client import bridge

DONE: Message = {"status": ["done"]}


def run(port: int, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["view", *arguments, "--port", str(port)])


def asked(answer: Message, *arguments: str) -> tuple[Message, Result]:
    """What the bridge was asked, and what came of it."""
    with bridge([{**answer, **DONE}]) as (port, requests):
        result = run(port, *arguments)
    return {key: value for key, value in requests[1].items() if key not in ("id", "session")}, result


@pytest.fixture
def image(tmp_path: Path) -> Message:
    (tmp_path / "cached.png").write_bytes(b"picture")
    return {"ref": "sha256-1", "mime": "image/png", "width": 390, "height": 844, "path": str(tmp_path / "cached.png")}


def test_what_is_typed_is_what_the_bridge_is_asked() -> None:
    request, result = asked(
        {"view": "v1"}, "start", "card()", "--traits", "dark", "--traits", "locale=ar", "--scale", "2"
    )
    assert request == {"op": "view-start", "expression": "card()", "traits": ["dark", "locale=ar"], "scale": 2}
    assert (result.exit_code, result.stdout) == (0, "view: v1\n")


def test_a_path_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    request, _ = asked({"views": [], "previews": []}, "list", "app.py")
    assert request == {"op": "view-list", "path": f"{tmp_path}/app.py"}


def test_numbers_reach_the_bridge() -> None:
    request, _ = asked({}, "touch", "v1", "--x", "10.5", "--y", "3")
    assert request == {"op": "view-touch", "view": "v1", "x": "10.5", "y": "3.0"}


def test_lists_are_words_behind_one_another() -> None:
    request, _ = asked({"variants": []}, "variants", "dark", "rtl,xx_large", "--view", "v1")
    assert request == {"op": "view-variants", "view": "v1", "variants": ["dark", "rtl,xx_large"]}


def test_json_is_one_object_with_the_values_of_the_device(image: Message) -> None:
    told: Message = {
        "enabled": "true",
        "changed": "false",
        "images": [{**image, "height": "844.5"}],
        "hit": {"x": "0.5"},
    }
    _, result = asked(told, "touch", "v1", "--label", "Add", "--json")
    shown = json.loads(result.stdout)
    assert shown == {"enabled": True, "changed": False, "images": [{**image, "height": 844.5}], "hit": {"x": 0.5}}


def test_a_failure_is_told_and_exits_with_1() -> None:
    _, result = asked({"error": "There is no view v9"}, "stop", "v9")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "tether: There is no view v9\n")


def test_without_a_bridge_it_exits_with_2_and_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["view", "sessions"])
    assert result.exit_code == 2
    assert "tether serve" in result.stderr


@pytest.mark.parametrize(("name", "mime"), [("a.png", "image/png"), ("a.JPG", "image/jpeg"), ("a.jpeg", "image/jpeg")])
def test_a_snapshot_is_of_the_kind_that_its_file_says(name: str, mime: str, image: Message, tmp_path: Path) -> None:
    output = tmp_path / name
    request, result = asked({"images": [image]}, "snapshot", "v1", "-o", str(output))
    assert (request["mime"], output.read_bytes(), result.stdout) == (mime, b"picture", f"{output}\n")


def test_a_snapshot_to_standard_output_is_nothing_else(image: Message) -> None:
    request, result = asked({"images": [image]}, "snapshot", "v1", "-o", "-")
    assert (request, result.stdout_bytes) == ({"op": "view-snapshot", "view": "v1"}, b"picture")


@pytest.mark.parametrize("images", [[], [{"ref": "sha256-1", "error": "it is too large"}]])
def test_a_picture_that_is_not_here_is_no_file(images: list[Bencode], tmp_path: Path) -> None:
    told: Message = {"images": images}
    _, result = asked(told, "snapshot", "v1", "-o", str(tmp_path / "a.png"))
    assert (result.exit_code, [*tmp_path.iterdir()]) == (1, [])
