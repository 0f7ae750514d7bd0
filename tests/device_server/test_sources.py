"""Source files for hosts: text comes back whole, and nothing else is opened for long."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from device_server import sources, wire
from tests.device_server.device import Host


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("é = 1\n" * 1000)
    assert sources.read(str(tmp_path / "a.py")) == "é = 1\n" * 1000


def test_what_is_no_file_of_text_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "binary").write_bytes(b"\x7fELF\0\0")
    (tmp_path / "latin").write_bytes("é".encode("latin-1"))
    (tmp_path / "big").write_bytes(b"x" * (wire.LIMIT_BYTES + 1))
    for name in ("pipe", ".", "binary", "latin", "big"):
        with pytest.raises((ValueError, OSError)):
            sources.read(str(tmp_path / name))
    for name in ("/dev/zero", str(tmp_path / "missing"), "a\0b"):
        with pytest.raises((ValueError, OSError)):
            sources.read(name)


def test_the_supervisor_answers_while_the_worker_is_busy(host: Host) -> None:
    number = host.start("print('busy')\nwhile True: pass")
    host.wait_for_text("busy")
    assert host.ask("read-source", file=sources.__file__)["source"] == Path(sources.__file__).read_text()
    refused = host.ask("read-source", file="/nowhere")
    assert (refused["op"], "/nowhere" in refused["error"]) == ("error", True)
    host.ask("interrupt", target=number)


def test_a_file_that_no_line_can_hold_is_refused(host: Host, tmp_path: Path) -> None:
    (tmp_path / "quotes").write_text('"' * (wire.LIMIT_BYTES - 100))
    assert host.ask("read-source", file=str(tmp_path / "quotes"))["type"] == "too-large"


def test_what_is_refused_is_closed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = os.listdir("/proc/self/fd")
    for name in ("pipe", ".", "missing"):
        with pytest.raises((ValueError, OSError)):
            sources.read(str(tmp_path / name))
    assert os.listdir("/proc/self/fd") == before
