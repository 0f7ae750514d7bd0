"""Random evals, crashes, interrupts, rewinds and reconnects against a model of what the worker remembers.

The model's timeline has the world after each eval, so that a reply which names what was lost or undone tells which
world is there now. Where it is known which copies the device keeps (after each eval its copy was waited for), the
reply itself is foretold.

`STATE_MACHINE_STEPS=50000 pytest tests/faults/test_state_machine.py` looks for longer, at other examples each time.
"""

from __future__ import annotations

import copy
import itertools
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
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
QUIET_MS: Final = 40
"""With no newer copy for so long, none is being forked."""
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
        self.unseen = 2
        """Changes of the state since `copies` was made up: evals and take-overs."""
        self.copies: list[int] = []
        """How many entries of the timeline each of the newest copies has, oldest first. There may be older ones."""
        self.pids = set[int]()
        """The copies that were there when `copies` was made up."""
        assert self.hosts[0].eval(begin().text)["op"] == "result"
        self.settle()

    def teardown(self) -> None:
        self.check(self.hosts[0], read_everything(self.prefix), "s")
        for host in self.hosts:
            host.socket.close()

    # What happens.

    @rule(make=steps, session=sessions, host=hosts, is_settled=st.booleans())
    def evaluate(self, make: Make, session: str, host: int, is_settled: bool) -> None:
        self.count("eval")
        self.check(self.hosts[host], make(self.prefix, self.prefix + session), session)
        if is_settled:
            self.settle()

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
        self.copies.pop()
        self.unseen += 1

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
        answer = self.hosts[host].ask("rewind", steps=step_count)
        if answer["op"] == "error":
            assert answer["type"] == "protocol", answer
            assert self.foretold(step_count) in (0, None), (answer, self.copies)
            return
        undone = answer["undone"]
        assert len(undone) >= step_count, answer
        if len(undone) > len(self.timeline):  # back to before this example
            assert self.foretold(step_count) is None, (answer, self.copies)
            self.begin()
            return
        assert self.foretold(step_count) in (len(undone), None), (answer, self.copies)
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
        self.unseen += 1

    def fall_back(self, answer: Answer, kind: str) -> None:
        """A copy has taken over: of the state from before, but for what the answer says is lost."""
        assert (answer["op"], answer["type"]) == ("error", kind), answer
        restored = answer["restored"]
        lost = restored["lost"]
        assert lost == [entry.id for entry in self.timeline[len(self.timeline) - len(lost) :]], answer
        if self.unseen == 0:
            assert lost == [], answer
            assert restored["not_restored"] == [f"thread {name}" for name in self.world.threads], answer
        self.take_back(len(lost), restored["to"])

    def take_back(self, count: int, to: str) -> None:
        """The last entries are gone, and with them the copies of those states; threads are gone anyhow.

        The copy that has taken over parks one of its own.
        """
        del self.timeline[len(self.timeline) - count :]
        if self.timeline:
            assert to == self.timeline[-1].id
        self.world.threads.clear()
        self.copies = [each for each in self.copies if each < len(self.timeline)]
        self.unseen += 1

    @property
    def world(self) -> World:
        return self.timeline[-1].world if self.timeline else self.base

    def foretold(self, step_count: int) -> int | None:
        """How many evals a rewind undoes; 0 when it cannot, None when that is not known."""
        if self.unseen:
            return None
        enough = [each for each in self.copies if each <= len(self.timeline) - step_count]
        if enough:
            return len(self.timeline) - max(enough)
        return 0 if len(self.copies) == KEPT else None

    def settle(self) -> None:
        """Return when a copy of the present state is parked, and none is under way."""
        if self.unseen == 1:
            worker = self.wait_until(lambda worker: self.newest(worker) not in (None, *self.pids))
            self.copies = [*self.copies, len(self.timeline)][-KEPT:]
        elif self.unseen:
            since = time.monotonic()
            worker = self.wait_until(lambda worker: self.is_quiet(worker, since))
            self.copies = [len(self.timeline)]
        else:
            return
        self.pids = {each["pid"] for each in worker["checkpoints"]}
        self.unseen = 0

    def newest(self, worker: Answer) -> int | None:
        copies = worker["checkpoints"]
        return copies[-1]["pid"] if copies else None

    def is_quiet(self, worker: Answer, since: float) -> bool:
        """Whether the newest copy is younger than the last eval but has no younger one by now."""
        copies = worker["checkpoints"]
        waited_ms = (time.monotonic() - since) * 1000
        return bool(copies) and waited_ms > QUIET_MS and copies[-1]["age_ms"] > QUIET_MS

    def wait_until(self, holds: Callable[[Answer], bool]) -> Answer:
        """The worker's status when it is as wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(worker := self.hosts[0].worker()):
            assert time.monotonic() < deadline, worker
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
    with running("--grace", "0.1") as device:
        yield device
        assert not device.has_broken(), device.log()


@pytest.mark.slow
def test_the_worker_is_always_in_the_state_that_its_answers_say(device: Device) -> None:
    Machine.counts.clear()
    count = STEPS or STEPS_BY_DEFAULT
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        partial(Machine, device),
        settings=settings(
            max_examples=-(-count // STEPS_PER_EXAMPLE),
            stateful_step_count=STEPS_PER_EXAMPLE,
            derandomize=not STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert sum(Machine.counts.values()) >= count, Machine.counts
