"""What a device's frames become as nREPL messages. Pure; eval and load-file share it."""

from __future__ import annotations

from collections.abc import Iterator

from device_server import wire
from middleware.request import Message

_FROM_LINK = (wire.ErrorType.DEVICE_LOST, wire.ErrorType.CONNECTION)


def output(frame: wire.Message) -> Message:
    """An `out` frame: a message with the key `out` or `err`."""
    return {"err" if frame.get("stream") == "err" else "out": text(frame, "text")}


def failure(frame: wire.Message, *, with_ns: bool) -> Iterator[Message]:
    """A `fault` or `error` frame: first the text for a person, then what programs look at; no value."""
    kind = text(frame, "type")
    error: Message = {"ex": text(frame, "ex") or kind}
    error["root-ex"] = text(frame, "root_ex") or error["ex"]
    error["status"] = ["eval-error", kind] if kind in _FROM_LINK else ["eval-error"]
    if with_ns and "ns" in frame:
        error["ns"] = text(frame, "ns")
    yield {"err": _headline(frame) + text(frame, "error") + "\n"}
    yield error


def text(frame: wire.Message, key: str) -> str:
    """A string of a frame; "" when the device sent none."""
    found = frame.get(key)
    return str(found) if isinstance(found, str) else ""  # an ErrorType becomes plain text


def _headline(frame: wire.Message) -> str:
    """Editors find the place of a compile error in a line that Clojure 1.10 would print, and in no other."""
    place = frame.get("location")
    if frame.get("type") != wire.ErrorType.COMPILE or not isinstance(place, dict):
        return ""
    return f"Syntax error compiling at ({place.get('file')}:{place.get('line')}:{place.get('column')}).\n"
