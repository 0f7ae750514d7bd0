"""Source files as text, in the encodings they say they have."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bridge.source_text import MAX_BYTES, read_bytes, read_text


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.py", "x = 'ü'\n".encode(), "x = 'ü'\n"),
        ("a.py", b"# coding: latin-1\nx = '\xfc'\n", "# coding: latin-1\nx = 'ü'\n"),
        ("a.py", b"\xef\xbb\xbfx = 1\r\n", "x = 1\n"),
        ("a.lpy", b"; coding: latin-1\n\xc3\xbc", "; coding: latin-1\nü"),
        ("a.lpy", b"", ""),
    ],
)
def test_a_text_is_read_in_its_encoding(tmp_path: Path, name: str, data: bytes, text: str) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_text(tmp_path / name) == text


@pytest.mark.parametrize("data", [b"x = '\xfc'\n", b"# coding: no-such\n", b"#\n#\n\xfc"])
def test_what_is_no_text_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.py").write_bytes(data)
    with pytest.raises(ValueError, match=r"encoding|decode"):
        read_text(tmp_path / "a.py")


def test_what_is_no_regular_file_is_refused_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    with pytest.raises(ValueError, match="no regular file"):
        read_text(tmp_path / "pipe.py")
    with pytest.raises(IsADirectoryError):
        read_text(tmp_path)


def test_what_is_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "long").write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(ValueError, match="longer than"):
        read_bytes(tmp_path / "long", MAX_BYTES)
