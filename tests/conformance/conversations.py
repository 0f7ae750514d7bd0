"""Conversations that real clients have had with a bridge, and how one is had again. Recorded by record.py.

A recording is a file of JSON lines: `{"says": request}` with the client's own order of keys, `{"hears": reply}` with
what is the same every time: the keys, the status, a short value. What differs has names: `<session 1>` is the first
made, `<project>` the folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bridge.framing import Framer
from middleware.request import Bencode, Message
from tests.conformance.clients import statuses
from tests.conformance.connections import READ_BYTES, connect
from tests.conformance.contract import UNASKED

FOLDER: Final = Path(__file__).parent / "conversations"
VALUE_CHARS: Final = 60
"""A longer value is not compared."""
ADDRESS: Final = re.compile("0x[0-9a-f]{6,}")


class Names:
    """The names that stand in a recording for what is different every time."""

    def __init__(self, project: Path) -> None:
        self._real = {"<project>": str(project)}

    def note(self, reply: Message) -> None:
        """Call the session that a reply tells of by the next number."""
        if "new-session" in reply:
            self._real[f"<session {len(self._real)}>"] = str(reply["new-session"])

    def written(self, message: Message) -> Message:
        """The message as it is recorded."""
        return self._replaced(message, {real: name for name, real in self._real.items()})

    def real(self, message: Message) -> Message:
        """The recorded message as it is sent."""
        return self._replaced(message, self._real)

    def _replaced(self, message: Message, names: dict[str, str]) -> Message:
        text = json.dumps(message, ensure_ascii=False)
        for old, new in names.items():
            text = text.replace(old, new)
        replaced: Message = json.loads(text)
        return replaced


def is_told(reply: Message) -> bool:
    """Whether a reply belongs to a recording: what nobody asked for comes when it comes."""
    return not any(status in UNASKED for status in statuses(reply)) and "id" in reply


def gist(reply: Message) -> Message:
    """What of a reply is the same every time. Output may come in more or fewer pieces: its text is left out."""
    told: Message = {"id": reply["id"], "keys": [*sorted(set(reply) - {"id"})]}
    if "status" in reply:
        told["status"] = reply["status"]
    value = reply.get("value")
    if isinstance(value, str) and len(value) <= VALUE_CHARS and not ADDRESS.search(value):
        told["value"] = value
    return told


def encode(value: Bencode) -> bytes:
    """Bencode with the keys in the order given, as clients write them."""
    match value:
        case int():
            return b"i%de" % value
        case str():
            return encode(value.encode())
        case bytes():
            return b"%d:%s" % (len(value), value)
        case list():
            return b"l" + b"".join(map(encode, value)) + b"e"
        case dict():
            return b"d" + b"".join(encode(key) + encode(each) for key, each in value.items()) + b"e"


def replay(recording: Path, port: int, project: Path) -> Iterator[tuple[Message, Message]]:
    """Have the conversation again: for each reply that was heard, the one recorded and the one that has come now."""
    names, framer = Names(project), Framer()
    came: list[Message] = []
    with connect(port) as connection:
        for line in recording.read_text().splitlines():
            step = json.loads(line)
            if "says" in step:
                connection.sendall(encode(names.real(step["says"])))
                continue
            recorded = step["hears"]
            while (reply := _take(came, recorded["id"])) is None:
                data = connection.recv(READ_BYTES)
                assert data, f"the bridge has hung up before {recorded}"
                for message in framer.feed(data):
                    names.note(message)
                    came.append(message)
            yield recorded, gist(reply)


def _take(came: list[Message], id_: Bencode) -> Message | None:
    """The next reply with that id, output and what nobody asked for aside."""
    for at, message in enumerate(came):
        if message.get("id") == id_ and is_told(message) and not {"out", "err"} & set(message):
            return came.pop(at)
    return None
