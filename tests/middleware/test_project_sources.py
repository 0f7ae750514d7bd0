"""A source file of the project, as values."""

from __future__ import annotations

from device_server import wire
from middleware.project_sources import SourceFile


def test_a_file_is_an_entry_of_a_reload() -> None:
    file = SourceFile("/p/app/a.py", "app.a", "python", "x = 1")
    assert wire.problem({"op": "reload", "files": [file.frame()]}) is None
    assert file.frame() == {"path": "/p/app/a.py", "source": "x = 1", "lang": "python", "name": "app.a"}
