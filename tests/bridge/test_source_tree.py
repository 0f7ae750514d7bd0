"""Which folders and files count as source."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge import source_tree
from bridge.source_tree import SourceTree


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")


def found(root: Path, *roots: Path) -> set[str]:
    tree = SourceTree(roots or (root,))
    return {str(Path(path).relative_to(root)) for folder in tree.folders for path in tree.files(folder)}


def test_source_files_are_found_in_every_folder(tmp_path: Path) -> None:
    plant(tmp_path, "a.py", "app/b.lpy", "app/deep/c.cljc", "notes.txt", "app/d.pyc")
    assert found(tmp_path) == {"a.py", "app/b.lpy", "app/deep/c.cljc"}


@pytest.mark.parametrize("path", [".hidden/a.py", ".a.py", "__pycache__/a.py", "node_modules/a.py", "my env/lib/a.py"])
def test_what_tools_put_there_is_left_out(tmp_path: Path, path: str) -> None:
    plant(tmp_path, path, "my env/pyvenv.cfg")
    assert found(tmp_path) == set()


def test_what_git_ignores_is_left_out(tmp_path: Path) -> None:
    plant(tmp_path, "gen_a.py", "gen_kept.py", "build/a.py", "app/build/b.py", "app/local.py", "local.py", "app/c.py")
    (tmp_path / ".gitignore").write_text("# made\ngen_*.py\n!gen_kept.py\nbuild/\n/local.py\n")
    assert found(tmp_path) == {"gen_kept.py", "app/local.py", "app/c.py"}


def test_the_deepest_gitignore_decides(tmp_path: Path) -> None:
    plant(tmp_path, "made.py", "app/made.py", "app/own.py")
    (tmp_path / ".gitignore").write_text("made.py\n")
    (tmp_path / "app/.gitignore").write_text("!made.py\n/own.py\n")
    assert found(tmp_path) == {"app/made.py"}


def test_what_is_ignored_above_the_project_counts_up_to_the_repository(tmp_path: Path) -> None:
    project = tmp_path / "repository/project"
    plant(project, "a.py", "made.py", "outer.py")
    (tmp_path / ".gitignore").write_text("outer.py\n")
    (tmp_path / "repository/.gitignore").write_text("made.py\n")
    assert found(project) == {"a.py", "made.py", "outer.py"}
    (tmp_path / "repository/.git").mkdir()
    assert found(project) == {"a.py", "outer.py"}


def test_a_root_within_another_is_taken_once_and_one_that_is_missing_not_at_all(tmp_path: Path) -> None:
    plant(tmp_path, "src/a.py", "b.py")
    assert found(tmp_path, tmp_path / "src", tmp_path, tmp_path / "none") == {"src/a.py", "b.py"}


def test_a_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    plant(tmp_path, "app/a.py")
    (tmp_path / "app/loop").symlink_to(tmp_path)
    assert found(tmp_path) == {"app/a.py"}


def test_of_very_many_folders_the_first_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_tree, "MAX_FOLDERS", 3)
    plant(tmp_path, "a/a.py", "b/b.py", "c/c.py")
    tree = SourceTree((tmp_path,))
    assert tree.is_cut
    assert len(tree.folders) == 3


def test_a_folder_whose_name_is_no_text_is_left_out(tmp_path: Path) -> None:
    plant(tmp_path, "a.py")
    os.mkdir(os.fsencode(tmp_path) + b"/\xff")
    assert [*SourceTree((tmp_path,)).folders] == [str(tmp_path)]


def test_a_folder_that_has_gone_has_no_files(tmp_path: Path) -> None:
    plant(tmp_path, "app/a.py")
    tree = SourceTree((tmp_path,))
    (tmp_path / "app/a.py").unlink()
    (tmp_path / "app").rmdir()
    assert [*tree.files(str(tmp_path / "app"))] == []


def test_a_file_of_no_known_folder_is_no_source(tmp_path: Path) -> None:
    assert not SourceTree((tmp_path,)).is_source("/elsewhere/a.py")
