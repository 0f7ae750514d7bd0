"""The host's files, as the standard library reads resources."""

from __future__ import annotations

from importlib.resources import as_file

import pytest

from device_server.host_resources import HostResources
from device_server.host_sources import HostError, HostSources, Resource

FILES = {
    "/p/pack": Resource(None, ("data.txt", "more")),
    "/p/pack/data.txt": Resource("größe\r\n".encode(), ()),
    "/p/pack/more": Resource(None, ()),
}


class Answering(HostSources):
    """Knows these files."""

    def __init__(self) -> None:
        """There is no supervisor."""

    def resource(self, path: str) -> Resource | None:
        if path == "/p/lost":
            raise HostError("the host has gone away")
        return FILES.get(path)


@pytest.fixture
def folder() -> HostResources:
    return HostResources(Answering(), "/p/pack")


def test_a_folder_has_its_names(folder: HostResources) -> None:
    assert [(each.name, each.is_dir(), each.is_file()) for each in folder.iterdir()] == [
        ("data.txt", False, True),
        ("more", True, False),
    ]


def test_a_file_is_read_as_bytes_or_text(folder: HostResources) -> None:
    file = folder / "data.txt"
    assert file.read_bytes() == "größe\r\n".encode()
    assert file.read_text() == "größe\r\n"
    assert file.open().read() == "größe\n"
    assert file.open("rb").read() == file.read_bytes()
    with as_file(file) as path:
        assert path.read_bytes() == file.read_bytes()


def test_what_is_not_there_is_neither_and_cannot_be_read(folder: HostResources) -> None:
    none = folder.joinpath("no", "such")
    assert (str(none), none.is_file(), none.is_dir(), [*none.iterdir()]) == ("/p/pack/no/such", False, False, [])
    with pytest.raises(FileNotFoundError, match="no such file"):
        none.read_bytes()
    with pytest.raises(IsADirectoryError):
        folder.read_bytes()
    with pytest.raises(OSError, match="gone away"):
        HostResources(Answering(), "/p/lost").is_file()
