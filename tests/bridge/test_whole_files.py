"""Files that somebody is writing, on the file system there is."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from bridge import whole_files
from bridge.whole_files import Absent, Content, Unreadable, read

needs_leases = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says who has a file open")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_bytes(b"a = 1\n")
    return path


def test_a_file_is_read_with_the_time_of_its_change(path: Path) -> None:
    content = read(str(path))
    assert isinstance(content, Content)
    assert (content.data, content.changed_ns) == (b"a = 1\n", path.stat().st_ctime_ns)


def test_what_is_not_there_has_gone(tmp_path: Path, path: Path) -> None:
    assert read(str(tmp_path / "none.py")) is Absent.GONE
    assert read(str(path / "below.py")) is Absent.GONE


@needs_leases
def test_what_nobody_writes_is_whole(path: Path) -> None:
    content = read(str(path))
    assert isinstance(content, Content)
    assert content.is_whole


@needs_leases
def test_what_is_open_for_writing_is_busy_until_it_is_closed(path: Path) -> None:
    with path.open("r+b"):
        assert read(str(path)) is Absent.BUSY
        assert read(str(path), also_busy=True) == Content(b"a = 1\n", path.stat().st_ctime_ns, is_whole=False)
    assert isinstance(read(str(path)), Content)


def test_where_there_are_no_leases_nothing_is_known_to_be_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "_HAS_LEASES", False)
    content = read(str(path))
    assert isinstance(content, Content)
    assert not content.is_whole


def test_a_writer_that_comes_meanwhile_is_not_disturbed_and_nothing_is_torn(path: Path) -> None:
    texts = [bytes([letter]) * 200_000 for letter in b"abcdefgh"]

    def write() -> None:
        for text in texts * 5:
            path.write_bytes(text)

    writer = threading.Thread(target=write)
    writer.start()
    read_ = []
    while writer.is_alive():
        read_.append(read(str(path)))
    writer.join()
    whole = {each.data for each in read_ if isinstance(each, Content) and each.is_whole}
    assert whole <= {*texts, b"", b"a = 1\n"}  # truncated and closed is whole, too: settling.py knows


def test_a_pipe_and_a_folder_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    for name in ("pipe.py", "."):
        assert read(str(tmp_path / name)) == Unreadable("It is no regular file")


def test_a_long_file_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "MAX_BYTES", 5)
    found = read(str(path))
    assert isinstance(found, Unreadable)
    assert "longer than 5 bytes" in found.why


def test_a_name_that_no_file_can_have_is_unreadable() -> None:
    assert isinstance(read("/a\0b.py"), Unreadable)
