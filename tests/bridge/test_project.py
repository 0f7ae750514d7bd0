"""Where a project begins and what its files are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.project import MARKERS, PACKAGE_FILES, ProjectError, module_name, root_of, source_roots


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


@pytest.mark.parametrize("name", PACKAGE_FILES)
def test_inside_a_bare_package_the_folder_around_it_is_the_root(tmp_path: Path, name: str) -> None:
    inner = tmp_path / "app" / "deep"
    inner.mkdir(parents=True)
    for folder in (inner, inner.parent):
        (folder / name).touch()
    assert root_of(inner) == tmp_path


def settings(root: Path, text: str) -> Path:
    (root / "pyproject.toml").write_text(text)
    return root


def test_the_project_may_list_more_folders(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    root = settings(tmp_path, '[tool.tether]\npaths = ["lib", "."]')
    assert source_roots(root) == (tmp_path / "src", tmp_path, tmp_path / "lib")
    assert module_name(root, "lib/util.py") == "util"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[tool.tether]\npaths = 'lib'", "paths must be a list of folders"),
        ("[tool.tether]\npaths = [1]", "paths must be a list of folders"),
        ("[tool.tether]\npaths = ['']", "paths must be a list of folders"),
        ("[tool.tether]\npaths = ['missing']", "missing, which is no folder"),
        ("tool = 1", "pyproject.toml"),
        ("[tool]\ntether = 1", "must be a table"),
        ("[", "pyproject.toml"),
    ],
)
def test_settings_that_cannot_be_used_say_what_to_do(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(ProjectError, match=error):
        source_roots(settings(tmp_path, text))
