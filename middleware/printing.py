"""How values reach a client: the print keys of a request, and the messages a printed text is told in.

The printing itself is done on the device, within a quota: a value may be endless.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final as Constant
from typing import Self

from device_server import wire
from middleware import frames
from middleware.descriptor import Keys
from middleware.request import Bencode, Message, Refusal, Request

PREFIX: Constant = "nrepl.middleware.print/"
_TRUNCATED: Constant = f"{PREFIX}truncated"
_BUFFER_SIZE: Constant = 1024

OPTIONAL: Constant[Keys] = {
    f"{PREFIX}print": "The function that prints: one of those below, or `namespace/name` of a function on the device, "
    "which is called with value, writer and a map of options (Basilisp), or with the value and the options as keyword "
    "arguments, to return a string (Python). CIDER's, Calva's, nREPL's and Clojure's printers stand for ours, plain "
    "(`pr`) or pretty (`pprint`).",
    f"{PREFIX}options": "Of ours: right-margin (or width), length and level, by any printer's name for them.",
    f"{PREFIX}quota": "Characters of a printed value at most; what is left out is told by a status.",
    f"{PREFIX}stream?": "Whether a value may come in several messages, to be joined; ns comes after them.",
    f"{PREFIX}buffer-size": f"Characters of each of them at most, {_BUFFER_SIZE} unless told.",
    "pprint": "Whether to print pretty when no function is named.",
}
"""What ops that print take."""

RETURNS: Constant[Keys] = {
    f"{PREFIX}truncated-keys": "The keys whose text the quota has cut.",
    f"{PREFIX}error": "Why values are not printed by the function that was named.",
}
"""What they may say, besides the key that is printed. Status `nrepl.middleware.print/truncated` goes with the first."""

_PLAIN: Constant = frozenset({
    "cider.nrepl.pprint/pr", "nrepl.util.print/pr",
    "clojure.core/pr", "clojure.core/prn", "basilisp.core/pr", "basilisp.core/prn",
})  # fmt: skip
_PRETTY: Constant = frozenset({
    "cider.nrepl.pprint/pprint", "cider.nrepl.pprint/clojure-pprint", "cider.nrepl.pprint/orchard-pprint",
    "cider.nrepl.pprint/fipp-pprint", "cider.nrepl.pprint/puget-pprint", "cider.nrepl.pprint/zprint-pprint",
    "nrepl.util.print/pprint", "clojure.pprint/pprint", "clojure.pprint/write", "basilisp.pprint/pprint",
    "orchard.pp/pprint", "fipp.edn/pprint", "puget.printer/pprint", "zprint.core/zprint",
})  # fmt: skip
_OPTION_NAMES: Constant = {
    "right-margin": "width", "width": "width", "max-width": "width",
    "length": "length", "print-length": "length", "max-length": "length", "seq-limit": "length",
    "level": "level", "print-level": "level", "max-depth": "level",
}  # fmt: skip
"""What printers call the options that ours has."""


@dataclass(frozen=True, slots=True)
class Printing:
    """What one request wants of its values."""

    told: wire.Message
    """The `print` key of the device request; empty when nothing is wanted."""
    chunk: int | None
    """Characters of each message of a streamed text at most; None sends it whole."""

    @classmethod
    def of(cls, request: Request) -> Self:
        """What the print keys of a request say. Raises: Refusal."""
        name = request.text(f"{PREFIX}print")
        options = _options(request)
        told: wire.Message = {}
        quota = request.number(f"{PREFIX}quota")
        if quota is not None and quota > 0:
            told["quota"] = quota
        if name in _PRETTY or (name is None and request.flag("pprint")):
            told["pretty"] = True
        if name is None or name in _PLAIN or name in _PRETTY:
            told |= {_OPTION_NAMES[key]: limit for key, limit in _limits(options) if key in _OPTION_NAMES}
        else:
            told |= {"printer": name, "options": options}
        size = request.number(f"{PREFIX}buffer-size") or _BUFFER_SIZE
        return cls(told, max(1, size) if request.flag(f"{PREFIX}stream?") else None)

    def value(self, frame: wire.Message, *, with_ns: bool) -> Iterator[Message]:
        """A `value` or `result` frame; nothing when no form was evaluated, as for a comment."""
        if "value" not in frame:
            return iter(())
        rest: Message = {"ns": frames.text(frame, "ns")} if with_ns and "ns" in frame else {}
        if "path" in frame:  # the value is an inspector's page, not to be cut into pieces
            return iter([{**rest, "value": frames.text(frame, "value"), "path": frames.text(frame, "path")}])
        return self.text("value", frame, rest)

    def text(self, key: str, frame: wire.Message, rest: Message, *, frame_key: str | None = None) -> Iterator[Message]:
        """A printed text of a frame, under `key`; the last message has the `rest`."""
        text, is_cut = frames.text(frame, frame_key or key), frame.get("truncated") is True
        if self.chunk is not None:
            for at in range(0, len(text), self.chunk):
                yield {key: text[at : at + self.chunk]}
            if is_cut:
                yield {"status": [_TRUNCATED]}
            if rest:
                yield rest
        elif is_cut:
            said = rest.get("status")
            status: list[Bencode] = [*said, _TRUNCATED] if isinstance(said, list) else [_TRUNCATED]
            yield {**rest, key: text, "status": status, f"{PREFIX}truncated-keys": [key]}
        else:
            yield {**rest, key: text}


def unresolved(frame: wire.Message) -> Message:
    """An `unresolved` frame: the device has no function of the name that the request gave."""
    prefix = PREFIX if frame.get("key") == "printer" else "nrepl.middleware.caught/"
    return {f"{prefix}error": f"Couldn't resolve var {frames.text(frame, 'name')}", "status": [f"{prefix}error"]}


def _options(request: Request) -> wire.Message:
    key = f"{PREFIX}options"
    options = request.message.get(key)
    if options in (None, 0, [], "", "nil"):
        return {}
    if not isinstance(options, dict):
        raise Refusal(f"'{key}' must be a dictionary", "bad-options")
    return {name.removeprefix(":"): _json(option) for name, option in options.items()}


def _json(value: Bencode) -> wire.JSON:
    match value:
        case bytes():
            return value.decode(errors="replace")
        case list():
            return [_json(each) for each in value]
        case dict():
            return {key: _json(each) for key, each in value.items()}
    return value


def _limits(options: wire.Message) -> Iterator[tuple[str, int]]:
    """The options that are positive integers, or texts of such; others mean that there is no limit."""
    for name, option in options.items():
        if isinstance(option, str) and option.isdecimal() and len(option) < 10:
            option = int(option)
        if isinstance(option, int) and option > 0:
            yield name, option
