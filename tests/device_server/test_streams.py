"""A worker's standard streams: what is written leaves by the pipes, what is read is asked of the host."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from device_server import streams
from tests.device_server.device import ROOT, Host

INSTALLED = """
import os, sys
from device_server import streams
answers = {answers!r}
(out, out_there), (err, err_there) = os.pipe(), os.pipe()
report = os.dup(1)
class Host:
    def ask_for_input(self): return answers.pop(0) if answers else ""
    def latest_session(self): return "s"
    def session_of_thread(self): return "s"
streams.install(out_there, err_there, Host())
{code}
sys.stdout.flush()
os.set_blocking(out, False), os.set_blocking(err, False)
def held(fd):
    try:
        return os.read(fd, 100_000)
    except BlockingIOError:
        return b""
os.write(report, repr((held(out), held(err))).encode())
"""


def written(code: str, *answers: str) -> tuple[bytes, bytes]:
    """What code writes to the two pipes, in a process with the streams installed."""
    script = INSTALLED.format(code=code, answers=list(answers))
    process = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, timeout=20, check=True)
    out, err = eval(process.stdout)
    return out, err


def test_a_private_copy_is_out_of_the_way_and_not_inherited() -> None:
    fd = os.open(os.devnull, os.O_RDONLY)
    copy = streams.private_copy(fd)
    try:
        assert copy >= 200
        assert not os.get_inheritable(copy)
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(fd)
    finally:
        os.close(copy)


def test_what_python_and_what_anyone_writes_comes_in_order_without_a_flush() -> None:
    out, err = written("print('a'); os.write(1, b'b\\n'); os.system('echo c'); print('d', file=sys.stderr)")
    assert (out, err) == (b"a\nb\nc\n", b"d\n")


def test_what_cannot_be_encoded_is_escaped() -> None:
    assert written(r"print('é\ud800')") == (b"\xc3\xa9\\ud800\n", b"")


def test_the_dunder_streams_are_the_same_ones() -> None:
    assert written("sys.__stdout__.write('a'); sys.__stderr__.write('b')") == (b"a", b"b")


def test_child_processes_read_nothing() -> None:
    assert written("os.system('cat; echo done')") == (b"done\n", b"")


def test_a_stdout_closed_by_user_code_does_not_close_the_pipe() -> None:
    assert written("sys.stdout.close(); os.write(1, b'a'); sys.stdout = sys.stderr") == (b"a", b"")


@pytest.mark.parametrize(
    ("read", "answers", "shown"),
    [
        ("input()", ["a\n"], "'a'"),
        ("sys.stdin.readline()", ["a\nb\n"], r"'a\n'"),
        ("sys.stdin.readline(), sys.stdin.readline()", ["a\nb\n"], r"('a\n', 'b\n')"),
        ("sys.stdin.readline()", ["a", "b\n"], r"'ab\n'"),
        ("sys.stdin.readline()", ["a"], "'a'"),
        ("sys.stdin.readline(2), sys.stdin.readline()", ["abc\n"], r"('ab', 'c\n')"),
        ("sys.stdin.readline(0)", [], "''"),
        ("sys.stdin.read(3)", ["a", "bcd"], "'abc'"),
        ("sys.stdin.read()", ["a\n", "b"], r"'a\nb'"),
        ("sys.stdin.read(), sys.stdin.readline()", ["a", "", "b\n"], r"('a', 'b\n')"),
        ("list(sys.stdin)", ["a\nb\n", "c"], r"['a\n', 'b\n', 'c']"),
        ("sys.stdin.readlines()", ["a\nb"], r"['a\n', 'b']"),
        ("sys.stdin.isatty(), sys.stdin.readable()", [], "(False, True)"),
    ],
)
def test_stdin_reads_as_any_text_stream(read: str, answers: list[str], shown: str) -> None:
    assert written(f"print(ascii(({read})), end='')", *answers) == (shown.encode(), b"")


def test_the_end_of_input_is_an_eof_error_for_input() -> None:
    code = "try:\n    input()\nexcept EOFError:\n    print('end')"
    assert written(code) == (b"end\n", b"")


@pytest.mark.parametrize("lang", ["python", "basilisp"])
def test_an_eval_that_reads_asks_its_host(host: Host, lang: str) -> None:
    code = {"python": "input('name? ')", "basilisp": '(do (print "name? ") (flush) (read-line))'}[lang]
    number = host.start(code, lang=lang)
    assert host.wait_for("need-input")["id"] == number
    host.send_message({"op": "stdin", "id": number, "text": "Zoë\n"})
    prompt, answer = host.answers(number)
    assert prompt["text"].strip() == "name?"
    assert answer["value"].strip("'\"") == "Zoë"


def test_the_prompt_comes_before_the_question(netcat: Host, host: Host) -> None:
    number = host.start("input('name? ')")
    out = host._take(lambda message: message.get("id") == number)
    assert (out["op"], out["text"]) == ("out", "name? ")
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": number, "text": "a\n"})
    host.answer(number)


def test_several_lines_answer_several_reads(host: Host) -> None:
    number = host.start("[input(), input(), input()]")
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": number, "text": "a\nb\n"})
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": number, "text": "c\n"})
    assert host.answer(number)["value"] == "['a', 'b', 'c']"


def test_empty_text_is_the_end_of_the_input(host: Host) -> None:
    number = host.start("input()")
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": number, "text": ""})
    assert host.answer(number)["error"].startswith("EOFError")


def test_input_that_nobody_read_is_there_for_the_next_eval(host: Host) -> None:
    number = host.start("input()")
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": number, "text": "a\nb\n"})
    assert host.answer(number)["value"] == "'a'"
    assert host.eval("input()")["value"] == "'b'"


def test_input_sent_before_it_is_asked_for_is_read(host: Host) -> None:
    number = host.start("print('running'); [None for _ in range(100_000)]; input()")
    host.send_message({"op": "stdin", "id": number, "text": "early\n"})
    assert host.answer(number)["value"] == "'early'"


def test_input_for_an_eval_that_has_ended_is_refused_and_lost(host: Host) -> None:
    number = host.start("1")
    host.answer(number)
    host.send_message({"op": "stdin", "id": number, "text": "late\n"})
    assert host.answer(number)["type"] == "protocol"
    asking = host.start("input()")
    host.wait_for("need-input")
    host.send_message({"op": "stdin", "id": asking, "text": "right\n"})
    assert host.answer(asking)["value"] == "'right'"


def test_waiting_for_input_can_be_interrupted(host: Host) -> None:
    number = host.start("input()")
    host.wait_for("need-input")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.answer(number)["type"] == "interrupted"
    assert host.eval("'alive'")["value"] == "'alive'"


def test_threads_read_the_end_of_the_input(host: Host) -> None:
    code = "import sys, threading as t; a = t.Thread(target=lambda: print([*sys.stdin])); a.start(); a.join()"
    *before, answer = host.answers(host.start(code))
    assert answer["op"] == "result"
    assert "".join(each["text"] for each in before if each["op"] == "out") == "[]\n"


def test_a_thread_that_reads_loses_no_request(host: Host) -> None:
    host.eval("import sys, threading; threading.Thread(target=sys.stdin.readline, daemon=True).start()")
    assert [host.eval(str(n), timeout_ms=500).get("value") for n in range(4)] == ["0", "1", "2", "3"]


def test_a_pipe_that_was_made_non_blocking_still_takes_everything(host: Host) -> None:
    answers = host.answers(host.start("import os; os.set_blocking(1, False); print('x' * 3_000_000)"))
    host.eval("os.set_blocking(1, True)")
    assert sum(len(each.get("text", "")) for each in answers) == 3_000_001
