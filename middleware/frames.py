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
    yield {"err": f"{_headline(frame)}{text(frame, 'error')}\n{_footline(frame)}"}
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
    match frame.get("phase"):
        case "read-source":
            done = "reading source"
        case "macroexpansion":
            done = f"macroexpanding {text(place, 'name')}"
        case _:
            done = "compiling"
    return f"Syntax error {done} at ({_position(place)}).\n"


def _footline(frame: wire.Message) -> str:
    """Where in a file the code has failed that has been compiled."""
    place = frame.get("location")
    if frame.get("type") == wire.ErrorType.COMPILE or not isinstance(place, dict):
        return ""
    return f"  at {text(place, 'name')} ({_position(place)})\n"


def _position(place: wire.Message) -> str:
    file = text(place, "file")
    if file.startswith("<"):
        file = "REPL"  # editors know that name for no file
    # CIDER looks for the bracket before the column, which a Python file need not have
    column = f":{place['column']}" if "column" in place and not file.endswith(".py") else ""
    return f"{file}:{place.get('line')}{column}"
