from __future__ import annotations

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from repl.key_bindings import code_bindings, input_bindings
from repl.languages import CLOJURE, PYTHON
from tests.repl.fakes import FakeActs

ENTER, ALT_ENTER, TAB, BACKSPACE, CTRL_C, LEFT = "\r", "\x1b\r", "\t", "\x7f", "\x03", "\x1b[D"


def typed(keys: str, acts: FakeActs) -> str:
    """What is sent when these keys are typed; the last must send it."""
    with create_pipe_input() as pipe:
        session: PromptSession[str] = PromptSession(
            multiline=True,
            key_bindings=code_bindings(acts, acts.language.is_complete),
            input=pipe,
            output=DummyOutput(),
        )
        pipe.send_text(keys)
        return session.prompt()


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ("(+ 1 2)" + ENTER, "(+ 1 2)"),
        ("(defn f [x]" + ENTER + "x)" + ENTER, "(defn f [x]\n  x)"),
        ("(map inc  " + ENTER + "[1])" + ENTER, "(map inc\n     [1])"),
        ("(+ 1" + ALT_ENTER, "(+ 1"),
        ("(+ 1 2)" + LEFT * 3 + ENTER, "(+ 1 2)"),
        ("(a" + ENTER + BACKSPACE + TAB + "b)" + ENTER, "(a\n b)"),
        ("x\x18\x05" + ENTER, "(edited)"),
    ],
)
def test_clojure(keys: str, sent: str) -> None:
    assert typed(keys, FakeActs()) == sent


@pytest.mark.parametrize(
    ("keys", "explained"),
    [
        ("(reduce-kv" + LEFT * 3 + "\x18\x04", ("doc", "reduce-kv")),
        ("(map inc [1 " + "\x18\x13", ("source", "map")),
    ],
)
def test_the_name_at_the_cursor_is_explained(keys: str, explained: tuple[str, str]) -> None:
    acts = FakeActs()
    typed(keys + ALT_ENTER, acts)
    assert acts.explained == [explained]


@pytest.mark.parametrize(
    ("keys", "sent"),
    [
        ("def f(x):" + ENTER + "return x" + ENTER + ENTER, "def f(x):\n    return x\n"),
        (
            "if a:" + ENTER + "if b:" + ENTER + "c" + ENTER + BACKSPACE + "d" + ALT_ENTER,
            "if a:\n    if b:\n        c\n    d",
        ),
        ("if a:" + ENTER + BACKSPACE + TAB + "b" + ALT_ENTER, "if a:\n    b"),
    ],
)
def test_python(keys: str, sent: str) -> None:
    assert typed(keys, FakeActs(language=PYTHON)) == sent


def test_ctrl_c_clears_when_nothing_runs_and_else_interrupts() -> None:
    acts = FakeActs()
    assert typed("wrong" + CTRL_C + "1" + ENTER, acts) == "1"
    acts = FakeActs(runs=True)
    assert typed("kept" + CTRL_C + ENTER, acts) == "kept"
    assert acts.interrupts == 1


def test_what_cannot_be_sent_stays() -> None:
    class Away(FakeActs):
        def may_send(self, text: str) -> bool:
            return text == "ab"

    assert typed("a" + ENTER + "b" + ENTER, Away(language=CLOJURE)) == "ab"


def test_ctrl_c_interrupts_where_a_program_reads() -> None:
    acts = FakeActs(runs=True)
    with create_pipe_input() as pipe:
        session: PromptSession[str] = PromptSession(key_bindings=input_bindings(acts), input=pipe, output=DummyOutput())
        pipe.send_text("line" + CTRL_C + ENTER)
        assert session.prompt() == "line"
    assert acts.interrupts == 1
