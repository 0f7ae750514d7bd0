"""What workers define, as hosts are told of it: revisions, what survives a death, what fits in a line, who is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_server import wire
from device_server.symbols import Symbols
from middleware.mirror import Mirror, apply
from tests.device_server.device import Device, Host, running
from tests.device_server.follower import Descriptions, Follower


class Source:
    """A symbol source that says what it was given."""

    def __init__(self, **described: wire.JSON) -> None:
        self.untold: wire.Message = {}
        self.described: wire.Message = described

    def begin(self) -> None: ...

    def changes(self) -> wire.Message:
        changes, self.untold = self.untold, {}
        return changes

    def sweep(self) -> None: ...

    def everything(self) -> wire.Message:
        return dict(self.described)

    def describe(self, name: str) -> wire.Message | None:
        return self.described.get(name)  # type: ignore[return-value]


LIMIT_BYTES = 32 * 1024


def variables(count: int, doc: str = "") -> wire.Message:
    """A namespace with so many symbols."""
    symbols: wire.Message = {f"v{number}": {"type": "variable", "doc": doc} for number in range(count)}
    return {"lang": "python", "is_new": True, "symbols": symbols}


def told(symbols: Symbols) -> list[dict[str, Any]]:
    return [json.loads(line) for line in symbols.changes()]


def test_each_change_names_the_state_it_makes_and_the_one_it_is_made_of() -> None:
    source = Source()
    symbols = Symbols([source])
    first = symbols.rev
    assert told(symbols) == []
    source.untold = {"a": None}
    assert told(symbols) == [{"op": "symbols", "rev": symbols.rev, "base": first, "changes": {"a": None}}]
    assert symbols.rev != first


def test_a_copy_that_takes_over_starts_from_its_state_and_names_new_ones_anew() -> None:
    source = Source()
    symbols = Symbols([source])
    parked = symbols.rev
    source.untold = {"a": None}
    lost = told(symbols)[0]["rev"]
    symbols = Symbols([source])
    symbols.rev = parked
    symbols.take_over()
    assert json.loads(symbols.announcement()) == {"op": "symbols", "rev": parked}
    source.untold = {"b": None}
    (message,) = told(symbols)
    assert (message["base"], message["rev"] in (parked, lost)) == (parked, False)


def test_a_failure_to_tell_makes_a_state_that_nobody_knows() -> None:
    symbols = Symbols([Source()])
    before = symbols.rev
    message = json.loads(symbols.lost(MemoryError()))
    assert "changes" not in message
    assert message["rev"] == symbols.rev != before


@pytest.mark.parametrize("sizes", [{"a": 400}, {"a": 200, "b": 3, "c": 180}])
def test_a_change_that_fits_in_no_line_is_told_in_several_that_follow_each_other(sizes: dict[str, int]) -> None:
    source = Source()
    source.untold = {name: variables(count, doc="d" * 60) for name, count in sizes.items()}
    symbols = Symbols([source], LIMIT_BYTES)
    base, mirror = symbols.rev, Mirror()
    lines = list(symbols.changes())
    assert len(lines) > 1
    for line in lines:
        assert len(line) <= LIMIT_BYTES
        message = json.loads(line)
        assert message["base"] == base
        base, mirror = message["rev"], apply(mirror, message["changes"], {})
    assert base == symbols.rev
    assert {name: len(mirror.namespaces[name].symbols) for name in sizes} == sizes


def test_an_answer_that_fits_in_no_line_leaves_namespaces_to_be_asked_for() -> None:
    sources = [Source(big=variables(200, "d" * 50), bigger=variables(200, "d" * 60), small=variables(3))]
    symbols = Symbols(sources, LIMIT_BYTES)
    answer = symbols.everything()
    assert len(wire.encode(answer)) <= LIMIT_BYTES
    mirror = apply(Mirror(), answer["changes"], {})  # type: ignore[arg-type]
    while hashes := mirror.unknown_hashes():
        answer = symbols.describe(hashes)
        assert len(wire.encode(answer)) <= LIMIT_BYTES
        mirror = apply(mirror, answer["changes"], {})  # type: ignore[arg-type]
    sizes = {name: len(namespace.symbols) for name, namespace in mirror.namespaces.items()}
    assert sizes == {"big": 200, "bigger": 200, "small": 3}


@pytest.mark.parametrize(("count", "doc", "kept"), [(100, "d" * 1000, 100), (1400, "", 700)])
def test_a_namespace_that_fits_in_no_line_is_told_without_texts_and_then_in_part(
    count: int, doc: str, kept: int
) -> None:
    answer = Symbols([Source(huge=variables(count, doc))], LIMIT_BYTES).describe(["huge@1"])
    assert len(wire.encode(answer)) <= LIMIT_BYTES
    mirror = apply(Mirror(), answer["changes"], {})  # type: ignore[arg-type]
    assert len(mirror.namespaces["huge"].symbols) == kept


def test_a_namespace_that_is_gone_is_described_as_such() -> None:
    assert Symbols([Source()]).describe(["gone@1"])["changes"] == {"gone": None}


def test_every_client_that_wants_to_know_is_told_and_nobody_else(device: Device, host: Host) -> None:
    assert "symbols" in host.welcome["caps"]
    with device.connect("symbols") as other:
        other.ask("symbols")
        other.taken("symbols")
        host.eval("told_to_others = 1")
        assert "told_to_others" in other.wait_for("symbols")["changes"]["__main__"]["symbols"]
    assert [each for each in host.unread() if each["op"] == "symbols"] == []


def test_changes_come_before_the_value_that_they_belong_to(mirroring: Host) -> None:
    mirroring.taken("symbols")
    mirroring.start("(def a 1) (do (def b 2) (/ 1 0)) (def c 3) (def d ", lang="basilisp")
    seen: list[str] = []
    while not seen or seen[-1] != "error":
        message = mirroring.next()
        seen += list(message["changes"]["user"]["symbols"]) if message["op"] == "symbols" else [message["op"]]
    assert seen == ["a", "value", "b", "fault", "c", "value", "error"]


def test_questions_about_symbols_go_before_jobs_that_wait(mirroring: Host) -> None:
    busy, waiting = mirroring.start("print('busy')\nimport time; time.sleep(0.2)"), mirroring.start("1")
    mirroring.wait_for_text("busy")
    asked = mirroring.request("symbols", describe=["sys@"])
    ended = [mirroring.wait_for("result")["id"] for _ in range(3)]
    assert ended == [busy, asked, waiting]


def test_an_interrupt_that_comes_while_symbols_are_told_spoils_no_frame(mirroring: Host) -> None:
    source = "\n".join(f"def f{number}(x): 'Doc.'" for number in range(3000))
    for _ in range(5):
        number = mirroring.start(f"{source}\nprint('told')\nwhile True: pass")
        mirroring.wait_for_text("told")
        mirroring.ask("interrupt", target=number)
        assert mirroring.answer(number)["type"] == "interrupted"
    assert len(Follower(mirroring).namespace("__main__").symbols) >= 3000


def test_twenty_thousand_symbols_are_told_and_known(mirroring: Host, follower: Follower) -> None:
    source = "\n".join(f"def g{number}(x): 'Doc {number}.'" for number in range(20_000))
    assert mirroring.ask("load", source=source, file="/p/huge.py", name="huge", lang="python")["op"] == "result"
    huge = follower.namespace("huge")
    assert (len(huge.symbols), huge.symbols["g19999"].line) == (20_000, 20_000)
    assert follower.times_lost == 0


@pytest.fixture(scope="module")
def mortal() -> Iterator[Device]:
    """A device whose workers die often."""
    with running() as device:
        yield device


CRASH = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def test_after_a_crash_a_host_knows_the_state_that_is_back(mortal: Device) -> None:
    with mortal.connect("symbols") as host:
        follower = Follower(host)
        host.eval("kept = 1")
        wait_for_checkpoint(host)
        assert host.eval(f"lost = 1\n{CRASH}")["restored"] is not None
        symbols = follower.namespace("__main__").symbols
        assert ("kept" in symbols, "lost" in symbols) == (True, False)
        host.eval("after = 1")
        assert follower.symbol("__main__", "after") is not None
        assert follower.times_lost == 0


def test_a_worker_that_starts_anew_makes_hosts_ask(mortal: Device) -> None:
    with running("--no-fork") as device, device.connect("symbols") as host:
        follower = Follower(host)
        host.eval("gone = 1")
        assert host.eval(CRASH)["restored"] is None
        host.eval("after = 1")
        assert follower.symbol("__main__", "gone") is None
        assert follower.times_lost > 0


def wait_for_checkpoint(host: Host) -> None:
    """Until what has ended is in a copy."""
    before = {copy["pid"] for copy in host.worker()["checkpoints"]}
    for _ in range(1000):
        if {copy["pid"] for copy in host.worker()["checkpoints"]} - before:
            return
    raise AssertionError(before)


NAMES = st.sampled_from("abcd")
STEPS = st.one_of(
    st.tuples(st.just("python"), st.builds("{0} = 1".format, NAMES)),
    st.tuples(st.just("python"), st.builds("def {0}(x): 'Doc.'".format, NAMES)),
    st.tuples(st.just("python"), st.builds("globals().pop('{0}', None)".format, NAMES)),
    st.tuples(st.just("python"), st.builds("import {0}".format, st.sampled_from(["json", "textwrap", "queue"]))),
    st.tuples(st.just("python"), st.just(CRASH)),
    st.tuples(st.just("basilisp"), st.builds("(def {0} 1)".format, NAMES)),
    st.tuples(st.just("basilisp"), st.builds("(defn {0} [x] x)".format, NAMES)),
    st.tuples(st.just("basilisp"), st.builds("(ns-unmap 'user '{0})".format, NAMES)),
    st.tuples(st.just("basilisp"), st.builds("(ns n{0} (:require [basilisp.set :as s])) (def x 1)".format, NAMES)),
    st.tuples(st.just("basilisp"), st.builds("(remove-ns 'n{0})".format, NAMES)),
    st.tuples(st.just("rewind"), st.just("")),
)


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(STEPS, max_size=12))
def test_following_every_message_comes_to_the_same_as_asking_for_everything(
    mortal: Device, descriptions: Descriptions, steps: list[tuple[str, str]]
) -> None:
    with mortal.connect("symbols") as host:
        follower = Follower(host, descriptions)
        for lang, code in steps:
            if lang == "rewind":
                host.ask("rewind")
            else:
                host.eval(code, lang=lang, ns="user" if lang == "basilisp" else "")
        everything = follower.everything()
        assert follower.follow() == everything
