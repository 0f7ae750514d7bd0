"""The views of a project's files, read from a real folder."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from bridge import view_files
from bridge.view_files import ViewFiles
from middleware.request import Refusal

PYTHON = "from device_server import views as v\n\ndef {name}() -> v.View: ...\n"
CLOJURE = "(ns app.b (:import [device_server.views :as v]))\n(defn ^:preview card [] nil)"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in {
        "app/a.py": PYTHON.format(name="card"),
        "app/b.lpy": CLOJURE,
        "app/c.py": "x = 1\n",
        "ignored/d.py": PYTHON.format(name="card"),
        ".venv/e.py": PYTHON.format(name="card"),
        ".gitignore": "ignored/\n",
        "notes.txt": PYTHON,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def listed(files: ViewFiles, path: str | None = None) -> dict[str, list[str]]:
    """Module -> names of its views."""
    return {each.module: [view.name for view in each.found.views] for each in trio.run(files.find, path)}


def test_the_project_has_what_its_files_have(root: Path) -> None:
    assert listed(ViewFiles(root)) == {"app.a": ["card"], "app.b": ["card"]}


@pytest.mark.parametrize(
    ("path", "expected"), [("app/a.py", {"app.a"}), ("app", {"app.a", "app.b"}), ("app/c.py", set())]
)
def test_a_file_or_a_folder_has_its_own(root: Path, path: str, expected: set[str]) -> None:
    assert {*listed(ViewFiles(root), path)} == expected
    assert {*listed(ViewFiles(root), str(root / path))} == expected


def test_a_file_is_read_again_only_when_it_has_changed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(path: str) -> str:
        read.append(Path(path).name)
        return Path(path).read_text()

    monkeypatch.setattr(view_files, "read_text", counted)
    files = ViewFiles(root)
    listed(files)
    assert sorted(read) == ["a.py", "b.lpy", "c.py"]
    (root / "app/a.py").write_text(PYTHON.format(name="sheet"))
    (root / "app/b.lpy").unlink()
    assert listed(files) == {"app.a": ["sheet"]}
    assert sorted(read) == ["a.py", "a.py", "b.lpy", "c.py"]


def test_a_file_that_cannot_be_read_says_why(root: Path) -> None:
    (root / "app/c.py").write_bytes(b"# device_server.views \xff\n")
    (file,) = trio.run(ViewFiles(root).find, "app/c.py")
    assert file.found.problem is not None


@pytest.mark.parametrize("path", ["app/none.py", "notes.txt"])
def test_what_is_no_source_is_refused(root: Path, path: str) -> None:
    with pytest.raises(Refusal):
        trio.run(ViewFiles(root).find, path)


def test_a_device_is_told_the_module_of_a_file_and_the_setup_of_the_project(root: Path) -> None:
    files = ViewFiles(root)
    assert files.hosting(None) == {}
    assert files.hosting("app/b.lpy") == {"module": "app.b", "lang": "basilisp"}
    (root / "pyproject.toml").write_text('[tool.tether]\nsetup = "app.setup"')
    assert files.hosting(str(root / "app/a.py")) == {"setup": "app.setup", "module": "app.a", "lang": "python"}


@pytest.mark.parametrize("path", ["/elsewhere/a.py", "notes.txt", "app/not-a-name.py"])
def test_what_the_project_cannot_import_is_not_hosted(root: Path, path: str) -> None:
    with pytest.raises(Refusal):
        ViewFiles(root).hosting(path)


def test_settings_that_cannot_be_read_are_told(root: Path) -> None:
    (root / "pyproject.toml").write_text("[tool")
    with pytest.raises(Refusal, match="pyproject"):
        ViewFiles(root).hosting(None)
