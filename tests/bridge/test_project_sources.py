"""The project's source files, read from a real folder."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
import trio

from bridge import project_sources, source_text
from bridge.project_sources import ProjectSources

T = TypeVar("T")


def run(work: Callable[[], Awaitable[T]]) -> T:
    return trio.run(work)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in {
        "app/core.lpy": "(ns app.core)",
        "app/my_names.cljc": "(ns app.my-names)",
        "src/lib/__init__.py": "x = 1",
        "test/app/core_test.lpy": "(ns app.core-test)",
        "tests/test_lib.py": "é = 1",
        ".venv/test_hidden.py": "",
        "node_modules/test_other.py": "",
        "notes.txt": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_files_are_read_by_the_paths_that_were_asked_for(root: Path) -> None:
    paths = [str(root / "app/core.lpy"), "tests/test_lib.py"]
    found = run(lambda: ProjectSources(root).read(paths))
    assert [*found] == paths
    core, lib = found.values()
    assert (core.module, core.lang, core.text, core.path) == ("app.core", "basilisp", "(ns app.core)", paths[0])
    assert (lib.module, lib.lang, lib.text, lib.path) == ("tests.test_lib", "python", "é = 1", str(root / paths[1]))


def test_what_is_not_the_projects_or_no_source_is_left_out(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.py"
    elsewhere.write_text("")
    (root / "bad.py").write_bytes(b"\xff")
    os.mkfifo(root / "pipe.py")
    (root / "folder.py").mkdir()
    (root / "big.py").write_bytes(b" " * (source_text.MAX_BYTES + 1))
    paths = [str(elsewhere), f"../{elsewhere.parent.name}/a.py", "gone.py", "notes.txt", "<repl>", "bad.py", "pipe.py",
             "folder.py", "big.py", "a\0b.py"]  # fmt: skip
    assert run(lambda: ProjectSources(root).read(paths)) == {}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("app.core", "app/core.lpy"),
        ("app.my-names", "app/my_names.cljc"),
        ("app.core-test", "test/app/core_test.lpy"),
        ("tests.test_lib", "tests/test_lib.py"),
        ("test_lib", "tests/test_lib.py"),
        ("app.none", None),
        ("", None),
        ("../../etc/hosts", None),
    ],
)
def test_a_namespace_is_found_where_projects_have_it(root: Path, name: str, path: str | None) -> None:
    found = run(lambda: ProjectSources(root).find(["none", name]))
    assert {each: file.path for each, file in found.items()} == ({name: str(root / path)} if path else {})


def test_tests_are_the_files_that_are_called_so(root: Path) -> None:
    found = run(ProjectSources(root).tests)
    assert [file.path for file in found] == [str(root / "test/app/core_test.lpy"), str(root / "tests/test_lib.py")]


def test_the_search_for_tests_ends(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_sources, "MAX_FOLDERS", 1)
    assert run(ProjectSources(root).tests) == []
