from __future__ import annotations

from pathlib import Path

import pytest

from repl import files


def test_a_file_is_read_by_its_uri(tmp_path: Path) -> None:
    (tmp_path / "a b.py").write_text("x = 1\n")
    uri = (tmp_path / "a b.py").as_uri()
    assert files.path_of(uri) == tmp_path / "a b.py"
    assert files.read(uri) == "x = 1\n"
    assert files.read((tmp_path / "none.py").as_uri()) is None
    assert files.read("jar:file:x") is None


def test_a_file_that_the_user_names_has_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    assert files.source("a.py") == ("x = 1\n", str(tmp_path / "a.py"))
    with pytest.raises(FileNotFoundError):
        files.source("none.py")


def test_folders_and_files_of_code_are_candidates(tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    for name in ("apple.py", "apricot.lpy", "apart.txt", "other.py"):
        (tmp_path / name).touch()
    found = files.candidates(f"{tmp_path}/ap")
    assert [each.removeprefix(str(tmp_path)) for each in found] == ["/app/", "/apple.py", "/apricot.lpy"]
    assert files.candidates(f"{tmp_path}/none/") == ()
