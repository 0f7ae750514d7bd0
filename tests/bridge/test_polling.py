"""Folders that are looked at again and again."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Event

import pytest

from bridge import polling
from bridge.polling import Polling


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "POLL_S", 0.001)


def changes(folders: Polling) -> set[str]:
    return {path for _, path in folders.watch(0, 0, 1000, Event())}


def test_what_has_come_changed_or_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("1")
    (tmp_path / "same.py").write_text("1")
    folders = Polling([str(tmp_path)])
    (tmp_path / "new.py").write_text("1")
    (tmp_path / "old.py").write_text("12")
    assert changes(folders) == {str(tmp_path / "new.py"), str(tmp_path / "old.py")}
    (tmp_path / "old.py").unlink()
    assert changes(folders) == {str(tmp_path / "old.py")}


def test_nothing_is_told_of_folders_below(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    folders = Polling([str(tmp_path)])
    (tmp_path / "app/a.py").write_text("1")
    assert changes(folders) <= {str(tmp_path / "app")}


def test_a_folder_that_has_gone_loses_its_files(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app/a.py").write_text("1")
    folders = Polling([str(tmp_path / "app")])
    shutil.rmtree(tmp_path / "app")
    assert changes(folders) == {str(tmp_path / "app/a.py")}


def test_it_ends_when_it_is_stopped_or_nothing_changes(tmp_path: Path) -> None:
    folders, stop = Polling([str(tmp_path)]), Event()
    assert folders.watch(0, 0, 5, stop) == set()
    stop.set()
    assert folders.watch(0, 0, 60_000, stop) == set()
