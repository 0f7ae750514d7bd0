"""The device protocol: one JSON object per line (docs/protocol.md). Not the sockets it travels over.

Sans-IO: bytes go into a `Decoder`, messages come out; `encode` turns a message into a line. Both the
device server and the hosts that talk to it use this module, so it is the one place where the
vocabulary of the wire is written down.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NoReturn, TypeAlias

JSON: TypeAlias = "bool | int | float | str | list[JSON] | dict[str, JSON] | None"
Message: TypeAlias = dict[str, JSON]
Id: TypeAlias = int | str

PROTOCOL: Final = 1
DEFAULT_PORT: Final = 5558
LIMIT_BYTES: Final = 16 * 1024 * 1024
"""The longest line that is accepted, without its newline."""
MAX_DEPTH: Final = 64
"""How deep arrays and objects may nest, the message itself included."""

CAP_OUT: Final = "out"
"""The client takes output as `out` frames while a request runs; others get it folded into the reply."""
CAP_VALUES: Final = "values"
"""The client takes a `value` or `fault` frame for each top-level form but the last, and so the forms
after a failed one are evaluated too; for other clients the first failure ends the request."""

CAP_ACK: Final = "ack"
"""The client acknowledges output when it has passed it on; a job whose output is far ahead of that waits."""

CAP_WATCH: Final = "watch"
"""The client hears of what is not its own: `died` when a worker has, and `out` without id of others' output."""

CAP_SOURCE: Final = "source"
"""The client answers `need-source`: it has the project whose modules the program imports."""
SOURCE_QUESTIONS: Final = ("module", "sha256", "path")
"""What a `need-source` asks for, one of them: a module with what it imports; texts by their hashes; a resource."""

IMAGE_MIMES: Final = ("image/png", "image/jpeg", "image/webp", "image/gif", "image/svg+xml", "text/html")
"""The kinds of pictures that there are."""
IMAGE_BYTES: Final = 16 * 1024 * 1024
"""A picture has at most so many."""
FETCH_BYTES: Final = 1024 * 1024
"""So many bytes of a picture come in one answer to a `fetch` at most."""

CAP_SYMBOLS: Final = "symbols"
"""The client keeps a copy of what workers define: it gets a `symbols` message whenever that has changed."""


class ErrorType(StrEnum):
    """What kind of failure an `error` message reports: its `type` key."""

    COMPILE = "compile"
    RUNTIME = "runtime"
    CRASH = "crash"
    TIMEOUT = "timeout"
    INTERRUPTED = "interrupted"
    MEMORY = "memory"
    PROTOCOL = "protocol"
    DENIED = "denied"
    NAMESPACE = "namespace"
    """The namespace that `ns` names does not exist."""
    TOO_LARGE = "too-large"
    CONNECTION = "connection"
    """Made by the link on the host: no connection could be made."""
    DEVICE_LOST = "device-lost"
    """Made by the link on the host: the connection broke."""


TERMINAL: Final = frozenset({
    "result", "error", "pong", "status", "goodbye", "ready", "access-denied",
    "interrupted", "idle", "id-mismatch", "closed", "cloned",
})  # fmt: skip
"""The ops that end a request; every request gets exactly one of them."""


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a request: the JSON types it may have, whether it must be there and not empty."""

    types: tuple[type, ...]
    required: bool = False
    may_be_empty: bool = False
    """Whether an empty text or list will do where one is required."""


_TEXT = Field((str,))
_NEEDED_TEXT = Field((str,), required=True)
_INT = Field((int,))
_BOOL = Field((bool,))
_LIST = Field((list,))
_OBJECT = Field((dict,))

_CODE_PLACE: Final = {
    "ns": _TEXT, "lang": _TEXT, "worker": _TEXT, "session": _TEXT,
    "file": _TEXT, "line": _INT, "column": _INT, "timeout_ms": _INT, "print": _OBJECT, "caught": _OBJECT,
}  # fmt: skip

_TOOL: Final = {"ns": _TEXT, "lang": _TEXT, "worker": _TEXT, "session": _TEXT, "timeout_ms": _INT, "print": _OBJECT}

_NUMBER = Field((int, float))
_TRAITS = Field((dict, list, str))
_DRAWN: Final = {"traits": _TRAITS, "size": Field((str, list)), "scale": _INT}
_HOSTED: Final = {
    "expression": _TEXT, "lang": _TEXT, "ns": _TEXT, "path": _TEXT, "module": _TEXT, "index": _INT, "name": _TEXT,
    "setup": _TEXT, "timeout_ms": _INT,
}  # fmt: skip
_VIEW: Final = {"view": _NEEDED_TEXT, "timeout_ms": _INT}

VIEWS: Final[dict[str, dict[str, Field]]] = {
    "view-start": {**_HOSTED, **_DRAWN},
    "view-stop": {"view": _NEEDED_TEXT},
    "view-sessions": {},
    "view-snapshot": {**_VIEW, "mime": _TEXT, "quality": _INT, "scale": _INT},
    "view-switch": {**_VIEW, "index": _INT, "name": _TEXT},
    "view-configure": {**_VIEW, **_DRAWN},
    "view-variants": {"view": _TEXT, **_HOSTED, "variants": Field((list,), required=True)},
    "view-elements": {**_VIEW, "filter": _TEXT},
    "view-touch": {
        **_VIEW, "x": _NUMBER, "y": _NUMBER, "identifier": _TEXT, "label": _TEXT, "role": _TEXT,
        "kind": _TEXT, "to": _TEXT, "text": _TEXT,
    },
    "view-diff": {
        "view": _TEXT, "a": _TEXT, "b": _NEEDED_TEXT, "threshold": _INT, "masks": _LIST, "timeout_ms": _INT,
    },
    "view-list": {"path": _TEXT, "worker": _TEXT, "timeout_ms": _INT},
}  # fmt: skip
"""The requests for views; `view` names a view that is hosted."""

REQUESTS: Final[dict[str, dict[str, Field]]] = {
    "hello": {"client": _TEXT, "proto": _INT, "caps": _LIST, "token": _TEXT, "project": _OBJECT},
    "ping": {},
    "status": {},
    "shutdown": {},
    "eval": {"code": _NEEDED_TEXT, "inspect": _OBJECT, **_CODE_PLACE},
    "load": {
        "source": Field((str,), required=True, may_be_empty=True),
        "name": _TEXT,
        **_CODE_PLACE,
        "file": _NEEDED_TEXT,
    },
    "reload": {
        "files": Field((list,), required=True),
        "lang": _TEXT,
        "worker": _TEXT,
        "session": _TEXT,
        "timeout_ms": _INT,
    },
    "stdin": {"text": Field((str,))},
    "ack": {"chars": _INT},
    "interrupt": {"target": Field((int, str)), "worker": _TEXT},
    "rewind": {"steps": _INT, "worker": _TEXT},
    "restart": {"worker": _TEXT, "session": _TEXT},
    "clone": {"session": _NEEDED_TEXT, "from": _NEEDED_TEXT, "worker": _TEXT},
    "close": {"session": _NEEDED_TEXT, "worker": _TEXT},
    "symbols": {"describe": _LIST, "worker": _TEXT},
    "loaded": {"worker": _TEXT},
    "read-source": {"file": _NEEDED_TEXT},
    "fetch": {"ref": _NEEDED_TEXT, "offset": _INT, "limit": _INT},
    "source": {
        "found": _BOOL,
        "files": _LIST,
        "sources": _OBJECT,
        "data": _TEXT,
        "names": _LIST,
        "error": _TEXT,
    },
    "macroexpand": {"code": _NEEDED_TEXT, "expander": _TEXT, "display": _TEXT, **_TOOL},
    "undef": {**_TOOL, "ns": _NEEDED_TEXT, "name": _TEXT},
    "test": {"namespaces": _LIST, "vars": _LIST, "options": _OBJECT, **_TOOL},
    "stacktrace": {"test": _OBJECT, **_TOOL},
    "inspect": {
        "action": _NEEDED_TEXT,
        "index": _INT,
        "options": _OBJECT,
        "name": _TEXT,
        **_TOOL,
    },
    **VIEWS,
}
"""Every request a device server answers, with the keys it looks at; other keys are ignored."""

TOOLS: Final = ("macroexpand", "undef", "test", "stacktrace", "inspect")
"""The requests that a language serves besides evaluating; see Language.tools."""

RUNNING: Final = ("eval", "load", "reload", "test")
"""The requests that run the program: what it writes later has the id of the latest of them."""

SESSION_LIMIT: Final = 100
"""Characters of a session's name: it is told with each line that a thread of the session writes."""

HOSTING: Final = ("view-host", "view-render", "view-reload")
"""What the supervisor asks of a worker for the sake of a view: to get it ready, to draw it, to apply an edit."""

CHANGING: Final = ("eval", "load", "reload", "undef", "test", "view-touch", "view-reload")
"""The requests that change the program's state, which a rewind undoes."""


def problem(message: Message) -> str | None:
    """What is wrong with a request, as a sentence for the one who sent it; None when it can be served."""
    op = message.get("op")
    if not isinstance(op, str) or not op:
        return "Missing 'op' field"
    fields = REQUESTS.get(op)
    if fields is None:
        return f"Unknown op: {op}"
    for key, field in fields.items():
        value = message.get(key)
        if field.required and (value is None or (value in ("", []) and not field.may_be_empty)):
            return f"Missing '{key}' field"
        if value is not None and (not isinstance(value, field.types) or isinstance(value, bool) is not _is_flag(field)):
            return f"'{key}' must be {_JSON_NAMES[field.types[0]]}"
    if len(str(message.get("session") or "")) > SESSION_LIMIT:
        return f"'session' must have at most {SESSION_LIMIT} characters"
    return _files_problem(message["files"]) if op == "reload" else None


def _is_flag(field: Field) -> bool:
    """To Python, a bool is an int; on the wire it is not."""
    return bool in field.types


def _files_problem(files: JSON) -> str | None:
    for file in files if isinstance(files, list) else []:
        parts = file if isinstance(file, dict) else {}
        if not isinstance(parts.get("path"), str) or not isinstance(parts.get("source", ...), str | None):
            return "Each of 'files' must be an object with the string 'path' and the string 'source', or null for it"
    return None


_JSON_NAMES: Final = {str: "a string", bool: "true or false", int: "an integer", list: "an array", dict: "an object"}


def is_ref(text: str) -> bool:
    """Whether it is the name of a picture: the hash of its bytes."""
    kind, _, digits = text.partition("-")
    return kind == "sha256" and len(digits) == 64 and {*digits} <= {*"0123456789abcdef"}


def parts_with_images(frame: Message) -> list[Message]:
    """The frame and those of its variants and views that have `images` of their own."""
    parts: list[JSON] = [frame]
    for key in ("variants", "views"):
        told = frame.get(key)
        parts += told if isinstance(told, list) else []
    return [part for part in parts if isinstance(part, dict) and isinstance(part.get("images"), list)]


def request_id(message: Message) -> Id | None:
    """The id a reply must echo: 0 when the message has none, None when it is no integer or string."""
    value = message.get("id", 0)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return value


def encode(message: Message) -> bytes:
    """One message as a line of UTF-8, newline included."""
    text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8; as a JSON escape it survives
        return json.dumps(message, allow_nan=False, separators=(",", ":")).encode() + b"\n"


class NotThisProtocolError(Exception):
    """The first byte of a connection was no `{`: a browser, a TLS hello. Close it, execute nothing."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that holds no message: what to answer, the connection stays."""

    type: ErrorType
    error: str


class Decoder:
    """Turns the bytes of one connection into messages, however they are cut.

    Keeps at most `limit` bytes of an unfinished line; the rest of a longer one is skipped unseen.
    """

    def __init__(self, limit: int = LIMIT_BYTES) -> None:
        self._limit = limit
        self._line = bytearray()
        self._size = 0
        self._started = False

    def feed(self, data: bytes) -> list[Message | BadLine]:
        """The messages that `data` completes, in order.

        Raises: NotThisProtocolError, once, when the connection does not begin with an object.
        """
        if not self._started:
            data = self._check_start(data)
        *ends, rest = data.split(b"\n")
        found = [item for end in ends if (item := self._end_line(end)) is not None]
        self._hold(rest)
        return found

    def _check_start(self, data: bytes) -> bytes:
        stripped = data.lstrip(b" \t\r\n")
        if stripped:
            if not stripped.startswith(b"{"):
                raise NotThisProtocolError
            self._started = True
        return stripped

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > self._limit + 1:  # one more, it may be the \r of the line's end
            self._line.clear()
        else:
            self._line += part

    def _end_line(self, end: bytes) -> Message | BadLine | None:
        self._hold(end)
        size, line = self._size, bytes(self._line.removesuffix(b"\r"))
        self._line.clear()
        self._size = 0
        if size > self._limit + 1 or len(line) > self._limit:
            return BadLine(ErrorType.TOO_LARGE, f"A line may have at most {self._limit} bytes; this one was skipped")
        return _parse(line) if line.strip() else None


class _RefusedError(ValueError):
    """Valid to Python's json, but not on this wire."""


def _refuse(constant: str) -> NoReturn:
    raise _RefusedError(f"{constant} is not JSON")


def _int(digits: str) -> int:
    if len(digits) > 20 or not -(2**63) <= (number := int(digits)) < 2**63:
        raise _RefusedError("An integer is beyond 64 bits")
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise _RefusedError("A number is beyond a double")
    return number


_decode_json = json.JSONDecoder(parse_constant=_refuse, parse_int=_int, parse_float=_float).decode


def _parse(line: bytes) -> Message | BadLine:
    try:
        message = _decode_json(line.decode())
    except UnicodeDecodeError:
        return BadLine(ErrorType.PROTOCOL, "Bad JSON: the line is not UTF-8")
    except RecursionError:
        return BadLine(ErrorType.PROTOCOL, f"Bad JSON: nested deeper than {MAX_DEPTH}")
    except ValueError as error:  # JSONDecodeError and _RefusedError
        return BadLine(ErrorType.PROTOCOL, f"Bad JSON: {error}")
    if not isinstance(message, dict):
        return BadLine(ErrorType.PROTOCOL, "A message must be a JSON object")
    if line.count(b"[") + line.count(b"{") > MAX_DEPTH and _depth(message) > MAX_DEPTH:
        return BadLine(ErrorType.PROTOCOL, f"Bad JSON: nested deeper than {MAX_DEPTH}")
    return message


def _depth(message: JSON) -> int:
    """How deep containers nest; a scalar is 0 deep. Level by level, so that depth costs no stack."""
    depth, level = 0, [message]
    while level := [item for item in level if isinstance(item, list | dict)]:
        depth += 1
        level = [child for item in level for child in _children(item)]
    return depth


def _children(item: JSON) -> Iterator[JSON]:
    if isinstance(item, dict):
        yield from item.values()
    elif isinstance(item, list):
        yield from item
