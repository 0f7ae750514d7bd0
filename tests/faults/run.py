"""`make faults`: tries every row of the fault matrix on real servers and prints what came of it."""

from __future__ import annotations

import importlib.util
import itertools
import os
import re
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from device_server import wire
from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import JsonLines, Nrepl, joined, statuses
from tests.conformance.connections import connect
from tests.conformance.servers import Server
from tests.faults.matrix import FAULTS, Fault

GRACE_S: Final = 0.3
FLAGS: Final = ("--grace", str(GRACE_S), "--memory", "400M", "--checkpoints", "12")
"""So many checkpoints, because a row may be undone after all the evals it takes to look at what it did."""
WAYS: Final = ("bridge", "device", "edit")
PING_LIMIT_S: Final = 1.0
RECOVERY_LIMIT_S: Final = 3.0
CENSUS_S: Final = 3.0
_HAS_RAISED: Final = re.compile(r"Exception in|Fatal error")
ORDINARY_ENDS: Final = ("value", "runtime")
MAX_UNREAPED: Final = 2
"""Processes that have ended and that the worker has yet to reap."""
SIGN: Final = "sign"
"""What a victim yields for output and for asking for input."""


def rows() -> list[tuple[Fault, str]]:
    """Every fault by every way in that it is tried by."""
    return [(fault, way) for fault in FAULTS for way in WAYS if _is_tried(fault, way)]


def _is_tried(fault: Fault, way: str) -> bool:
    return way == "edit" if fault.is_edit else way == "bridge" or (way == "device" and fault.is_basic)


def is_missing(fault: Fault) -> bool:
    """Whether the fault needs a module that is not there; the device has the modules of this Python."""
    return fault.needs is not None and importlib.util.find_spec(fault.needs) is None


class Victim(Protocol):
    """A session in which faults happen."""

    @property
    def socket(self) -> socket.socket:
        """Its connection."""

    def start(self, code: str, lang: str, timeout_ms: int | None = None) -> Iterator[str]:
        """Send an eval now. Yields SIGN now and then, and at last how it ended: `value` or the type of error."""

    def interrupt(self) -> None:
        """Interrupt what was started last."""

    def ask(self, code: str, lang: str) -> str:
        """The printed value of an eval, or what went wrong."""

    def ends_told_late(self) -> int:
        """How many more ends have come for what was started last; there must be none."""

    def faults_told(self, lang: str) -> list[str]:
        """What is wrong with how it was told what has happened, and with the code that is left."""

    def close(self) -> None:
        """Hang up."""


class NreplVictim:
    """A session of a bridge."""

    def __init__(self, port: int) -> None:
        self.client: Final = Nrepl(port)
        self.socket: Final = self.client.socket
        self._session = self.client.clone()
        self._running: Bencode = None  # type: ignore[assignment]  # nothing yet

    def start(self, code: str, lang: str, timeout_ms: int | None = None) -> Iterator[str]:
        """See Victim."""
        limit: Message = {"timeout-ms": timeout_ms} if timeout_ms else {}
        message: Message = {"op": "eval", "code": code, "lang": lang, "session": self._session, **limit}
        self._running = self.client.send(message)
        return self._follow(self._running)

    def interrupt(self) -> None:
        """See Victim."""
        self.client.send({"op": "interrupt", "session": self._session, "interrupt-id": self._running})

    def ask(self, code: str, lang: str) -> str:
        """See Victim."""
        replies = self.client.eval(code, self._session, lang=lang)
        return joined(replies, "value") or joined(replies, "err")

    def ends_told_late(self) -> int:
        """See Victim."""
        return sum("done" in statuses(each) for each in self.client.unread() if each.get("id") == self._running)

    def faults_told(self, lang: str) -> list[str]:
        """See Victim. What was evaluated is not there twice."""
        return []

    def close(self) -> None:
        """See Victim."""
        self.client.socket.close()

    def _follow(self, id_: Bencode) -> Iterator[str]:
        said: list[Message] = []
        for reply in self.client.converse(id_):
            said.append({key: text for key, text in reply.items() if key != "out"})
            if "out" in reply or "need-input" in statuses(reply):
                yield SIGN
        yield _ending(said)


def _ending(replies: list[Message]) -> str:
    """How an eval ended, as the device's `type` says; nREPL tells it in statuses, in `ex` and in words."""
    if any("interrupted" in statuses(reply) for reply in replies):
        return "interrupted"
    words = joined(replies, "err")
    for reply in reversed(replies):
        if "ex" in reply:
            return _type_of(str(reply["ex"]), words)
    return "value"


def _type_of(ex: str, words: str) -> str:
    if "Stopped (timeout)" in words:
        return "timeout"
    if "more memory than it may" in words:
        return "memory"
    return {"Crash": "crash", "MemoryError": "memory", "Timeout": "timeout"}.get(ex, "runtime")


class NetcatVictim:
    """A connection to a device that does not say hello, as somebody with netcat."""

    def __init__(self, port: int) -> None:
        self.socket: Final = connect(port)
        self._lines = self.socket.makefile("rb")
        self._ids = itertools.count(1)
        self._running = 0
        self._last: wire.Message = {}
        self._receive()  # the welcome

    def start(self, code: str, lang: str, timeout_ms: int | None = None) -> Iterator[str]:
        """See Victim."""
        limit: wire.Message = {"timeout_ms": timeout_ms} if timeout_ms else {}
        self._running = self._send({"op": "eval", "code": code, "lang": lang, **limit})
        return self._follow()

    def interrupt(self) -> None:
        """See Victim."""
        self._send({"op": "interrupt", "target": self._running})

    def ask(self, code: str, lang: str) -> str:
        """See Victim."""
        self._send({"op": "eval", "code": code, "lang": lang})
        answer = self._receive()
        return str(answer.get("value") or answer.get("error"))

    def ends_told_late(self) -> int:
        """See Victim."""
        ping, count = self._send({"op": "ping"}), 0
        while (message := self._receive()).get("id") != ping:
            count += message.get("id") == self._running and message["op"] in wire.TERMINAL
        return count

    def faults_told(self, lang: str) -> list[str]:
        """See Victim."""
        return []

    def close(self) -> None:
        """See Victim."""
        self._lines.close()
        self.socket.close()

    def _follow(self) -> Iterator[str]:
        self._last = self._receive()
        yield "value" if self._last["op"] == "result" else str(self._last["type"])

    def _send(self, message: wire.Message) -> int:
        id_ = next(self._ids)
        self.socket.sendall(wire.encode({**message, "id": id_}))
        return id_

    def _receive(self) -> wire.Message:
        line = self._lines.readline()
        assert line, "the device server has hung up"
        (message,) = wire.Decoder().feed(line)
        assert isinstance(message, dict), message
        return message


class EditVictim(NetcatVictim):
    """Somebody who edits a loaded file: what does harm is in the file's new text."""

    def __init__(self, port: int) -> None:
        super().__init__(port)
        for lang, (file, text) in _EDITED.items():
            self._send({"op": "load", "source": text, "file": file["path"], "name": file["name"], "lang": lang})
            told = self._receive()
            assert told["op"] == "result", told

    def start(self, code: str, lang: str, timeout_ms: int | None = None) -> Iterator[str]:
        """See Victim."""
        file, text = _EDITED[lang]
        limit: wire.Message = {"timeout_ms": timeout_ms} if timeout_ms else {}
        edit: wire.Message = {**file, "source": f"{text.replace('1', '2')}{code}\n", "lang": lang}
        self._running = self._send({"op": "reload", "files": [edit], **limit})
        return self._follow()

    def faults_told(self, lang: str) -> list[str]:
        """See Victim."""
        found = []
        if self._last.get("type") == "crash" and "The edit was not applied" not in str(self._last["error"]):
            found.append(f"the answer does not say that the edit was not applied: {self._last['error']}")
        call = "__import__('edited_python').price()" if lang == "python" else "(edited-basilisp/price)"
        if (price := self.ask(call, lang)) != "1":
            found.append(f"the code from before the edit does not run: {price}")
        return found


_EDITED: Final[dict[str, tuple[wire.Message, str]]] = {
    "python": ({"path": "/src/edited_python.py", "name": "edited_python"}, "def price(): return 1\n"),
    "basilisp": (
        {"path": "/src/edited_basilisp.lpy", "name": "edited-basilisp"},
        "(ns edited-basilisp)\n(defn price [] 1)\n",
    ),
}
"""Language -> a file, and its text."""


@dataclass(slots=True)
class Outcome:
    """What came of a row."""

    seen: str = "nothing"
    """How it ended."""
    to_end_ms: float = 0.0
    """From the request to its end."""
    to_recovery_ms: float = 0.0
    """From that end to the next eval's value."""
    kept: bool = False
    """Whether the names from before it are there."""
    wrong: list[str] = field(default_factory=list)
    """What should not be so."""


class Lab:
    """A device, a bridge that uses it, and those who talk to them while something goes wrong."""

    def __init__(self, device: Server, bridge: Server) -> None:
        self.device = device
        self._watcher = JsonLines(device.port)
        self._other = NreplVictim(bridge.port)
        self._victims: dict[str, Victim] = {
            "bridge": NreplVictim(bridge.port),
            "device": NetcatVictim(device.port),
            "edit": EditVictim(device.port),
        }
        self._numbers = itertools.count(1000)

    def close(self) -> None:
        """Hang up."""
        with self._watcher:
            for victim in (self._other, *self._victims.values()):
                victim.close()

    def attempt(self, fault: Fault, way: str) -> Outcome:
        """Try one row. Raises: AssertionError, OSError, when a server or a connection is not there any more."""
        victim, number, outcome = self._victims[way], next(self._numbers), Outcome()
        self._prepare(victim, fault.lang, number)
        before = self.worker_pid()
        sent = time.monotonic()
        steps = victim.start(fault.code, fault.lang, fault.timeout_ms)
        self._check_ping(outcome)
        self._wait_until_begun(victim)
        theirs = self._other.start("(inc theirs)", "basilisp")
        if fault.is_killed:
            os.kill(before or 0, signal.SIGKILL)
        outcome.seen = self._follow(victim, steps, fault)
        ended = time.monotonic()
        answer = victim.ask("kept", fault.lang)
        recovered = time.monotonic()
        outcome.to_end_ms, outcome.to_recovery_ms = (ended - sent) * 1000, (recovered - ended) * 1000
        outcome.kept = answer == f"[{number}]"
        self._check(outcome, fault, answer)
        outcome.wrong += victim.faults_told(fault.lang)
        self._check_others(outcome, theirs, victim, number)
        outcome.wrong += self._census(fault.leaves)
        if outcome.seen in ORDINARY_ENDS:
            self._check_same_process(outcome, before)
        if _HAS_RAISED.search(self.device.log.read_text()):
            outcome.wrong.append("the supervisor raised what nobody expected: see its log")
        if self.worker_pid() == before:
            self._undo(outcome, evals=6 if outcome.seen in ORDINARY_ENDS else 4)
        return outcome

    def _prepare(self, victim: Victim, lang: str, number: int) -> None:
        """Define what must be there afterwards, and wait until a checkpoint has it."""
        assert self._other.ask(f"(def theirs {number}) theirs", "basilisp").endswith(str(number))
        code = f"kept = [{number}]; kept" if lang == "python" else f"(def kept [{number}]) kept"
        told = victim.ask(code, lang)
        assert told.endswith(f"[{number}]"), told
        settle(self._watcher, lambda: victim.ask("kept", lang))

    def _follow(self, victim: Victim, steps: Iterator[str], fault: Fault) -> str:
        is_interrupted, seen = False, "nothing"
        for step in steps:
            seen = step
            if step == SIGN and fault.is_interrupted and not is_interrupted:
                victim.interrupt()
                is_interrupted = True
        return seen

    def _wait_until_begun(self, victim: Victim) -> None:
        """An eval of another session that overtakes the fault on its way to the device might be lost with it."""

        def has_begun() -> bool:
            busy = self._watcher.ask("ping")["busy"]
            jobs = [each["op"] for each in busy if isinstance(each, dict)] if isinstance(busy, list) else []
            is_busy = any(op != "symbols" for op in jobs)  # which the bridge asks on its own
            return bool(is_busy or select.select([victim.socket], [], [], 0)[0])

        servers.eventually(has_begun)

    def _check_ping(self, outcome: Outcome) -> None:
        started = time.monotonic()
        answer = self._watcher.ask("ping")
        took = time.monotonic() - started
        if answer["op"] != "pong" or took > PING_LIMIT_S:
            outcome.wrong.append(f"a ping meanwhile: {answer} after {took:.1f} s")

    def _check(self, outcome: Outcome, fault: Fault, answer: str) -> None:
        if outcome.seen not in fault.ends:
            outcome.wrong.append(f"ended as {outcome.seen}, not as {' or '.join(sorted(fault.ends))}")
        if outcome.to_end_ms > fault.limit_s * 1000:
            outcome.wrong.append(f"ended after {outcome.to_end_ms:.0f} ms; the limit is {fault.limit_s:g} s")
        if outcome.to_recovery_ms > RECOVERY_LIMIT_S * 1000:
            outcome.wrong.append(f"the next eval took {outcome.to_recovery_ms:.0f} ms")
        if not outcome.kept:
            outcome.wrong.append(f"a name from before: {answer}")

    def _check_others(self, outcome: Outcome, theirs: Iterator[str], victim: Victim, number: int) -> None:
        """Another session got its answer, has its state, and nobody got two answers."""
        if (seen := list(theirs)[-1]) != "value":
            outcome.wrong.append(f"another session's eval meanwhile ended as {seen}")
        state = self._other.ask("[*1 theirs]", "basilisp")
        if state != f"[{number + 1} {number}]":
            outcome.wrong.append(f"another session's state: {state}")
        if late := victim.ends_told_late():
            outcome.wrong.append(f"{late + 1} ends")

    def _check_same_process(self, outcome: Outcome, before: int | None) -> None:
        """What ended in an ordinary way has not killed the worker afterwards, and checkpoints go on."""
        try:
            settle(self._watcher, lambda: self._other.ask("theirs", "basilisp"), CENSUS_S)
        except AssertionError:
            outcome.wrong.append("no checkpoint is taken any more")
        if self.worker_pid() != before:
            outcome.wrong.append("the worker died after its answer, and nobody was told")

    def _undo(self, outcome: Outcome, evals: int) -> None:
        """Take back what the row did to the worker's state, so that the next one starts clean."""
        answer = self._watcher.ask("rewind", steps=evals)
        if answer["op"] != "result":
            outcome.wrong.append(f"it cannot be undone: {answer['error']}")
        outcome.wrong += self._census(allowed=0)

    def worker(self) -> wire.Message:
        """The worker's entry in the status."""
        return worker_of(self._watcher)

    def worker_pid(self) -> int | None:
        """The process that evaluates."""
        pid = self.worker()["pid"]
        return pid if isinstance(pid, int) else None

    def _census(self, allowed: int) -> list[str]:
        """What runs, or lies unreaped, that should not, when that does not change any more."""
        found: list[str] = []

        def is_settled() -> bool:
            found[:] = strangers(self.device.process.pid, self.worker())
            return len(found) == allowed

        try:
            servers.eventually(is_settled, CENSUS_S)
        except AssertionError:
            return [f"processes, where {allowed} were expected: {', '.join(found) or 'none'}"]
        return []


def worker_of(client: JsonLines) -> wire.Message:
    """The worker's entry in the status."""
    workers = client.ask("status")["workers"]
    assert isinstance(workers, list)
    (worker,) = workers
    assert isinstance(worker, dict)
    return worker


def settle(client: JsonLines, evaluate: Callable[[], object], within_s: float = servers.PATIENCE_S) -> None:
    """Return when a checkpoint has all that was evaluated before. `evaluate` asks for something, twice.

    The first new one may have been forked before, and be told only now; the second was forked after the first.
    """
    for _ in range(2):
        known = _copy_pids(client)
        evaluate()
        servers.eventually(lambda known=known: bool(_copy_pids(client) - known), within_s)  # type: ignore[misc]


def _copy_pids(client: JsonLines) -> set[wire.JSON]:
    return {copy["pid"] for copy in copies_of(worker_of(client))}


def copies_of(worker: wire.Message) -> list[wire.Message]:
    """The checkpoints in the worker's entry of the status."""
    copies = worker["checkpoints"]
    assert isinstance(copies, list)
    return [copy for copy in copies if isinstance(copy, dict)]


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the census."""

    pid: int
    name: str
    state: str
    """As in /proc: Z is one that has ended and was not reaped."""
    parent: int
    group: int


def descendants(pid: int) -> Iterator[Process]:
    """The processes that a process has started, and theirs."""
    for each in servers.descendants(pid):
        try:
            name, _, rest = Path(f"/proc/{each}/stat").read_text().partition("(")[2].rpartition(")")
        except OSError:  # it has ended
            continue
        state, parent, group, *_ = rest.split()
        yield Process(each, name, state, int(parent), int(group))


def zygotes(supervisor: int) -> list[int]:
    """Its children that live and do not lead a group of their own, as workers do. There should be one."""
    return [
        each.pid
        for each in descendants(supervisor)
        if each.parent == supervisor and each.state != "Z" and each.group != each.pid
    ]


def strangers(supervisor: int, worker: wire.Message) -> list[str]:
    """The supervisor's descendants that are neither the zygote nor the worker nor its copies, as the status told them.

    The worker may have some that it has yet to reap: the one between it and its copy, one that user code has forked.
    """
    known = {worker["pid"], *(copy["pid"] for copy in copies_of(worker)), *zygotes(supervisor)[:1]}
    others = [each for each in descendants(supervisor) if each.pid not in known]
    unreaped = [each for each in others if each.state == "Z" and each.parent == worker["pid"]]
    counted = [each for each in others if each not in unreaped[:MAX_UNREAPED]]
    return [f"{each.pid} ({each.name}, state {each.state}, parent {each.parent})" for each in counted]


@contextmanager
def lab() -> Iterator[Lab]:
    """The servers and clients, in a folder of their own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        device = stack.enter_context(servers.device(folder / "device", *FLAGS))
        bridge = stack.enter_context(servers.bridge(folder / "bridge", "--device", f"127.0.0.1:{device.port}"))
        yield stack.enter_context(closing(Lab(device, bridge)))


class Labs:
    """One lab for many rows; after a row that went wrong, the next one gets a new one. A context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lab: Lab | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stack.close()

    def attempt(self, fault: Fault, way: str) -> Outcome:
        """Try one row."""
        if self._lab is None:
            self._lab = self._stack.enter_context(lab())
        try:
            outcome = self._lab.attempt(fault, way)
        except (AssertionError, OSError) as error:
            outcome = Outcome(wrong=[f"{type(error).__name__}: {error}", self._log_tail()])
        if outcome.wrong:
            self._lab = None
            self._stack.close()
        return outcome

    def _log_tail(self) -> str:
        return self._lab.device.log.read_text()[-2000:] if self._lab else ""


_LINE: Final = "{:42} {:9} {:7} {:12} {:>8} {:>9}  {}"


def main() -> None:
    """Print the matrix, or the rows whose names hold what the command line says. Exit code 1 if a row went wrong."""
    wanted = " ".join(sys.argv[1:])
    count = 0
    _say(_LINE.format("fault", "language", "way in", "seen", "ms to it", "to next", "state kept"))
    with Labs() as labs:
        for fault, way in rows():
            if wanted in fault.name and not is_missing(fault):
                count += _say_row(fault, way, labs.attempt(fault, way))
    missing = sorted({f"{fault.name} (no {fault.needs})" for fault in FAULTS if is_missing(fault)})
    _say(f"{count} rows went wrong.{' Left out: ' + ', '.join(missing) if missing else ''}")
    sys.exit(1 if count else 0)


def _say_row(fault: Fault, way: str, outcome: Outcome) -> bool:
    """Whether it went wrong."""
    times = (f"{outcome.to_end_ms:.1f}", f"{outcome.to_recovery_ms:.1f}")
    kept = "yes" if outcome.kept else "NO"
    _say(_LINE.format(fault.name, fault.lang, way, outcome.seen, *times, kept))
    for text in outcome.wrong:
        _say(f"    WRONG: {text}")
    return bool(outcome.wrong)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 what it is for


if __name__ == "__main__":
    main()
