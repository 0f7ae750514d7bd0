"""What is kept on the disk: found by its hash only, whole or not at all, and not without bounds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from device_server.kept_modules import KeptModules

TEXT = "x = 1\n"
CODE = compile(TEXT, "/p/x.py", "exec")
WHAT = ("a" * 64, "/p/x.py", "python")


@pytest.fixture
def kept(tmp_path: Path) -> KeptModules:
    kept = KeptModules(str(tmp_path / "modules"))
    kept.keep(*WHAT, TEXT, [CODE])
    return kept


def test_text_and_code_come_back(kept: KeptModules) -> None:
    assert kept.has(*WHAT)
    assert kept.get(*WHAT) == (TEXT, [CODE])


@pytest.mark.parametrize(
    "other", [("b" * 64, "/p/x.py", "python"), ("a" * 64, "/q/x.py", "python"), ("a" * 64, "/p/x.py", "other")]
)
def test_another_text_path_or_compiler_is_something_else(kept: KeptModules, other: tuple[str, str, str]) -> None:
    assert not kept.has(*other)
    assert kept.get(*other) is None


def test_what_is_not_whole_is_not_there(kept: KeptModules, tmp_path: Path) -> None:
    (file,) = (tmp_path / "modules").iterdir()
    file.write_bytes(file.read_bytes()[:-5])
    assert kept.get(*WHAT) is None
    file.write_bytes(b"")
    assert kept.get(*WHAT) is None


def test_without_a_folder_nothing_is_kept() -> None:
    kept = KeptModules(None)
    kept.keep(*WHAT, TEXT, [CODE])
    assert not kept.has(*WHAT)
    assert kept.get(*WHAT) is None
    kept.prune()


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = KeptModules(str(tmp_path / "file"))
    kept.keep(*WHAT, TEXT, [CODE])
    assert not kept.has(*WHAT)


def test_only_the_user_can_read_it(kept: KeptModules, tmp_path: Path) -> None:
    assert kept.has(*WHAT)
    assert (tmp_path / "modules").stat().st_mode & 0o077 == 0


def test_the_oldest_go_when_there_is_too_much(tmp_path: Path) -> None:
    kept = KeptModules(str(tmp_path))
    for number in range(10):
        (tmp_path / str(number)).write_bytes(b"x" * 100)
        os.utime(tmp_path / str(number), (number, number))
    kept.prune(limit_bytes=1000)
    assert len([*tmp_path.iterdir()]) == 10
    kept.prune(limit_bytes=900)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["6", "7", "8", "9"]
