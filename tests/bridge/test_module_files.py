"""Which files a project has for the names of modules, what they import, and that nothing outside is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge import module_files
from bridge.module_files import ModuleFiles


def write(root: Path, **files: str) -> None:
    """Files by their paths, with `__` for slashes and `_dot_` for the dot of the ending."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".").replace("INIT", "__init__")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(
        tmp_path / "p",
        src__app__INIT_dot_py="from . import model",
        src__app__model_dot_py="import os, app.deep.leaf",
        src__app__deep__leaf_dot_py="import numpy",
        src__lisp__core_dot_lpy="(ns lisp.core (:require [lisp.core.my-part :as p]))",
        src__lisp__core__my_part_dot_lpy="(ns lisp.core.my-part)",
        tool_dot_py="from app.model import X",
        build__x_dot_py="",
    )
    return tmp_path / "p"


@pytest.fixture
def files(root: Path) -> ModuleFiles:
    return ModuleFiles([root / "src", root])


def told(files: ModuleFiles, module: str) -> dict[str, str | None]:
    return {each.file.module: each.file.path for each in files.closure(module)}


def test_a_module_comes_with_all_that_it_imports_of_the_project(files: ModuleFiles, root: Path) -> None:
    assert told(files, "tool") == {
        "tool": f"{root}/tool.py",
        "app": f"{root}/src/app/__init__.py",
        "app.model": f"{root}/src/app/model.py",
        "app.deep": None,
        "app.deep.leaf": f"{root}/src/app/deep/leaf.py",
    }


def test_a_package_says_where_its_modules_are(files: ModuleFiles, root: Path) -> None:
    locations = {each.file.module: each.file.locations for each in files.closure("tool")}
    assert locations["app"] == (f"{root}/src/app",)
    assert locations["app.deep"] == (f"{root}/src/app/deep",)
    assert locations["app.model"] is None


def test_a_namespace_is_found_by_the_name_python_has_for_it(files: ModuleFiles, root: Path) -> None:
    core, part = (each for each in files.closure("lisp.core") if each.file.lang == "basilisp")
    assert (core.file.path, core.file.locations) == (f"{root}/src/lisp/core.lpy", (f"{root}/src/lisp/core",))
    assert part.file.module == "lisp.core.my_part"
    assert part.file.module in core.uses


@pytest.mark.parametrize("module", ["", ".", "..", "app..model", "no.such", "../p", "/etc/passwd", "app\0", "tool.x"])
def test_what_is_no_module_is_not_found(files: ModuleFiles, module: str) -> None:
    assert files.closure(module) == []


def test_the_names_at_the_top_are_known(files: ModuleFiles) -> None:
    assert files.top_level() == ["app", "lisp", "src", "tool"]


def test_a_link_that_leads_outside_is_not_followed(files: ModuleFiles, root: Path) -> None:
    write(root.parent, secret__INIT_dot_py="KEY = 1", key_dot_py="")
    (root / "secret").symlink_to(root.parent / "secret")
    (root / "key.py").symlink_to(root.parent / "key.py")
    (root / "alias.py").symlink_to(root / "tool.py")
    assert files.closure("secret") == files.closure("key") == []
    assert "alias" in told(files, "alias")
    assert not files.is_inside(str(root / "key.py"))
    assert not files.is_inside(f"{root}/src/../../key.py")


def test_hidden_files_are_not_told(files: ModuleFiles, root: Path) -> None:
    (root / ".env").write_text("TOKEN")
    (root / ".git").mkdir()
    assert not files.is_inside(str(root / ".env"))
    assert not files.is_inside(str(root / ".git" / "config"))


def test_an_edit_of_the_same_size_within_a_tick_is_seen(files: ModuleFiles, root: Path) -> None:
    state = os.stat(root / "tool.py")
    before = files.closure("tool")[0].source
    (root / "tool.py").write_text("from app.model import Y")
    os.utime(root / "tool.py", ns=(state.st_atime_ns, state.st_mtime_ns))
    after = files.closure("tool")[0].source
    assert before is not None
    assert after is not None
    assert before.sha256 != after.sha256


def test_a_file_that_has_been_as_it_is_for_long_is_not_read_again(
    files: ModuleFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert files.closure("tool")[0].source is not files.closure("tool")[0].source
    monkeypatch.setattr(module_files, "_SETTLED_NS", 0)
    assert files.closure("tool")[0].source is files.closure("tool")[0].source


def test_texts_are_told_by_their_hashes_as_many_as_there_is_room_for(files: ModuleFiles) -> None:
    hashes = [each.source.sha256 for each in files.closure("tool") if each.source is not None]
    assert sorted(files.texts(hashes, 10_000).values()) == sorted(
        ["from app.model import X", "from . import model", "import os, app.deep.leaf", "import numpy"]
    )
    assert [*files.texts(hashes, 1)] == hashes[:1]
    assert files.texts(["0" * 64], 100) == {}


def test_a_file_that_cannot_be_read_says_why(files: ModuleFiles, root: Path) -> None:
    (root / "odd.py").write_bytes(b"\xff")
    (odd,) = files.closure("odd")
    assert odd.source is None
    assert "encoding" in odd.error


def test_what_an_editor_has_counts_until_the_file_is_saved(files: ModuleFiles, root: Path) -> None:
    path = root / "tool.py"
    saved = files.read(str(path)).sha256
    assert not files.is_outdated(str(path), saved)
    files.note_unsaved(str(path), "UNSAVED = 1")
    assert files.read(str(path)).text == "UNSAVED = 1"
    assert files.is_outdated(str(path), saved)
    path.write_text("SAVED = 1")
    assert files.read(str(path)).text == "SAVED = 1"
    assert files.read(str(path)).text == "SAVED = 1"
    assert not files.is_outdated(str(path), files.read(str(path)).sha256)


def test_a_buffer_that_is_saved_is_no_news(files: ModuleFiles, root: Path) -> None:
    path = root / "tool.py"
    files.note_unsaved(str(path), path.read_text())
    path.write_text("SAVED = 1")
    assert files.read(str(path)).text == "SAVED = 1"
    files.note_unsaved(str(root / "nowhere.py"), "x")
