"""Python's exceptions: what a prompt says of them, and their stack traces."""

from __future__ import annotations

import pytest

from tests.device_server.device import Answer, Host

THING = """
class Thing:
    def save(self):
        def inner():
            return 1 / 0
        return inner()

def run():
    try:
        Thing().save()
    except ZeroDivisionError as error:
        raise ValueError("outer") from error
"""


def stacktrace(host: Host, session: str) -> Answer:
    """The analysis of the session's last error."""
    return host.ask("stacktrace", lang="python", session=session)


def flags(frame: Answer) -> set[str]:
    return set(frame["flags"])


def test_without_an_error_there_are_no_causes(host: Host) -> None:
    assert stacktrace(host, "no-error")["causes"] == []


def test_causes_go_from_the_outermost_and_calls_from_the_innermost(host: Host) -> None:
    host.ask("load", source=THING, file="/src/thing.py", name="thing", lang="python")
    host.eval("import thing; thing.run()", session="chain")
    answer = stacktrace(host, "chain")
    assert answer["phase"] == "execution"
    outer, root = answer["causes"]
    assert (outer["class"], outer["message"]) == ("ValueError", "outer")
    assert (root["class"], root["message"]) == ("ZeroDivisionError", "division by zero")
    own = [frame for frame in root["frames"] if frame["file"] == "/src/thing.py"]
    assert [(frame["class"], frame["method"], frame["line"]) for frame in own] == [
        ("thing.Thing.save", "inner", 5),
        ("thing.Thing", "save", 6),
        ("thing", "run", 10),
    ]
    assert all(flags(frame) == {"python"} for frame in own)


def test_our_own_calls_are_tooling_and_typed_ones_are_the_repls(host: Host) -> None:
    host.eval("1/0", session="flags")
    ((cause),) = stacktrace(host, "flags")["causes"]
    typed, *ours = cause["frames"]
    assert flags(typed) == {"python", "repl"}
    assert ours
    assert all("tooling" in flags(frame) for frame in ours)


def test_a_call_on_the_line_of_the_one_it_made_is_a_duplicate(host: Host) -> None:
    source = "def f(n): return f(n - 1) if n else 1 / 0\ndef g(): return f(2)\ng()"
    host.eval(source, session="dup", file="/src/dup.py")
    ((cause),) = stacktrace(host, "dup")["causes"]
    own = [("dup" in flags(frame), frame["method"]) for frame in cause["frames"] if frame["file"] == "/src/dup.py"]
    assert own == [(False, "f"), (True, "f"), (True, "f"), (False, "g"), (False, "<module>")]


@pytest.mark.parametrize(
    ("code", "phase"), [("x = = 1", "read-source"), ("return 1", "compile-syntax-check"), ("1/0", "execution")]
)
def test_the_phase_says_when_it_failed(host: Host, code: str, phase: str) -> None:
    error = host.eval(code, session="phase", file="/src/a.py", line=4)
    assert error["phase"] == phase
    analysis = stacktrace(host, "phase")
    assert analysis["phase"] == phase
    assert analysis["causes"][0].get("location", {"line": 4})["line"] == 4


def test_a_broken_module_that_is_imported_fails_in_execution(host: Host) -> None:
    host.eval("import pathlib, tempfile, sys; d = tempfile.mkdtemp(); sys.path.insert(0, d)")
    host.eval("pathlib.Path(d, 'broken_module.py').write_text('x = = 1')")
    assert host.eval("import broken_module", session="broken")["phase"] == "execution"
    ((cause),) = stacktrace(host, "broken")["causes"]
    assert "broken_module.py, line 1" in cause["message"]


def test_the_place_of_a_runtime_error_is_in_the_users_code(host: Host) -> None:
    code = "import json\ndef parse(text):\n    return json.loads(text)\nparse('{')"
    error = host.eval(code, file="/src/parse.py", line=10)
    assert error["location"] == {"file": "/src/parse.py", "line": 12, "name": "parse"}


def test_notes_are_part_of_the_message(host: Host) -> None:
    host.eval("e = ValueError('no')\ne.add_note('because')\nraise e", session="notes")
    assert stacktrace(host, "notes")["causes"][0]["message"] == "no\nbecause"


def test_the_last_error_is_the_sessions(host: Host) -> None:
    host.eval("1/0", session="mine")
    host.eval("[][0]", session="yours")
    assert stacktrace(host, "mine")["causes"][0]["class"] == "ZeroDivisionError"


def test_causes_in_a_circle_and_calls_without_end_are_bounded(host: Host) -> None:
    code = "a, b = ValueError('a'), TypeError('b')\na.__cause__, b.__cause__ = b, a\ndef f(): f()\nraise a"
    host.eval(code, session="bounds")
    assert len(stacktrace(host, "bounds")["causes"]) <= 3
    host.eval("f()", session="bounds")
    assert len(stacktrace(host, "bounds")["causes"][0]["frames"]) == 200


def test_a_long_chain_of_causes_is_cut(host: Host) -> None:
    loop = "for n in range(100):\n    new = ValueError(n)\n    new.__cause__ = error\n    error = new"
    code = f"error = None\n{loop}\nraise error"
    host.eval(code, session="chain-of-100")
    assert len(stacktrace(host, "chain-of-100")["causes"]) == 50


def test_an_exception_that_cannot_be_printed_has_a_stack_trace(host: Host) -> None:
    host.eval("class Mute(Exception):\n    def __str__(self): raise KeyError\nraise Mute()", session="mute")
    assert "could not be made" in stacktrace(host, "mute")["causes"][0]["message"]
