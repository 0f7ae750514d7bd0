"""Asking the process that reads Python code: it may be slow, be killed, never start, and goes with its owner."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import trio
import trio.testing

from bridge import analyst_link
from bridge.analyst_link import AnalystLink
from bridge.analyst_questions import LIMIT_S
from tests.bridge.analyst import question

READY: Final = """
import json, os, sys, time
def say(**keys):
    print(json.dumps({"names": [], "typed": keys}), flush=True)
say()
"""
ECHO: Final = f"""{READY}
for line in sys.stdin:
    asked = json.loads(line)
    if asked["code"] == "hang":
        time.sleep(60)
    if asked["code"] == "die":
        os._exit(1)
    say(code=asked["code"], pid=os.getpid(), unsaved=sorted(asked["unsaved"]))
    if asked["code"] == "last":
        break
"""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take a while to start a process."""
    monkeypatch.setattr(analyst_link, "STARTING_PATIENCE_S", 20.0)


@asynccontextmanager
async def linked(tmp_path: Path, program: str) -> AsyncIterator[AnalystLink]:
    """A link to a process that runs `program`."""
    link = AnalystLink(tmp_path, (sys.executable, "-c", program))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        yield link
        nursery.cancel_scope.cancel()


async def told(
    link: AnalystLink, code: str, asker: object = None, op: str = "complete", unsaved: dict[str, str] | None = None
) -> dict[str, Any]:
    """What ECHO says; empty when there is no answer."""
    answer = await link.ask(asker or object(), {**question(code, op=op), "unsaved": unsaved or {}})
    return {} if answer is None else answer["typed"]


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_questions_are_answered_by_one_process(tmp_path: Path) -> None:
    async with linked(tmp_path, ECHO) as link:
        first, second = await told(link, "a"), await told(link, "b")
    assert (first["code"], second["code"]) == ("a", "b")
    assert first["pid"] == second["pid"]


async def test_the_process_is_started_when_it_is_first_needed(tmp_path: Path) -> None:
    started = tmp_path / "started"
    async with linked(tmp_path, f"open({str(started)!r}, 'w')\n{ECHO}") as link:
        await trio.testing.wait_all_tasks_blocked()
        assert not started.exists()
        await told(link, "a")
        assert started.exists()


async def test_nobody_waits_for_a_process_that_is_long_in_starting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyst_link, "STARTING_PATIENCE_S", 0.05)
    async with linked(tmp_path, "import time; time.sleep(60)") as link:
        with trio.fail_after(1):
            assert await told(link, "a") == {}


@pytest.mark.parametrize("code", ["hang", "die"])
async def test_a_process_that_does_not_answer_is_replaced(
    tmp_path: Path, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with linked(tmp_path, ECHO) as link:
        before = await told(link, "a")
        monkeypatch.setattr(analyst_link, "LIMIT_S", 0.2)
        assert await told(link, code) == {}
        monkeypatch.setattr(analyst_link, "LIMIT_S", 20)
        after = await told(link, "b")
    assert after["code"] == "b"
    assert after["pid"] != before["pid"]
    assert not is_there(before["pid"])


async def test_a_process_that_has_ended_by_itself_is_replaced(tmp_path: Path) -> None:
    async with linked(tmp_path, ECHO) as link:
        before = await told(link, "last")
        await trio.to_thread.run_sync(os.waitid, os.P_PID, before["pid"], os.WEXITED | os.WNOWAIT)
        assert (await told(link, "b"))["pid"] != before["pid"]


async def test_later_candidates_take_the_place_of_those_that_wait(tmp_path: Path) -> None:
    answers: dict[str, dict[str, Any]] = {}

    async def ask(link: AnalystLink, code: str, asker: object, op: str) -> None:
        answers[code] = await told(link, code, asker, op)

    mine, yours = object(), object()
    asked = (
        ("x", mine, "complete"), ("x.", mine, "complete"), ("doc", mine, "look_up"), ("y", yours, "complete"),
        ("x.a", mine, "complete"),
    )  # fmt: skip
    link = AnalystLink(tmp_path, (sys.executable, "-c", ECHO))
    async with trio.open_nursery() as nursery:
        async with trio.open_nursery() as askers:
            for code, asker, op in asked:
                askers.start_soon(ask, link, code, asker, op)
                await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(link.run)
        nursery.cancel_scope.cancel()
    assert {code for code, answer in answers.items() if answer} == {"doc", "y", "x.a"}


async def test_a_text_that_the_process_knows_is_not_told_again(tmp_path: Path) -> None:
    async with linked(tmp_path, ECHO) as link:
        texts = ({"a.py": "1"}, {"a.py": "1"}, {"a.py": "1", "b.py": "1"}, {"a.py": "2", "b.py": "1"})
        seen = [(await told(link, "x", unsaved=unsaved))["unsaved"] for unsaved in texts]
        assert seen == [["a.py"], [], ["b.py"], ["a.py"]]
        pid = (await told(link, "last"))["pid"]
        await trio.to_thread.run_sync(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert (await told(link, "x", unsaved={"a.py": "2"}))["unsaved"] == ["a.py"]


@pytest.mark.parametrize("command", [("/nonexistent",), (sys.executable, "-c", "raise SystemExit")])
async def test_a_process_that_does_not_start_is_given_a_rest(
    tmp_path: Path, command: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    link = AnalystLink(tmp_path, command)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        with caplog.at_level(logging.WARNING):
            assert [await told(link, "a"), await told(link, "b")] == [{}, {}]
        nursery.cancel_scope.cancel()
    assert len(caplog.records) == 1


async def test_nothing_is_left_when_the_owner_is_cancelled(tmp_path: Path) -> None:
    async with linked(tmp_path, ECHO) as link:
        pid = (await told(link, "a"))["pid"]
    assert not is_there(pid)


@pytest.mark.slow
async def test_hostile_code_is_answered_within_the_limit_and_so_is_the_next_question(tmp_path: Path) -> None:
    link = AnalystLink(tmp_path)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        while await link.ask(None, question("x")) is None:
            pass  # it is not warm yet
        code = "a.b" * 50_000
        with trio.fail_after(LIMIT_S + 1):
            await link.ask(None, question(code, [f"y = {code}"]))
        while (answer := await link.ask(None, question("x.", ["x = 'a'"]))) is None:
            pass
        assert "upper" in {each["name"] for each in answer["names"]}
        nursery.cancel_scope.cancel()


OWNER: Final = """
import os, sys, trio, trio.testing
from pathlib import Path
from bridge.analyst_link import AnalystLink
from tests.bridge.analyst import question
async def main():
    link = AnalystLink(Path.cwd())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.run)
        while await link.ask(None, question("x")) is None:
            pass
        nursery.start_soon(link.ask, None, question("x", file=sys.argv[1]))
        await trio.testing.wait_all_tasks_blocked()
        os.kill(os.getpid(), 9)
trio.run(main)
"""


@pytest.mark.slow
def test_a_process_that_answers_for_ever_does_not_outlive_its_killed_owner(tmp_path: Path, project_root: Path) -> None:
    endless = tmp_path / "module.py"
    os.mkfifo(endless)  # who reads it waits for ever
    command = [sys.executable, "-c", OWNER, str(endless)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=project_root) as owner:
        assert owner.stderr is not None
        assert owner.stderr.read() == b""  # it ends when nobody has it open any more, its child included
    assert owner.returncode == -signal.SIGKILL
