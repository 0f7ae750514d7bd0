"""What a worker defines, as hosts are told of it: states that have names, and the changes between them.

A host keeps a copy (docs/protocol.md, "What a worker defines"). It is told what has changed, never everything,
unless it asks. What a language defines, and how that is found out, is the business of its symbol sources.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from device_server import wire
from device_server.languages import SymbolSource

Changes: TypeAlias = wire.Message
"""Name of a namespace -> what has changed in it, None when it is gone."""

_urandom, _perf_counter = os.urandom, time.perf_counter  # bound here: user code may replace it
_LINE_BYTES = wire.LIMIT_BYTES - 4096
"""The longest message, without what the supervisor adds to it."""
_SHORT_SWEEP_S = 0.001
_KEYS_BYTES = 1024
"""Room for what a message has beside its changes."""
_DIGEST_MARK = "@"


def description_hash(name: str, digest: str) -> str:
    """The hash of a namespace's description: it says of which, so that nobody needs to keep a list."""
    return f"{name}{_DIGEST_MARK}{digest}"


class Symbols:
    """The worker's side of it. Keeps no descriptions: they are made of what is there when somebody wants them."""

    def __init__(self, sources: Sequence[SymbolSource], limit_bytes: int = _LINE_BYTES) -> None:
        """No message is longer than `limit_bytes`."""
        self._sources = sources
        self._limit_bytes = limit_bytes
        self._prefix, self._count = "", 0
        self.rev = ""
        """Names the state that hosts have been told of."""
        self.take_over()
        self._advance()

    def begin(self) -> None:
        """Code of the program may run from now on."""
        for source in self._sources:
            source.begin()

    def take_over(self) -> None:
        """This process continues another's life: what it tells from now on must not be taken for what that has told."""
        self._prefix, self._count = _urandom(6).hex(), 0

    def begin_anew(self) -> None:
        """This process begins a life of its own, in a state that hosts have not been told of."""
        self.take_over()
        self._advance()

    def changes(self) -> Iterator[bytes]:
        """The messages that lead hosts from the state they know to the one that is there now; none when it is that."""
        changes: Changes = {}
        for source in self._sources:
            changes.update(source.changes())
        if changes:
            yield from self._messages(changes)

    def sweep(self) -> None:
        """Look for what was changed in ways that are not noticed at once."""
        for source in self._sources:
            source.sweep()

    def lost(self, error: BaseException) -> bytes:
        """The message after a failure to tell: hosts do not know its state, and ask for everything."""
        self._advance()
        return wire.encode({"op": "symbols", "rev": self.rev, "error": f"{type(error).__name__} while telling"})

    def announcement(self) -> bytes:
        """The message that says which state this is."""
        return wire.encode({"op": "symbols", "rev": self.rev})

    def everything(self) -> wire.Message:
        """The keys of the answer to a host that knows nothing: namespaces of libraries by their hash only.

        What does not fit in a line is told by a hash, too, for the host to ask piece by piece.
        """
        changes: Changes = {}
        for source in self._sources:
            changes.update(source.everything())
        sizes = {name: len(wire.encode({name: change})) for name, change in changes.items()}
        for name in sorted(sizes, key=lambda name: sizes[name], reverse=True):
            if sum(sizes.values()) <= self._limit_bytes - _KEYS_BYTES:
                break
            told = changes[name]
            assert isinstance(told, dict)
            changes[name] = told = {"lang": told["lang"], "hash": description_hash(name, "as it is")}
            sizes[name] = len(wire.encode({name: told}))
        return {"rev": self.rev, "changes": changes}

    def describe(self, hashes: Sequence[str]) -> wire.Message:
        """The keys of the answer to a host that knows these hashes only: the first of them, as many as fit a line."""
        changes: Changes = {}
        size = _KEYS_BYTES
        for name in dict.fromkeys(each.rpartition(_DIGEST_MARK)[0] for each in hashes):
            change = self._fitting(name, self._description(name))
            size += len(wire.encode({name: change}))
            if changes and size > self._limit_bytes:
                break
            changes[name] = change
        return {"rev": self.rev, "changes": changes}

    def _description(self, name: str) -> wire.Message | None:
        descriptions = (source.describe(name) for source in self._sources)
        return next((each for each in descriptions if each is not None), None)

    def _fitting(self, name: str, description: wire.Message | None) -> wire.Message | None:
        """A description that fits in a line: without its texts if need be, and then without its last symbols."""
        if description is None or self._fits(name, description):
            return description
        symbols = {symbol: _without_texts(_object(told)) for symbol, told in _object(description["symbols"]).items()}
        while not self._fits(name, {**description, "symbols": symbols}):
            symbols, _ = _split(symbols)
        return {**description, "symbols": symbols}

    def _fits(self, name: str, change: wire.Message) -> bool:
        return len(wire.encode({name: change})) <= self._limit_bytes - _KEYS_BYTES

    def _advance(self) -> None:
        self._count += 1
        self.rev = f"{self._prefix}-{self._count}"

    def _messages(self, changes: Changes) -> Iterator[bytes]:
        base = self.rev
        self._advance()
        line = wire.encode({"op": "symbols", "rev": self.rev, "base": base, "changes": changes})
        if len(line) <= self._limit_bytes:
            yield line
            return
        self.rev = base
        for half in _halves(changes):
            yield from self._messages(half)


class SymbolTeller:
    """Sends what is to be told. A failure to tell is told, and fails nothing else."""

    def __init__(self, symbols: Symbols, send_line: Callable[[bytes], None]) -> None:
        self._symbols = symbols
        self._send_line = send_line
        self._sweep_s = 0.0
        """How long the latest sweep took."""
        self.is_sweep_due = False
        """Whether code of the program has run since the latest sweep."""
        self.begin, self.begin_anew, self.take_over = symbols.begin, symbols.begin_anew, symbols.take_over

    @property
    def sweeps_fast(self) -> bool:
        """Whether a sweep is over before anybody notices."""
        return self._sweep_s <= _SHORT_SWEEP_S

    def announce(self) -> None:
        """Say which state this is."""
        self._send_line(self._symbols.announcement())

    def tell(self) -> None:
        """Say what has changed."""
        try:
            for line in self._symbols.changes():
                self._send_line(line)
        except Exception as error:  # of memory, above all
            self._send_line(self._symbols.lost(error))

    def sweep(self) -> None:
        """Look for what went unnoticed, and say it."""
        started = _perf_counter()
        try:
            self._symbols.sweep()
        except Exception as error:  # hosts will ask for everything
            self._send_line(self._symbols.lost(error))
        self._sweep_s, self.is_sweep_due = _perf_counter() - started, False
        self.tell()

    def answer(self, hashes: wire.JSON) -> wire.Message:
        """The keys of the answer to a host that asks: for descriptions, or, with None, for everything."""
        if isinstance(hashes, list):
            return self._symbols.describe([str(each) for each in hashes])
        return self._symbols.everything()


def _halves(changes: Changes) -> Iterator[Changes]:
    """Two changes that, one after the other, are the same as the one."""
    if len(changes) > 1:
        yield from _split(changes)
        return
    ((name, change),) = changes.items()
    assert isinstance(change, dict)
    _, key = max((len(part), key) for key, part in change.items() if isinstance(part, dict))
    first, second = _split(_object(change[key]))
    yield {name: {**change, key: first}}
    yield {name: {"lang": change["lang"], key: second}}


def _split(parts: wire.Message) -> tuple[wire.Message, wire.Message]:
    items = list(parts.items())
    middle = len(items) // 2
    return dict(items[:middle]), dict(items[middle:])


def _without_texts(symbol: wire.Message) -> wire.JSON:
    return {key: value for key, value in symbol.items() if key not in ("doc", "members")}


def _object(told: wire.JSON) -> wire.Message:
    assert isinstance(told, dict)
    return told
