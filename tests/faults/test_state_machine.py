"""Random evals, crashes, interrupts, rewinds and reconnects against a model of what the worker remembers.

The model's timeline has the world after each eval, so that a reply which names what was lost or undone tells which
world is there now. Where it is known which copies the device keeps, the reply itself is foretold.

`STATE_MACHINE_STEPS=50000 pytest tests/faults/test_state_machine.py` looks for longer, at other examples each time.
"""

from __future__ import annotations

import copy
import itertools
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.device_server.device import PATIENCE_S, Answer, Device, Host, running
from tests.faults.world import Code, Make, World, begin, excerpt, outcome, python_assignment, read_everything, steps

STEPS: Final = int(os.environ.get("STATE_MACHINE_STEPS", "0"))
STEPS_BY_DEFAULT: Final = 2000
STEPS_PER_EXAMPLE: Final = 50
KEPT: Final = 6
"""Copies that the device keeps: of the present state and of five before it."""
POLL_S: Final = 0.003
CRASHES: Final = (
    *(f"import os; os.kill(os.getpid(), {number})" for number in (4, 6, 7, 8, 9, 11, 15)),
    "import os; os.abort()",
    "import os; os._exit(0)",
    "import os; os.killpg(0, 9)",
    "import os; os.closerange(3, 4096)",
    "import ctypes; ctypes.string_at(0)",
    "import os, threading; threading.Thread(target=os.abort).start(); threading.Event().wait()",
    "(do (import os) (os/abort))",
    "(do (import os) (os/_exit 3))",
    "(do (import ctypes) (ctypes/string_at 0))",
)
BUSY: Final = ("print('busy')\nwhile True: pass", '(do (println "busy") (loop [] (recur)))')
DEAF: Final = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print('busy')\nwhile True: pass"

sessions = st.sampled_from(["s", "t"])
hosts = st.integers(0, 1)


def language_of(text: str) -> str:
    return "basilisp" if text.startswith("(") else "python"


def mark_code(name: str) -> str:
    return f"__import__('pathlib').Path('/proc/self/comm').write_text('{name}') and None"


def name_of(pid: int) -> str:
    """Of a process; empty when it has ended."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


@dataclass(frozen=True)
class Entry:
    """An eval that has changed the state, and the state after it."""

    id: str
    text: str
    world: World


class Machine(RuleBasedStateMachine):
    """Two connections to one device. A step is an eval, or what may happen to evals."""

    counts: ClassVar[dict[str, int]] = {}
    """How often each kind of step was taken, in all examples."""
    numbers: ClassVar = itertools.count(1)

    def __init__(self, device: Device) -> None:
        super().__init__()
        self.device = device
        self.hosts = [device.connect("out", "values") for _ in range(2)]
        self.begin()

    def begin(self) -> None:
        """A world of names that no example had before."""
        self.prefix = f"x{next(self.numbers)}_"
        self.base, self.timeline = World(), list[Entry]()
        self.is_settled = False
        """Whether a copy of the present state is parked."""
        self.marks = dict[str, int]()
        """The names that the worker's process has had, and how many entries of the timeline there were."""
        number = self.send(self.hosts[0], begin().text, "python", "s")
        self.settle()
        assert self.hosts[0].answer(number)["op"] == "result"
        self.timeline.clear()
        self.marks = dict.fromkeys(self.marks, 0)

    def teardown(self) -> None:
        self.check(self.hosts[0], read_everything(self.prefix), "s")
        for host in self.hosts:
            host.socket.close()

    # What happens.

    @rule(makes=st.lists(steps, min_size=1, max_size=4), session=sessions, host=hosts, is_settled=st.booleans())
    def evaluate(self, makes: list[Make], session: str, host: int, is_settled: bool) -> None:
        for make in makes:
            self.count("eval")
            code = make(self.prefix, self.prefix + session)
            number = self.send(self.hosts[host], code.text, code.lang, session)
            # Without a pause between the two evals there is no copy between them.
            mark = self.mark(self.hosts[host]) if is_settled else None
            self.compare(self.hosts[host].answer(number), number, code, session)
            if mark is not None:
                self.settle(self.hosts[host], mark)

    @rule(makes=st.lists(steps, min_size=2, max_size=6), crash=st.none() | st.sampled_from(CRASHES))
    def pipeline(self, makes: list[Make], crash: str | None) -> None:
        """Evals are sent without waiting for the one before to end; a crash costs only its own."""
        self.count("pipeline")
        session = "s"
        codes = [make(self.prefix, self.prefix + session) for make in makes]
        ids = [self.send(self.hosts[0], code.text, code.lang, session) for code in codes[:2]]
        dying = self.send(self.hosts[0], crash, language_of(crash), session) if crash else None
        ids += [self.send(self.hosts[0], code.text, code.lang, session) for code in codes[2:]]
        for position, (number, code) in enumerate(zip(ids, codes, strict=True)):
            if position == 2 and dying is not None:
                self.fall_back(self.hosts[0].answer(dying), "crash")
            self.compare(self.hosts[0].answer(number), number, code, session)
        if len(ids) == 2 and dying is not None:
            self.fall_back(self.hosts[0].answer(dying), "crash")

    @rule(crash=st.sampled_from(CRASHES), session=sessions, host=hosts)
    def die(self, crash: str, session: str, host: int) -> None:
        """What the dying eval did before is not there."""
        self.count("crash")
        spoilt = crash if crash.startswith("(") else f"{self.prefix}a = 'spoilt'; {crash}"
        answer = self.hosts[host].answer(self.send(self.hosts[host], spoilt, language_of(spoilt), session))
        self.fall_back(answer, "crash")

    @rule()
    def die_idle(self) -> None:
        """Somebody kills the worker while it has nothing to do."""
        self.count("idle crash")
        self.settle()
        before = self.hosts[0].worker()
        os.kill(before["pid"], signal.SIGKILL)
        self.wait_until(lambda worker: worker["pid"] not in (None, before["pid"]))
        self.world.threads.clear()
        self.is_settled = False

    @rule(busy=st.sampled_from(BUSY), session=sessions, value=st.integers(0, 9))
    def interrupt(self, busy: str, session: str, value: int) -> None:
        """The eval ends; what it did before is there, unless it would not listen."""
        self.count("interrupt")
        code = python_assignment(self.prefix, "a", value)
        is_python = language_of(busy) == "python"
        text = f"{code.text}\n{busy}" if is_python else busy
        number = self.send(self.hosts[0], text, language_of(busy), session)
        self.hosts[0].wait_for_text("busy")
        assert self.hosts[1].ask("interrupt", target=number)["op"] in ("idle", "id-mismatch")  # not its own
        assert self.hosts[0].ask("interrupt", target=number)["op"] == "interrupted"
        self.stopped(self.hosts[0].answer(number), "interrupted", number, text, code if is_python else None)

    @rule(session=sessions, host=hosts)
    def interrupt_the_deaf(self, session: str, host: int) -> None:
        self.count("interrupt of deaf code")
        number = self.send(self.hosts[host], DEAF, "python", session)
        self.hosts[host].wait_for_text("busy")
        assert self.hosts[host].ask("interrupt", target=number)["op"] == "interrupted"
        self.fall_back(self.hosts[host].answer(number), "interrupted")

    @rule(busy=st.sampled_from(BUSY), session=sessions, host=hosts)
    def time_out(self, busy: str, session: str, host: int) -> None:
        self.count("timeout")
        number = self.send(self.hosts[host], busy, language_of(busy), session, timeout_ms=5)
        self.stopped(self.hosts[host].answer(number), "timeout", number, busy, None)

    @rule(step_count=st.integers(1, 7), host=hosts)
    def rewind(self, step_count: int, host: int) -> None:
        self.count("rewind")
        at_most = self.foretold(step_count)
        answer = self.hosts[host].ask("rewind", steps=step_count)
        if answer["op"] == "error":
            assert answer["type"] == "protocol", answer
            assert not at_most, (answer, self.timeline)
            return
        undone = answer["undone"]
        assert len(undone) >= step_count, answer
        if len(undone) > len(self.timeline):  # back to before this example
            assert step_count > len(self.timeline), answer
            self.begin()
            return
        assert len(undone) <= (at_most or len(undone)), (answer, at_most)
        gone = self.timeline[len(self.timeline) - len(undone) :]
        assert undone == [{"id": entry.id, "code": excerpt(entry.text)} for entry in gone]
        self.take_back(len(undone), answer["to"])

    @rule(host=hosts)
    def reconnect(self, host: int) -> None:
        self.count("reconnect")
        self.hosts[host].socket.close()
        self.hosts[host] = self.device.connect("out", "values")

    @rule(make=steps)
    def vanish(self, make: Make) -> None:
        """A client that is gone before the answer has changed the state all the same."""
        self.count("client lost")
        code = make(self.prefix, f"{self.prefix}s")
        number = self.send(self.hosts[1], code.text, code.lang, "s")
        self.hosts[1].ask("ping")  # the eval has arrived
        self.reconnect(1)
        outcome(code, world := copy.deepcopy(self.world), f"{self.prefix}s")
        self.keep(number, code.text, world)

    # What must follow.

    def check(self, host: Host, code: Code, session: str) -> None:
        number = self.send(host, code.text, code.lang, session)
        self.compare(host.answer(number), number, code, session)

    def compare(self, answer: Answer, number: str, code: Code, session: str) -> None:
        world = copy.deepcopy(self.world)
        op, told = outcome(code, world, self.prefix + session)
        assert (answer["op"], answer.get("value", answer.get("type"))) == (op, told), (code.text, answer)
        self.keep(number, code.text, world)

    def stopped(self, answer: Answer, kind: str, number: str, text: str, code: Code | None) -> None:
        """It listened, and is an eval like others; or not, and its worker was replaced."""
        if "restored" in answer:
            self.fall_back(answer, kind)
            return
        assert (answer["op"], answer["type"]) == ("error", kind), answer
        world = copy.deepcopy(self.world)
        if code is not None:
            code.effect(world)
        self.keep(number, text, world)

    def keep(self, number: str, text: str, world: World) -> None:
        """The eval has changed the state."""
        self.timeline.append(Entry(number, text, world))
        self.is_settled = False

    def fall_back(self, answer: Answer, kind: str) -> None:
        """A copy has taken over: of the state from before, but for what the answer says is lost."""
        assert (answer["op"], answer["type"]) == ("error", kind), answer
        restored = answer["restored"]
        lost = restored["lost"]
        assert lost == [entry.id for entry in self.timeline[len(self.timeline) - len(lost) :]], answer
        if self.is_settled:
            assert lost == [], answer
            ours = [text for text in restored["not_restored"] if self.prefix in text]  # not of the example before
            assert ours == [f"thread {name}" for name in self.world.threads], answer
        self.take_back(len(lost), restored["to"])

    def take_back(self, count: int, to: str) -> None:
        """The last entries are gone, and with them the copies of those states; threads are gone anyhow.

        The copy that has taken over parks one of its own.
        """
        del self.timeline[len(self.timeline) - count :]
        if self.timeline:
            assert to == self.timeline[-1].id
        self.world.threads.clear()
        self.marks = {name: count for name, count in self.marks.items() if count <= len(self.timeline)}
        self.is_settled = False

    @property
    def world(self) -> World:
        return self.timeline[-1].world if self.timeline else self.base

    def foretold(self, step_count: int) -> int | None:
        """How many evals a rewind undoes at most; None when it may be impossible."""
        if not self.is_settled:
            return None
        kept = [self.marks[name] for name in map(name_of, self.parked()) if name in self.marks]
        if len(kept) == KEPT:
            del kept[0]  # the next copy drives it out, and may be under way
        enough = [count for count in kept if count <= len(self.timeline) - step_count]
        return len(self.timeline) - max(enough) if enough else None

    def settle(self, host: Host | None = None, mark: str | None = None) -> None:
        """Return when a copy of the present state is parked."""
        host = host or self.hosts[0]
        mark = mark or self.mark(host)
        assert host.answer(mark)["op"] == "result"
        self.keep(mark, mark_code(mark), copy.deepcopy(self.world))
        self.marks[mark] = len(self.timeline)
        self.wait_until(lambda worker: mark in [name_of(each["pid"]) for each in worker["checkpoints"][-1:]])
        self.is_settled = True

    def mark(self, host: Host) -> str:
        """Start an eval that gives the worker's process a name, which its copies inherit; the name, and eval's id."""
        name = f"e{next(self.numbers)}"
        host.send_message({"op": "eval", "id": name, "code": mark_code(name), "lang": "python", "session": "marks"})
        return name

    def parked(self) -> list[int]:
        return [each["pid"] for each in self.hosts[0].worker()["checkpoints"]]

    def wait_until(self, holds: Callable[[Answer], bool]) -> Answer:
        """The worker's status when it is as wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(worker := self.hosts[0].worker()):
            assert time.monotonic() < deadline, worker
            select.select([], [], [], POLL_S)
        return worker

    def send(self, host: Host, text: str, lang: str, session: str, **options: int) -> str:
        """Start an eval, with an id that no other has; the id."""
        number = f"e{next(self.numbers)}"
        session = self.prefix + session
        host.send_message({"op": "eval", "id": number, "code": text, "lang": lang, "session": session, **options})
        return number

    def count(self, kind: str) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + 1


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    """Impatient with code that does not listen."""
    with running("--grace", "0.06") as device:
        yield device
        assert not device.has_broken(), device.log()


@pytest.mark.slow
def test_the_worker_is_always_in_the_state_that_its_answers_say(device: Device) -> None:
    Machine.counts.clear()
    count = STEPS or STEPS_BY_DEFAULT
    run_state_machine_as_test(
        partial(Machine, device),  # type: ignore[arg-type]  # any factory will do
        settings=settings(
            max_examples=-(-count // STEPS_PER_EXAMPLE),
            stateful_step_count=STEPS_PER_EXAMPLE,
            derandomize=not STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sum(Machine.counts.values()) >= count, Machine.counts
