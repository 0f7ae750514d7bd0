"""Where an editor finds what the device names."""

from __future__ import annotations

import pytest

from middleware.host_files import location, uri
from tests.middleware.fakes import FakeFiles, returned


@pytest.mark.parametrize("typed", [None, "", "<repl>", "<python-input-3>", "NO_SOURCE_FILE"])
def test_what_was_typed_has_no_location(typed: str | None) -> None:
    assert returned(location(FakeFiles(), typed)) is None


@pytest.mark.parametrize("buffer", ["*cider-repl shop:localhost:7888(clj)*", " *temp*"])
def test_a_buffer_keeps_the_name_that_its_editor_gave(buffer: str) -> None:
    assert returned(location(FakeFiles(), buffer)) == buffer


def test_a_file_is_told_as_a_uri_of_the_host() -> None:
    assert returned(location(FakeFiles(), "/lib/a b/ü.py")) == "file:///host/lib/a%20b/%C3%BC.py"


def test_a_file_that_cannot_be_had_has_no_location() -> None:
    files = FakeFiles()
    files.missing.add("/lib/gone.py")
    assert returned(location(files, "/lib/gone.py")) is None


def test_a_percent_sign_in_a_path_is_escaped() -> None:
    assert uri("/a%20b") == "file:///a%2520b"
