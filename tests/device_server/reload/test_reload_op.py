"""Edits as a device takes them: what is answered, who else hears of it, and what a crash or an interrupt costs."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TypeAlias

import pytest

from tests.device_server.device import Answer, Device, Host
from tests.device_server.parking import park

Reload: TypeAlias = Callable[..., Answer]
ACK = {"tier", "state", "reason", "stale", "reloaded", "ms", "phases", "generation"}

_numbers = itertools.count(1)


class Module:
    """A module of its own for each test, loaded on the device."""

    def __init__(self, host: Host, text: str) -> None:
        self.host = host
        self.name = f"edited_{next(_numbers)}"
        self.path = f"/src/{self.name}.py"
        answer = host.ask("load", source=text, file=self.path, name=self.name, lang="python")
        assert answer["op"] == "result", answer

    def file(self, text: str | None, **keys: object) -> dict[str, object]:
        return {"path": self.path, "source": text, "name": self.name, "lang": "python", **keys}

    def start(self, text: str | None, **keys: object) -> int:
        return self.host.request("reload", files=[self.file(text, **keys)])

    def reload(self, text: str | None, **keys: object) -> Answer:
        return self.host.answer(self.start(text, **keys))

    def value(self, code: str) -> object:
        answer = self.host.eval(code, ns=self.name)
        return answer.get("value", answer.get("ex"))


@pytest.fixture
def module(host: Host) -> Module:
    return Module(host, "def price():\n    return 1\n\nseen = []\n")


def test_an_edit_is_acknowledged_with_what_it_did(module: Module) -> None:
    module.value("seen.append(1)")
    answer = module.reload("def price():\n    return 2\n\nseen = []\n")
    assert answer["op"] == "result"
    assert answer.keys() >= ACK
    assert answer["reloaded"] == [module.name]
    assert answer["phases"].keys() == {"classify", "apply"}
    assert module.value("price()") == "2"


def test_the_same_text_changes_nothing(module: Module) -> None:
    answer = module.reload("def price():\n    return 1\n\nseen = []\n")
    assert (answer["tier"], answer["state"], answer["reloaded"], answer["reason"]) == ("none", "kept", [], "")


def test_what_is_not_loaded_and_what_is_gone_is_said(module: Module) -> None:
    unknown = {"path": "/src/never.py", "source": "1/0", "name": "never"}
    assert module.host.ask("reload", files=[unknown])["reason"] == "not loaded"
    assert module.reload(None)["reason"] == f"{module.path} is gone; what was loaded from it stays"
    assert module.value("price()") == "1"


def test_a_forced_file_runs_again(module: Module) -> None:
    module.value("exec('seen.append(1)')")
    assert module.reload("def price():\n    return 1\n\nseen = []\n", force=True)["reloaded"] == [module.name]
    assert module.value("seen") == "[]"


def test_an_edit_that_does_not_compile_changes_nothing_and_says_where(module: Module) -> None:
    other = Module(module.host, "x = 1")
    answer = module.host.ask("reload", files=[other.file("x = 2"), module.file("def price():\n    return (")])
    assert (answer["op"], answer["type"], answer["ex"]) == ("error", "compile", "SyntaxError")
    assert (answer["location"]["file"], answer["location"]["line"]) == (module.path, 2)
    assert answer["phases"].keys() == {"classify"}
    assert (module.value("price()"), other.value("x")) == ("1", "1")


def test_an_edit_that_fails_leaves_nothing_and_says_where(module: Module) -> None:
    other = Module(module.host, "x = 1")
    texts = ("x = 2", "def price():\n    return 2\n\nseen = []\nmore = 1 / 0\n")
    answer = module.host.ask("reload", files=[other.file(texts[0]), module.file(texts[1])])
    assert (answer["type"], answer["ex"], answer["tier"]) == ("runtime", "ZeroDivisionError", "structural")
    assert (answer["location"]["file"], answer["location"]["line"]) == (module.path, 5)
    assert (module.value("price()"), other.value("x"), module.value("more")) == ("1", "1", "NameError")
    assert module.reload(texts[1].replace("1 / 0", "3"))["op"] == "result"
    assert (module.value("price()"), module.value("more")) == ("2", "3")


def test_what_an_edit_writes_goes_out_as_output(module: Module) -> None:
    number = module.start("print('from the edit')\ndef price():\n    return 2\n")
    *before, _ = module.host.answers(number)
    assert [each["text"] for each in before if each["op"] == "out"] == ["from the edit\n"]


def test_an_edit_is_interrupted_and_taken_back(module: Module) -> None:
    number = module.start("def price():\n    return 2\nprint('busy')\nwhile True: pass\n")
    module.host.wait_for_text("busy")
    assert module.host.ask("interrupt", target=number)["op"] == "interrupted"
    assert module.host.answer(number)["type"] == "interrupted"
    assert module.value("price()") == "1"


def test_a_copy_is_forked_right_before_the_edit_only_if_that_runs_code(module: Module) -> None:
    module.value("price()")
    swapped = module.reload("def price():\n    return 2\n\nseen = []\n")
    run = module.reload("def price():\n    return 2\n\nseen = []\nmore = 1\n")
    assert (swapped["tier"], swapped["phases"].keys()) == ("literal", {"classify", "apply"})
    assert (run["tier"], run["phases"].keys()) == ("structural", {"classify", "checkpoint", "apply"})


def test_an_edit_that_was_rehearsed_after_a_pause_is_there_as_before(module: Module) -> None:
    module.reload("def price():\n    return 2\n\nseen = []\n")
    park(module.host)
    assert module.value("price()") == "2"
    module.reload("def price():\n    return 3\n\nseen = []\n")
    assert module.value("price()") == "3"


CRASHES = {
    "a signal": ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
    "an exit": ("import os; os._exit(3)", "3"),
    "a kill": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
}


@pytest.mark.parametrize(("code", "words"), CRASHES.values(), ids=CRASHES)
def test_an_edit_that_kills_the_worker_is_not_applied(module: Module, code: str, words: str) -> None:
    generation = module.host.worker()["generation"]
    module.value("exec('seen.append(1)')")  # just before: no pause in which a copy would be parked anyway
    answer = module.reload(f"def price():\n    return 2\n{code}\n")
    assert (answer["op"], answer["type"]) == ("error", "crash")
    assert words in answer["error"]
    assert "The edit was not applied; the code from before it runs on" in answer["error"]
    assert answer["restored"]["lost"] == []
    assert (module.value("price()"), module.value("seen")) == ("1", "[1]")
    assert module.host.worker()["generation"] == generation
    assert module.reload("def price():\n    return 3\n\nseen = []\n")["reloaded"] == [module.name]
    assert module.value("price()") == "3"


def test_an_edit_can_be_rewound_and_made_again(module: Module) -> None:
    text = "def price():\n    return 2\n\nseen = []\n"
    park(module.host)
    module.reload(text)
    assert module.host.ask("rewind")["op"] == "result"
    assert module.value("price()") == "1"
    assert module.reload(text)["reloaded"] == [module.name]


HOOKS = """
from device_server.reload.hooks import after_reload, before_reload
calls = []

@before_reload
def stop():
    calls.append("stop")

@after_reload
def start():
    calls.append("start")
"""


def test_hooks_are_called_around_each_edit(module: Module) -> None:
    hooked = Module(module.host, HOOKS)
    module.reload("def price():\n    return 2\n")
    assert hooked.value("calls") == "['stop', 'start']"
    answer = module.reload("def price():\n    return 3\n1/0\n")
    assert answer["error"] == "ZeroDivisionError: division by zero"
    assert hooked.value("calls") == "['stop', 'start', 'stop', 'start']"
    hooked.value("calls.clear()")


def test_a_function_that_is_no_hook_any_more_is_not_called(module: Module) -> None:
    hooked = Module(module.host, HOOKS)
    assert hooked.reload(HOOKS.replace("@before_reload\n", ""))["op"] == "result"
    assert hooked.value("calls") == "['stop', 'start']"
    hooked.reload(HOOKS.replace("@before_reload\n", "").replace("start", "begin"))
    assert hooked.value("calls") == "['stop', 'start', 'begin']"
    hooked.reload("calls = []")


def test_the_first_hook_of_a_file_is_called_after_the_edit_that_brings_it(module: Module) -> None:
    hooked = Module(module.host, "calls = []\n")
    assert hooked.reload(HOOKS)["op"] == "result"
    assert hooked.value("calls") == "['start']"
    hooked.reload("calls = []")


@pytest.mark.parametrize(("hook", "when"), [("stop", "before"), ("start", "after")])
def test_a_hook_that_raises_refuses_the_edit(module: Module, hook: str, when: str) -> None:
    hooked = Module(module.host, HOOKS)
    hooked.value(f"exec('{hook}.__code__ = (lambda: 1 / 0).__code__')")
    answer = module.reload("def price():\n    return 2\n")
    assert f"(in the {when}-reload function {hooked.name}.{hook}" in answer["error"]
    assert module.value("price()") == "1"
    hooked.value(f"exec('{hook}.__code__ = (lambda: None).__code__')")


def test_marks_are_heeded(module: Module) -> None:
    kept = Module(module.host, "__no_reload__ = True\nx = 1\n")
    always = Module(module.host, "__always_reload__ = True\nruns = globals().get('runs', 0) + 1\n")
    answer = module.host.ask("reload", files=[kept.file("x = 2"), module.file("def price():\n    return 2\n")])
    assert f"{kept.name} is marked no-reload" in answer["reason"]
    assert (kept.value("x"), module.value("price()"), always.value("runs")) == ("1", "2", "2")
    assert answer["reloaded"] == [module.name, always.name]
    always.value("exec('global __always_reload__\\ndel __always_reload__')")


def test_others_who_watch_hear_of_an_edit_that_was_applied(module: Module, device: Device) -> None:
    with device.connect("watch") as watcher:
        module.reload("def price():\n    return (\n")
        module.reload("def price():\n    return 2\n")
        (told,) = watcher.taken("reloaded")
        assert told.keys() >= ACK | {"worker"}
        assert (told["worker"], told["reloaded"], "id" in told) == ("main", [module.name], False)
    assert module.host.taken("reloaded") == []
