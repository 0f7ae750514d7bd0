"""Workers that are not forked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.device import Device, Host, children, running


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    """A device server that starts each worker afresh."""
    with running("--no-fork") as device:
        yield device
        assert not device.has_broken(), device.log()


@pytest.mark.parametrize(("lang", "code"), [("python", "1 + 2"), ("basilisp", "(+ 1 2)")])
def test_both_languages_are_there(host: Host, lang: str, code: str) -> None:
    assert host.eval(code, lang=lang)["value"] == "3"


def test_there_is_no_zygote_and_there_are_no_copies(device: Device, host: Host) -> None:
    host.eval("1")
    assert children(device.process.pid) == [host.worker()["pid"]]
    assert host.worker()["checkpoints"] == []


def test_a_crash_loses_the_state_and_the_next_worker_is_of_the_next_generation(host: Host) -> None:
    host.eval("x = 1")
    before = host.worker()["generation"]
    answer = host.eval("import os; os.abort()")
    assert (answer["type"], answer["restored"]) == ("crash", None)
    assert host.eval("x")["ex"] == "NameError"
    assert host.worker()["generation"] == before + 1


def test_an_interrupt_and_output_and_input_work_as_in_a_forked_one(host: Host) -> None:
    number = host.start("print('busy')\nwhile True: pass")
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.answer(number)["type"] == "interrupted"
    asking = host.start("input('name? ')")
    host.wait_for_text("name? ")
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": asking, "text": "Ada\n"})
    assert host.answer(asking)["value"] == "'Ada'"


def test_a_file_in_the_working_directory_does_not_stand_before_our_modules(host: Host) -> None:
    assert host.eval("import sys; sys.path[0]")["value"] == "''"
