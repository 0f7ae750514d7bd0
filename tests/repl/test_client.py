from __future__ import annotations

import asyncio
import socket
from io import BufferedIOBase

import pytest

from repl.bencode import Message, encode, read
from repl.client import QUEUE_MESSAGES, Client, LostError, has_status, text_of, texts_of


class Server:
    """The other end of a client's connection."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.client = Client(socket.create_connection(listener.getsockname()))
            self._socket, _ = listener.accept()
        self._reader: BufferedIOBase = self._socket.makefile("rb")

    async def receive(self) -> Message:
        message = await asyncio.to_thread(read, self._reader)
        assert message is not None
        return message

    def send(self, message: Message) -> None:
        self._socket.sendall(encode(message))

    def close(self) -> None:
        self._reader.close()
        self._socket.close()


async def collected(client: Client, heard: list[Message]) -> None:
    async for message in client.messages():
        heard.append(message)  # noqa: PERF401 what is heard before the end is looked at


async def test_answers_find_who_asked_and_all_else_is_heard() -> None:
    server, heard = Server(), list[Message]()
    listening = asyncio.create_task(collected(server.client, heard))
    asked = asyncio.create_task(server.client.ask({"op": "clone"}))
    request = await server.receive()
    server.send({"id": "other", "out": "é"})
    server.send({"id": request["id"], "new-session": "s"})
    server.send({"id": request["id"], "status": ["done"]})
    assert await asked == {"id": request["id"], "new-session": "s", "status": ["done"]}
    assert heard == [{"id": "other", "out": "é"}]
    server.close()
    with pytest.raises(LostError):
        await listening
    with pytest.raises(LostError):
        await server.client.ask({"op": "clone"})
    server.client.close()


async def test_who_waits_for_an_answer_hears_of_the_end() -> None:
    server = Server()
    listening = asyncio.create_task(collected(server.client, []))
    asked = asyncio.create_task(server.client.ask({"op": "clone"}))
    await server.receive()
    server.close()
    with pytest.raises(LostError, match="closed"):
        await asked
    with pytest.raises(LostError):
        await listening
    server.client.close()


async def test_who_waits_when_the_client_is_closed_hears_of_it() -> None:
    server = Server()
    asked = asyncio.create_task(server.client.ask({"op": "clone"}))
    await server.receive()
    server.client.close()
    with pytest.raises(LostError):
        await asked
    with pytest.raises(LostError):
        server.client.send({"op": "clone"})
    server.close()


async def test_more_messages_than_the_queue_holds_come_in_order() -> None:
    server, heard = Server(), list[Message]()
    count = 3 * QUEUE_MESSAGES
    for number in range(count):
        server.send({"id": "x", "number": number})
    server.close()
    with pytest.raises(LostError):
        await collected(server.client, heard)
    assert [each["number"] for each in heard] == [*range(count)]
    server.client.close()


def test_what_a_message_says() -> None:
    message: Message = {"status": ["done", "error"], "out": "x", "number": 1, "list": ["a", 1]}
    assert has_status(message, "error")
    assert not has_status({"status": "done"}, "done")
    assert (text_of(message, "out"), text_of(message, "number"), text_of(message, "none")) == ("x", "", "")
    assert (texts_of(message, "list"), texts_of(message, "out")) == (["a"], [])
