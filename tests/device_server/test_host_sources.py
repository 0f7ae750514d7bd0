"""A worker's questions, with a supervisor that the test plays."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from device_server import notices, wire
from device_server.host_sources import HostError, HostSources, ProjectFile
from device_server.loaded import hash_of


@contextmanager
def answering(answer: Callable[[wire.Message], wire.Message | bytes]) -> Iterator[HostSources]:
    """Questions are answered by a function, in a thread that ends with the block."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def serve() -> None:
        while True:
            packet, fds, _, _ = socket.recv_fds(ours, notices.PACKET_BYTES, 1)
            if not packet:
                return
            (question,) = wire.Decoder().feed(packet)
            assert isinstance(question, dict)
            said = answer(question)
            with socket.socket(fileno=fds[0]) as asker:
                asker.sendall(said if isinstance(said, bytes) else wire.encode(said))

    thread = threading.Thread(target=serve)
    thread.start()
    with ours:
        with theirs:
            yield HostSources(theirs)
        thread.join()


def test_the_files_of_a_module_are_told() -> None:
    told: wire.Message = {"module": "a", "path": "/p/a.py", "sha256": "00", "lang": "python", "uses": ["b"]}
    with answering(lambda _: {"found": True, "files": [told, {"module": "b", "locations": ["/p/b"]}, 1]}) as host:
        assert host.files("a") == [
            ProjectFile("a", "/p/a.py", None, "python", "00", ("b",)),
            ProjectFile("b", None, ("/p/b",), "python", ""),
        ]


def test_texts_that_do_not_fit_are_asked_for_again() -> None:
    known: wire.Message = {hash_of(text): text for text in ("a", "b", "c")}
    a, b, c = known
    asked = []

    def answer(question: wire.Message) -> wire.Message:
        hashes = question["sha256"]
        assert isinstance(hashes, list)
        asked.append(len(hashes))
        first = next((str(each) for each in hashes if each in known), None)
        return {"sources": {first: known[first]}} if first else {"found": False}

    with answering(answer) as host:
        assert dict(host.texts([a, "missing", b, a, c])) == known
    assert asked == [4, 3, 2, 1]


def test_thousands_of_hashes_are_asked_for_in_parts() -> None:
    texts: wire.Message = {hash_of(str(number)): str(number) for number in range(2500)}

    def answer(question: wire.Message) -> wire.Message:
        assert isinstance(question["sha256"], list)
        return {"sources": {str(each): texts[str(each)] for each in question["sha256"]}}

    with answering(answer) as host:
        assert dict(host.texts([*texts])) == texts


@pytest.mark.parametrize("sources", [{"another": "text"}, {hash_of("wanted"): "forged"}, {hash_of("wanted"): 1}, []])
def test_a_host_that_answers_with_other_texts_is_not_asked_for_ever_nor_believed(sources: wire.JSON) -> None:
    with answering(lambda _: {"sources": sources}) as host:
        assert dict(host.texts([hash_of("wanted")])) == {}


def test_a_resource_that_is_no_base64_is_an_error_of_the_host() -> None:
    with answering(lambda _: {"data": "x"}) as host, pytest.raises(HostError, match="base64"):
        host.resource("/p/x")


def test_a_resource_is_a_file_or_a_folder() -> None:
    answers: dict[str, wire.Message] = {
        "/f": {"data": base64.b64encode(b"\0").decode()},
        "/d": {"names": ["a", "b"]},
    }
    with answering(lambda question: answers.get(str(question["path"]), {"found": False})) as host:
        file, folder = host.resource("/f"), host.resource("/d")
        assert file is not None
        assert folder is not None
        assert (file.data, folder.data, folder.names) == (b"\0", None, ("a", "b"))
        assert host.resource("/none") is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"error": "the host has gone away"}, "the host has gone away"),
        (b"", "has dropped the question"),
        (b'{"a":', "has dropped the question"),
        (b"{]\n", "Bad JSON"),
    ],
)
def test_what_is_no_answer_is_an_error(answer: wire.Message | bytes, error: str) -> None:
    with answering(lambda _: answer) as host, pytest.raises(HostError, match=error):
        host.files("a")


def test_without_a_supervisor_there_is_an_error() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    with theirs, pytest.raises(HostError, match="cannot be asked"):
        HostSources(theirs).files("a")
