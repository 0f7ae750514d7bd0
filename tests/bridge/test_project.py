"""Where a project begins and what its files are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.project import MARKERS, module_name, root_of


@pytest.mark.parametrize("marker", MARKERS)
def test_the_nearest_project_file_upwards_marks_the_root(tmp_path: Path, marker: str) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / marker).touch()
    assert root_of(inner) == tmp_path / "a"


def test_without_one_the_directory_is_its_own_root(tmp_path: Path) -> None:
    assert root_of(tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/p/app/main.py", "app.main"),
        ("/p/src/app/main.lpy", "app.main"),
        ("/p/app/__init__.py", "app"),
        ("app/main.py", "app.main"),
        ("/elsewhere/main.py", None),
        ("/p/not-a-name.py", None),
        ("/p/__init__.py", None),
        ("NO_SOURCE_FILE", "NO_SOURCE_FILE"),
    ],
)
def test_a_file_is_named_as_it_is_imported(file: str, name: str | None) -> None:
    assert module_name(Path("/p"), file) == name
