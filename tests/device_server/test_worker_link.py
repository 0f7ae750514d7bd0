"""A worker's place: the queue, stopping what runs or waits, time limits, and what a crash costs."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from device_server import wire
from tests.device_server.device import Device, Host, running, wait_until

BUSY = "print('busy')\nwhile True: pass"
DEAF = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); print('busy')\nwhile True: pass"


def test_evals_of_all_clients_run_in_the_order_of_arrival(device: Device, host: Host, netcat: Host) -> None:
    host.eval("order = []")
    for each, name in ((host, "a"), (netcat, "b"), (host, "c"), (netcat, "d")):
        each.start(f"order.append({name!r})")
        each.ask("ping")  # it has arrived
    assert netcat.eval("order")["value"] == "['a', 'b', 'c', 'd']"


@pytest.mark.parametrize(
    ("lang", "code"),
    [
        ("python", BUSY),
        ("python", "print('busy')\nimport time; time.sleep(1000)"),
        ("python", "print('busy')\nimport subprocess; subprocess.run(['sleep', '1000'])"),
        ("python", "print('busy')\nimport threading; threading.Lock().acquire() and threading.Event().wait()"),
        ("python", "print('busy')\nimport asyncio; await asyncio.sleep(1000)"),
        ("basilisp", '(println "busy") (loop [] (recur))'),
        ("basilisp", '(println "busy") (iterate inc 0)'),
        ("basilisp", '(do (println "busy") (reduce + (range)))'),
    ],
)
def test_a_running_eval_is_interrupted_and_the_worker_lives_on(host: Host, lang: str, code: str) -> None:
    worker = host.worker()
    number = host.start(code, lang=lang)
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    answer = host.answer(number)
    assert (answer["op"], answer["type"]) == ("error", "interrupted")
    assert host.eval("'alive'")["value"] == "'alive'"
    assert host.worker()["pid"] == worker["pid"]


def test_an_eval_that_ignores_the_interrupt_is_ended_with_its_worker(host: Host) -> None:
    number, waiting = host.start(DEAF), host.start("'next'")
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    answer = host.answer(number)
    assert answer["type"] == "interrupted"
    assert "replaced" in answer["error"]
    assert host.answer(waiting)["value"] == "'next'"


def test_an_eval_that_catches_the_interrupt_and_ends_keeps_its_value(host: Host) -> None:
    number = host.start("try:\n  print('busy')\n  while True: pass\nexcept KeyboardInterrupt: pass\n'caught'")
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=number)["op"] == "idle"
    assert host.answer(number)["value"] == "'caught'"


def test_a_waiting_eval_is_interrupted_and_never_runs(host: Host) -> None:
    host.eval("ran = []")
    first, second, third = host.start(BUSY), host.start("ran.append(2)"), host.start("ran.append(3)")
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=second)["op"] == "interrupted"
    assert host.answer(second)["type"] == "interrupted"
    host.ask("interrupt", target=first)
    assert host.answer(third)["op"] == "result"
    assert host.eval("ran")["value"] == "[3]"


def test_an_interrupt_as_the_eval_ends_harms_nothing(host: Host) -> None:
    """Whoever comes first, there is one answer each, they agree, and the next eval is untouched."""
    chance, worker, outcomes = random.Random(1), host.worker(), set[str]()
    for turn in range(300):
        number = host.start(f"sum(range({chance.randrange(3000)}))")
        for _ in range(chance.randrange(4000)):
            pass  # the delay, of work
        stop = host.request("interrupt", target=number)
        following = host.start(str(turn))
        answer, stopped = host.answer(number), host.answer(stop)
        outcomes.add(answer["op"])
        assert (answer.get("type") == "interrupted") == (stopped["op"] == "interrupted"), (answer, stopped)
        assert stopped["op"] in ("interrupted", "idle", "id-mismatch")
        assert host.answer(following)["value"] == str(turn)
    assert host.unread() == []
    assert host.worker()["pid"] == worker["pid"]
    assert "result" in outcomes


def test_interrupting_the_same_eval_twice_answers_both(host: Host) -> None:
    number = host.start(BUSY)
    host.wait_for_text("busy")
    host.send(b"".join(wire.encode({"op": "interrupt", "id": stop, "target": number}) for stop in ("a", "b")))
    assert [host.answer(stop)["op"] for stop in ("a", "b")] == ["interrupted", "interrupted"]
    assert host.answer(number)["type"] == "interrupted"
    assert host.unread() == []


def test_an_eval_over_its_time_limit_is_stopped(host: Host) -> None:
    pid = host.worker()["pid"]
    answer = host.eval("while True: pass", timeout_ms=50)
    assert (answer["op"], answer["type"]) == ("error", "timeout")
    assert host.eval("'alive'")["value"] == "'alive'"
    assert host.worker()["pid"] == pid


def test_the_time_limit_counts_from_the_start_not_the_arrival(host: Host) -> None:
    first = host.start("while True: pass", timeout_ms=100)
    second = host.start("'waited'", timeout_ms=50)
    assert host.answer(first)["type"] == "timeout"
    assert host.answer(second)["value"] == "'waited'"


@pytest.mark.parametrize("limit_ms", [0, -1, 2**63 - 1])
def test_a_time_limit_that_is_none_stops_nothing(host: Host, limit_ms: int) -> None:
    assert host.eval("sum(range(1000))", timeout_ms=limit_ms)["value"] == "499500"


def test_a_crash_costs_the_eval_that_ran_and_no_other(device: Device, host: Host, netcat: Host) -> None:
    first = host.start(BUSY)
    host.wait_for_text("busy")
    second, third = host.start("import os; os._exit(9)"), netcat.start("'mine'")
    fourth = host.start("'kept'")
    netcat.ask("ping")
    host.ask("interrupt", target=first)
    assert [host.answer(number)["type"] for number in (first, second)] == ["interrupted", "crash"]
    assert netcat.answer(third)["value"] == "'mine'"
    assert host.answer(fourth)["value"] == "'kept'"
    assert host.unread() == [] == netcat.unread()


def test_all_output_of_a_crashed_eval_comes_before_its_error(host: Host) -> None:
    *before, answer = host.answers(host.start("import os; print('a' * 100_000); print('last', end=''); os._exit(1)"))
    assert answer["type"] == "crash"
    assert "".join(message["text"] for message in before) == "a" * 100_000 + "\nlast"


@pytest.mark.parametrize(("checkpoints", "generation"), [("0", 6), ("5", 1)])
def test_crash_after_crash_is_answered(checkpoints: str, generation: int) -> None:
    """Without copies each crash begins the next generation; with them the first goes on."""
    with running("--checkpoints", checkpoints) as device, device.connect() as host:
        host.eval("1")
        if checkpoints != "0":
            wait_until(lambda: host.worker()["checkpoints"])
        numbers = [host.start(f"import os; os._exit({code})") for code in range(1, 6)]
        assert [host.answer(number)["root_ex"] for number in numbers] == [f"exit code {code}" for code in range(1, 6)]
        assert host.eval("1")["generation"] == generation


def test_all_output_comes_before_the_value_whoever_wrote_it(host: Host) -> None:
    code = "import os; print('a'); os.write(1, b'b'); os.system('printf c'); os.write(2, b'd'); print('e' * 200_000)"
    *before, answer = host.answers(host.start(code))
    assert answer["value"] == "None"
    texts = {name: "".join(each["text"] for each in before if each["stream"] == name) for name in ("out", "err")}
    assert texts == {"out": "a\nbc" + "e" * 200_000 + "\n", "err": "d"}


def test_output_after_the_eval_belongs_to_it_until_the_next(host: Host) -> None:
    host.eval("import os, sys, threading; r, w = os.pipe()")
    code = "threading.Thread(target=lambda: sys.stdout.write(str(os.read(r, 9)))).start()"
    number = host.start(code)
    writing = int(host.eval("w")["value"])
    last = host.start(f"pid = os.getpid(); {writing}")
    host.answers(last)
    with open(f"/proc/{host.worker()['pid']}/fd/{writing}", "wb") as pipe:
        pipe.write(b"late")
    out = host.wait_for("out")
    assert (out["id"], out["text"]) == (last, "b'late'")
    assert number < last


def test_without_the_cap_output_comes_with_the_answer(netcat: Host) -> None:
    answer = netcat.eval("import sys; print('a'); print('b', file=sys.stderr); 1")
    assert (answer["out"], answer["err"], answer["value"]) == ("a\n", "b\n", "1")
    assert netcat.unread() == []


def test_a_result_says_where_and_when_it_was_made(host: Host) -> None:
    answer = host.eval("1")
    assert (answer["worker"], answer["lang"]) == ("main", "python")
    assert answer["generation"] == host.worker()["generation"]
    assert answer["ms"] > 0


def broken_basilisp(folder: Path) -> dict[str, str]:
    """An environment in which Basilisp is found, but cannot be imported."""
    package = folder / "basilisp"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('broken on purpose')")
    return {"PYTHONPATH": str(folder)}


def test_when_no_worker_can_be_started_requests_are_refused_not_kept(tmp_path: Path) -> None:
    with running(environment=broken_basilisp(tmp_path)) as device, device.connect() as host:
        for _ in range(2):
            answer = host.eval("1")
            assert (answer["op"], answer["type"]) == ("error", "crash")
            assert "No worker can be started" in answer["error"]


def test_a_zygote_that_cannot_start_is_not_started_for_ever(tmp_path: Path) -> None:
    with running(environment=broken_basilisp(tmp_path)) as device, device.connect() as host:
        wait_until(lambda: host.ask("status")["uptime_ms"] >= 1500)
        assert device.log().count("The zygote ended") <= 5


def test_a_time_limit_keeps_nothing_of_an_eval_that_has_ended(host: Host) -> None:
    code = f"'{'x' * 4_000_000}'[:1]"
    host.eval(code)
    before = host.rss_bytes()
    for _ in range(16):
        host.eval(code, timeout_ms=3_600_000)
    assert host.rss_bytes() - before < 32 * 1024 * 1024


# Those who watch


def test_watchers_hear_the_output_of_others_and_not_their_own_twice(device: Device, host: Host) -> None:
    with device.connect("out", "watch") as watcher:
        host.eval("import sys; sys.stdout.write('mine')", session="a")
        heard = watcher.wait_for("out")
        assert (heard["text"], heard["worker"], "id" in heard) == ("mine", "main", False)
        number = watcher.start("sys.stdout.write('own')")
        assert [each["op"] for each in watcher.answers(number)] == ["out", "result"]
        assert "out" not in [message["op"] for message in watcher.unread()]


def test_watchers_hear_of_a_death_and_whose_evals_it_has_cost(device: Device, host: Host) -> None:
    with device.connect("out", "watch") as watcher:
        watcher.eval("1", session="watcher")
        number = watcher.start("import time; time.sleep(0); made = 1", session="loser")
        watcher.answer(number)
        assert host.eval("import os; os.abort()", session="crasher")["type"] == "crash"
        told = watcher.wait_for("died")
        assert (told["session"], told["worker"]) == ("crasher", "main")
        assert "SIGABRT" in told["error"]
        assert isinstance(told["restored"], dict)
        assert all(set(lost) == {"session", "code"} for lost in told["lost"])
        assert "died" not in [message["op"] for message in watcher.unread()]


def test_watchers_hear_of_a_death_of_an_idle_worker(device: Device, host: Host) -> None:
    with device.connect("out", "watch") as watcher:
        host.eval("1")
        os.kill(host.worker()["pid"], signal.SIGKILL)
        told = watcher.wait_for("died")
        assert told["session"] is None
        assert "SIGKILL" in told["error"]


def test_a_rewind_is_no_death(device: Device, host: Host) -> None:
    with device.connect("out", "watch") as watcher:
        host.eval("x = 1")
        host.ask("rewind")
        assert [message["op"] for message in watcher.unread() if message["op"] == "died"] == []


def test_watchers_hear_that_the_state_is_lost() -> None:
    with running("--checkpoints=0") as device, device.connect() as host, device.connect("watch") as watcher:
        assert host.eval("import os; os.abort()", session="crasher")["restored"] is None
        told = watcher.wait_for("died")
        assert (told["session"], told["restored"], told["lost"]) == ("crasher", None, [])
