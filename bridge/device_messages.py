"""What the bridge and a device say to each other when they meet, and how their lines are taken apart. No sockets."""

from __future__ import annotations

from device_server import wire


def source_line(id_: wire.JSON, answer: wire.Message) -> bytes:
    """The answer to a `need-source`, or that there can be none."""
    line = wire.encode({"op": "source", "id": id_, **answer})
    if len(line) > wire.LIMIT_BYTES:
        line = wire.encode({"op": "source", "id": id_, "found": False, "error": "it is longer than a line may be"})
    return line


def hello(welcome: wire.Message, token: str | None, project: wire.Message | None) -> wire.Message:
    """The answer to a welcome. Raises: ConnectionError, when the device speaks another version."""
    if welcome.get("proto") != wire.PROTOCOL:
        raise ConnectionError(f"the device speaks version {welcome.get('proto')} of the protocol, not {wire.PROTOCOL}")
    caps: list[wire.JSON] = [wire.CAP_OUT, wire.CAP_VALUES, wire.CAP_ACK, wire.CAP_SYMBOLS, wire.CAP_WATCH]
    hello: wire.Message = {"op": "hello", "id": 0, "client": "tether", "proto": wire.PROTOCOL, "caps": caps}
    if project is not None:
        caps.append(wire.CAP_SOURCE)
        hello["project"] = project
    if token and welcome.get("auth") == "token":
        hello["token"] = token
    return hello


def texts(message: wire.Message, key: str) -> tuple[str, ...]:
    """The strings of a key; none when it has none."""
    told = message.get(key)
    return tuple(map(str, told)) if isinstance(told, list) else ()


def received(decoder: wire.Decoder, data: bytes) -> list[wire.Message]:
    """Raises: ConnectionError, when these are no messages: then nothing that follows can be trusted."""
    try:
        items = decoder.feed(data)
    except wire.NotThisProtocolError:
        raise ConnectionError("what answers there is no device server") from None
    messages = []
    for item in items:
        if isinstance(item, wire.BadLine):
            raise ConnectionError(f"the device sent a bad line: {item.error}")
        messages.append(item)
    return messages
