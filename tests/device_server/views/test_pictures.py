"""Pictures are values."""

from __future__ import annotations

from device_server.views.pictures import HTML, PNG, Picture


def test_equal_bytes_are_equal_pictures() -> None:
    assert Picture(b"a", PNG, 1, 2) == Picture(b"a", PNG, 1, 2, scale=1, notices=())
    assert Picture(b"a", PNG, 1, 2) != Picture(b"a", HTML, None, None)
