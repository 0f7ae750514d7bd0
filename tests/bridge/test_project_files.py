"""The project's files by the names that code uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.project_files import ProjectFiles


@pytest.fixture
def files(tmp_path: Path) -> ProjectFiles:
    code = ("src/app/main.py", ".git/config", "venv/x.txt", "a/__pycache__/b.txt")
    for name in ("src/app/logo.png", "notes.txt", *code):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return ProjectFiles(tmp_path)


async def test_the_roots_are_those_that_are_there(files: ProjectFiles, tmp_path: Path) -> None:
    assert files.source_roots() == [f"{tmp_path}/src", str(tmp_path)]
    assert ProjectFiles(tmp_path / "src").source_roots() == [f"{tmp_path}/src"]


async def test_a_file_is_found_below_any_root(files: ProjectFiles, tmp_path: Path) -> None:
    assert await files.find("app/logo.png") == f"{tmp_path}/src/app/logo.png"
    assert await files.find("notes.txt") == f"{tmp_path}/notes.txt"


@pytest.mark.parametrize("name", ["", "nothing", "app", "../app/main.py", "/etc/passwd", "a\0b", "x" * 5000])
async def test_what_is_not_there_is_not_found(files: ProjectFiles, name: str) -> None:
    assert await files.find(name) is None


async def test_resources_are_the_files_that_are_no_code(files: ProjectFiles, tmp_path: Path) -> None:
    assert await files.resources() == {
        "app/logo.png": f"{tmp_path}/src/app/logo.png",
        "notes.txt": f"{tmp_path}/notes.txt",
        "src/app/logo.png": f"{tmp_path}/src/app/logo.png",
    }


async def test_a_huge_folder_is_not_listed_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.project_files.MAX_FILES", 10)
    for number in range(12):
        (tmp_path / str(number)).touch()
    assert len(await ProjectFiles(tmp_path).resources()) == 10
