"""Importing the project's modules at the beginning of a generation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from device_server import project_imports


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where modules are found; those that a test has imported are gone afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    return tmp_path


def test_all_are_imported_and_those_that_fail_are_told(folder: Path) -> None:
    (folder / "gen_good.py").write_text("A = 1")
    (folder / "gen_bad.py").write_text("1 / 0")
    (folder / "gen_exits.py").write_text("raise SystemExit('enough')")
    assert project_imports.import_all(["gen_bad", "gen_exits", "gen_none", "gen_good"]) == [
        {"module": "gen_bad", "error": "ZeroDivisionError: division by zero"},
        {"module": "gen_exits", "error": "SystemExit: enough"},
        {"module": "gen_none", "error": "ModuleNotFoundError: No module named 'gen_none'"},
    ]
    assert "gen_good" in sys.modules


def test_what_is_imported_already_is_left_alone(folder: Path) -> None:
    (folder / "gen_once.py").write_text("A = []")
    project_imports.import_all(["gen_once"])
    first = sys.modules["gen_once"]
    assert project_imports.import_all(["gen_once"]) == []
    assert sys.modules["gen_once"] is first


def test_for_sharing_the_first_that_fails_is_the_last(folder: Path) -> None:
    (folder / "gen_fails.py").write_text("1 / 0")
    (folder / "gen_after.py").write_text("A = 1")
    told = project_imports.import_for_sharing(["gen_fails", "gen_after"])
    assert told == [{"module": "gen_fails", "error": "ZeroDivisionError: division by zero"}]
    assert "gen_after" not in sys.modules


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import os\nfds = os.pipe()", "a file or a socket"),
        ("import threading\nis_over = threading.Event()\nthreading.Thread(target=is_over.wait).start()", "a thread"),
    ],
)
def test_for_sharing_nothing_may_stay_open(folder: Path, text: str, what: str) -> None:
    (folder / "gen_opens.py").write_text(text)
    told = project_imports.import_for_sharing(["gen_opens"])
    opened = sys.modules["gen_opens"]
    for fd in getattr(opened, "fds", ()):
        os.close(fd)
    if hasattr(opened, "is_over"):
        opened.is_over.set()
    assert told == [{"module": "gen_opens", "error": f"importing it leaves {what} open"}]


def test_what_is_opened_and_closed_again_does_no_harm(folder: Path) -> None:
    (folder / "gen_tidy.py").write_text("with open(__file__) as f: TEXT = f.read()")
    assert project_imports.import_for_sharing(["gen_tidy"]) == []
