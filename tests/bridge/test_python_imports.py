"""What the reader of Python code finds, and what of it can run."""

from __future__ import annotations

import json
import os
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import module_from_spec
from pathlib import Path

import pytest

from bridge.python_imports import ReadingFinder, UnsavedTexts, modified


def found(name: str, path: Path, unsaved: UnsavedTexts | None = None) -> ModuleSpec | None:
    return ReadingFinder(unsaved or UnsavedTexts()).find_spec(name, [str(path)])


def loader_of(spec: ModuleSpec | None) -> SourceFileLoader:
    assert spec is not None
    assert isinstance(spec.loader, SourceFileLoader)
    return spec.loader


def test_a_module_of_a_project_is_read_and_does_not_run(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("x = 1\n")
    spec = found("app", tmp_path)
    loader = loader_of(spec)
    assert loader.get_data(loader.path) == b"x = 1\n"
    assert spec is not None
    with pytest.raises(ImportError, match="it is read, never run"):
        loader.exec_module(module_from_spec(spec))


@pytest.mark.parametrize("ending", [".so", ".abi3.so", ".pyc"])
def test_a_module_of_a_project_without_source_is_not_found(tmp_path: Path, ending: str) -> None:
    (tmp_path / f"native{ending}").write_bytes(b"")
    assert found("native", tmp_path) is None


def test_an_installed_module_may_run() -> None:
    spec = found("decoder", Path(json.__file__).parent)
    assert spec is not None
    assert type(spec.loader) is SourceFileLoader


def test_a_directory_without_a_package_is_found(tmp_path: Path) -> None:
    (tmp_path / "space").mkdir()
    spec = found("space", tmp_path)
    assert spec is not None
    assert spec.origin is None


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    assert found("nothing", tmp_path) is None


def test_the_text_that_is_not_saved_is_read_until_the_file_is_saved(tmp_path: Path) -> None:
    path, unsaved = tmp_path / "app.py", UnsavedTexts()
    path.write_text("x = 1\n")
    unsaved.put(str(path), "x = 'é'\n")
    loader = loader_of(found("app", tmp_path, unsaved))
    assert loader.get_data(str(path)) == "x = 'é'\n".encode()
    os.utime(path, (path.stat().st_mtime + 1,) * 2)
    assert loader.get_data(str(path)) == b"x = 1\n"


def test_a_text_may_have_no_file(tmp_path: Path) -> None:
    unsaved = UnsavedTexts()
    unsaved.put(str(tmp_path / "new.py"), "x = '\ud800'")
    assert unsaved.get(str(tmp_path / "new.py")) is not None
    assert unsaved.get(str(tmp_path / "other.py")) is None


def test_what_a_search_depends_on_is_noted_but_for_what_is_installed(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    finder = ReadingFinder(UnsavedTexts())
    library = str(Path(json.__file__).parent)
    assert finder.find_spec("nothing", [str(tmp_path), library, str(tmp_path / "gone")]) is None
    assert finder.find_spec("app", [str(tmp_path)]) is not None
    assert finder.seen == {
        str(tmp_path): modified(str(tmp_path)),
        str(tmp_path / "gone"): 0.0,
        str(tmp_path / "app.py"): modified(str(tmp_path / "app.py")),
    }
