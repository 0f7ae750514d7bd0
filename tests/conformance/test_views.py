"""Hosted views, from the command line through a whole bridge to a device and back."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.bridge.processes import tether_command
from tests.conformance import servers
from tests.conformance.servers import Server

PATIENCE_S = 60


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.bridge(tmp_path_factory.mktemp("views")) as server:
        yield server


@pytest.fixture
def folder(bridge: Server) -> Path:
    return bridge.folder


def view(folder: Path, *arguments: str, exit_code: int = 0) -> str:
    """What `tether view` prints."""
    command = tether_command("view", *arguments)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == exit_code, done.stderr + done.stdout
    return done.stdout if exit_code == 0 else done.stdout + done.stderr


def started(folder: Path, *arguments: str) -> str:
    """The name of a view that is hosted now."""
    told: dict[str, str] = json.loads(view(folder, "start", "--json", *arguments))
    return told["view"]


@pytest.mark.parametrize("path", ["todo/screens.py", "errands/screens.lpy"])
def test_a_preview_of_either_language_is_hosted_drawn_touched_and_stopped(folder: Path, path: str) -> None:
    name = started(folder, "--path", path, "--index", "0")
    view(folder, "snapshot", name, "-o", "list.png")
    with Image.open(folder / "list.png") as picture:
        assert picture.size == (390, 844)
    assert json.loads(view(folder, "elements", name, "--json"))["elements"]
    assert name in view(folder, "sessions")
    view(folder, "stop", name)
    assert f"There is no view '{name}'" in view(folder, "snapshot", name, exit_code=1)


def test_a_save_is_drawn_and_a_wrong_one_leaves_the_last_good_frame(folder: Path) -> None:
    name = started(folder, "--path", "todo/screens.py", "--name", "List")

    def picture() -> bytes:
        view(folder, "snapshot", name, "-o", "shown.png")
        return (folder / "shown.png").read_bytes()

    before, screens = picture(), folder / "todo/screens.py"
    good = screens.read_text().replace("frame(20, 20)", "frame(32, 32)")
    screens.write_text(good)
    servers.eventually(lambda: picture() != before)
    after = picture()
    screens.write_text("def x(")
    servers.eventually(lambda: "stale" in view(folder, "sessions"))
    assert picture() == after
    screens.write_text(good)
    servers.eventually(lambda: "stale" not in view(folder, "sessions"))
    view(folder, "stop", name)


def test_pictures_are_approved_checked_and_found_different(folder: Path) -> None:
    view(folder, "check", exit_code=1)
    view(folder, "approve")
    view(folder, "check")
    chart = folder / "views"
    first = next(chart.rglob("*.png"))
    with Image.open(first) as picture:
        picture.rotate(180).save(first)
    assert "different" in view(folder, "check", exit_code=1)


def test_a_bad_expression_says_what_is_wrong_and_leaves_no_view(folder: Path) -> None:
    assert "NameError" in view(folder, "start", "nonsense()", "--lang", "python", exit_code=1)
    assert "v" not in view(folder, "sessions").split()
