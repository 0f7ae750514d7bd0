"""A user at a terminal."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from tests.conformance import servers
from tests.conformance.connections import Relay
from tests.conformance.servers import Server, descendants, eventually, watched
from tests.repl.conftest import Start
from tests.repl.terminal import ALT_ENTER, CTRL_C, CTRL_D, CTRL_R, EDITOR, TAB, UP, Terminal

pytestmark = pytest.mark.slow


def test_a_value_and_the_next_prompt(terminal: Terminal) -> None:
    terminal.enter("(+ 1 2)")
    terminal.sees("\n3\r", "local user=> ")
    assert terminal.leave() == 0


def test_the_prompt_follows_the_namespace(terminal: Terminal) -> None:
    terminal.enter("(ns some.where)")
    terminal.sees("local some.where=> ")
    terminal.enter(":ns user")
    terminal.sees("local user=> ")


def test_a_form_is_sent_when_it_is_closed_and_its_lines_are_indented(terminal: Terminal) -> None:
    terminal.enter("(defn twice [x]")
    terminal.sees("... ")
    terminal.enter("(* 2 x))")
    terminal.sees("#'user/twice")
    terminal.enter("(twice 21)")
    terminal.sees("\n42\r")


def test_a_python_block_ends_with_an_empty_line(python_terminal: Terminal) -> None:
    python_terminal.enter("def twice(x):")
    python_terminal.sees("... ")
    python_terminal.enter("return 2 * x")
    python_terminal.enter("")
    python_terminal.enter("twice(21)")
    python_terminal.sees("\n42\r")
    python_terminal.enter("None")
    python_terminal.enter("'end'")
    python_terminal.sees("'end'\r")
    assert "\nNone\r" not in python_terminal.before


def test_names_are_offered_as_they_are_typed_with_types_and_docs(terminal: Terminal) -> None:
    terminal.send("(reduce-k")
    terminal.sees("reduce-kv", "function  [f init coll]  Reduce an associative")
    terminal.send(TAB)
    terminal.enter(" + 0 [1 2 3])")
    terminal.sees("\n9\r")


def test_the_signature_of_the_call_at_the_cursor_is_shown(terminal: Terminal) -> None:
    terminal.paste("(reduce-kv ")
    terminal.shows("basilisp.core/reduce-kv [f init coll]")


def test_many_pasted_forms_are_evaluated_one_after_the_other(terminal: Terminal) -> None:
    terminal.paste("(def pasted 1)\n\n(println :out)\n(+ pasted\n   1)")
    terminal.send("\r")
    terminal.sees("#'user/pasted", ":out", "nil", "\n2\r")


def test_ctrl_c_interrupts_what_runs(terminal: Terminal) -> None:
    terminal.enter("(do (println :begun) (while true))")
    terminal.sees("\n:begun\r")
    terminal.send(CTRL_C)
    terminal.sees("Interrupted")
    terminal.enter("(+ 1 2)")
    terminal.sees("\n3\r")


def test_an_eval_that_takes_long_shows_its_time(terminal: Terminal) -> None:
    terminal.enter("(while true)")
    terminal.shows("s, Ctrl-C interrupts")
    terminal.send(CTRL_C)
    terminal.sees("Interrupted")


def test_ctrl_c_clears_a_line_when_nothing_runs(terminal: Terminal) -> None:
    terminal.send("(no such thing")
    terminal.send(CTRL_C)
    terminal.enter("(+ 1 2)")
    terminal.sees("\n3\r")


def test_output_while_typing_leaves_what_is_typed(python_terminal: Terminal) -> None:
    python_terminal.enter("import threading; go_on = threading.Event()")
    python_terminal.enter("threading.Thread(target=lambda: (go_on.wait(), print('from a thread'))).start()")
    python_terminal.enter("threading.Timer(0.2, go_on.set).start()")
    python_terminal.send("'half a ")
    python_terminal.sees("from a thread\r")
    python_terminal.enter("line'")
    python_terminal.sees("\n'half a line'\r")


def test_a_program_reads_what_is_typed_behind_its_question(terminal: Terminal) -> None:
    terminal.enter('(do (print "Name? ") (flush) (str "<" (read-line) ">"))')
    terminal.shows("The program reads a line")
    terminal.enter("Ada")
    terminal.sees("Name? Ada", '\n"<Ada>"\r')


def test_ctrl_d_ends_the_input_of_a_program_that_reads(python_terminal: Terminal) -> None:
    python_terminal.enter("import sys; ascii(sys.stdin.read())")
    python_terminal.shows("The program reads a line")
    python_terminal.enter("é")
    python_terminal.send(CTRL_D)
    python_terminal.sees(r"'\\xe9\\n'")


def test_what_is_typed_while_a_program_runs_is_kept_when_it_reads(python_terminal: Terminal) -> None:
    python_terminal.enter("import threading; ready = threading.Event(); print(ready.wait(0.4), input('Which? '))")
    python_terminal.send("'draft'")
    python_terminal.shows("The program reads a line")
    python_terminal.enter("that")
    python_terminal.sees("False that")
    python_terminal.send("\r")
    python_terminal.sees("\n'draft'\r")


def test_an_error_shows_the_frame_that_matters_and_its_line(terminal: Terminal) -> None:
    terminal.paste("(defn broken [x]\n  (inc x))")
    terminal.send("\r")
    terminal.enter("(broken :a)")
    terminal.sees("TypeError: ", "in user/broken, line 2", "(inc x)")
    terminal.paste("(map inc\n  (no-such-name))")
    terminal.send("\r")
    terminal.sees("no-such-name", "at line 2", "(no-such-name))", "\n       ^")


def test_a_crash_costs_one_error_and_a_rewind_undoes(python_terminal: Terminal) -> None:
    python_terminal.enter("import ctypes; ctypes.string_at(0)")
    python_terminal.sees("SIGSEGV", "is restored")
    python_terminal.enter("undone = 'value'; undone")
    python_terminal.sees("\n'value'\r")
    python_terminal.enter(":rewind")
    python_terminal.sees("Undone: ", "undone = 'value'")
    python_terminal.enter("undone")
    python_terminal.sees("NameError")


def test_the_history_outlives_the_terminal_and_can_be_searched(start: Start, bridge: Server) -> None:
    connect = ("--connect", f"127.0.0.1:{bridge.port}")
    first = start(*connect)
    first.enter('(str "from the " "first")')
    first.sees('"from the first"')
    first.enter("(+ 1 1)")
    first.sees("\n2\r")
    assert first.leave() == 0
    second = start(*connect)
    second.sees("local user=> ")
    second.send(UP + "\r")
    second.sees("\n2\r")
    second.send(CTRL_R + "from the\r\r")
    second.sees('\n"from the first"\r')


def test_the_text_can_be_written_in_an_editor(start: Start, bridge: Server, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\necho '(str \"edited\" 1)' > $1\n")
    editor.chmod(0o700)
    terminal = start("--connect", f"127.0.0.1:{bridge.port}", EDITOR=str(editor), VISUAL="")
    terminal.sees("local user=> ")
    terminal.send("x" + EDITOR)
    terminal.sees('(str "edited" 1)')
    terminal.send("\r")
    terminal.sees('\n"edited1"\r')


def test_vi_keys(start: Start, bridge: Server) -> None:
    terminal = start("--connect", f"127.0.0.1:{bridge.port}", "--keys", "vi")
    terminal.sees("local user=> ")
    terminal.send("(+ 1 2)\x1b")
    terminal.send("0lr*\r")
    terminal.sees("\n2\r")


def test_what_a_program_writes_cannot_drive_the_terminal(python_terminal: Terminal) -> None:
    python_terminal.enter(r"print(chr(27) + ']0;owned' + chr(7) + chr(0x9b) + '2J')")
    python_terminal.sees(r"^[]0;owned^G\u009b2J")
    python_terminal.enter("type('T', (), {'__repr__': lambda self: chr(27) + '[2J'})()")
    python_terminal.sees("^[[2J")
    assert "\x1b]0" not in python_terminal.raw
    assert "\x1b[2J" not in python_terminal.raw


def test_colours_are_for_terminals_that_want_them(start: Start, bridge: Server) -> None:
    colour = re.compile(r"\x1b\[(?:[0-9;]*;)?3[0-9]m")
    plain, coloured = (start("--connect", f"127.0.0.1:{bridge.port}", NO_COLOR=value) for value in ("1", ""))
    for terminal in (plain, coloured):
        terminal.sees("user=> ")
        terminal.enter('(do (println (str (char 27) "[31mred" (char 27) "[0m")) "text")')
        terminal.sees("\nred\r", '"text"')
    assert not colour.search(plain.raw)
    assert "\x1b[31mred" in re.sub(r"\x1b\[0;", "\x1b[", coloured.raw)


def test_commands(terminal: Terminal) -> None:
    terminal.enter(":help")
    terminal.sees(":doc NAME", "Ctrl-R")
    terminal.enter(":doc reduce-kv")
    terminal.sees("basilisp.core/reduce-kv", "[f init coll]", "Reduce an associative")
    terminal.enter("(defn here [x]\n  x)" + ALT_ENTER)
    terminal.sees("#'user/here")
    terminal.enter(":source here")
    terminal.sees("(defn here [x]", "x)")
    terminal.enter(":source keep-indexed")
    terminal.sees("core.lpy, line", "(defn keep-indexed")
    terminal.enter(":time (+ 1 2)")
    terminal.sees("\n3\r", "ms")
    terminal.enter(":status")
    terminal.sees("device local: connected", "basilisp")
    terminal.enter(":lang python")
    terminal.sees("local __main__>>> ")
    terminal.enter(":doc no_such_name")
    terminal.sees("Nothing is known of no_such_name")
    terminal.enter(":lang clojure")
    terminal.sees("local user=> ")
    terminal.enter(":a-keyword")
    terminal.sees("\n:a-keyword\r")
    terminal.enter(":quit")
    assert terminal.ended() == 0


def test_a_file_is_loaded(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "loaded.lpy").write_text("(ns loaded)\n(def answer 42)\n")
    terminal.enter(f":load {tmp_path}/loaded.lpy")
    terminal.sees("#'loaded/answer", "local user=> ")
    terminal.enter(":load no/such/file.lpy")
    terminal.sees("No such file")


def test_a_device_elsewhere_is_lost_and_back_while_a_line_is_typed(
    start: Start, bridge: Server, tmp_path: Path
) -> None:
    terminal = start("--connect", f"127.0.0.1:{bridge.port}")
    with servers.device(tmp_path / "device") as device:
        terminal.enter(f":device 127.0.0.1:{device.port}")
        terminal.sees(f"127.0.0.1:{device.port} user=> ")
        terminal.enter("(ns elsewhere)")
        terminal.sees(f"127.0.0.1:{device.port} elsewhere=> ")
        terminal.send("(+ 40 ")
        device.end(signal.SIGKILL)
        terminal.sees("is lost; redialling")
    with servers.device(tmp_path / "device", port=device.port):
        terminal.sees("was started anew: what was defined is lost")
        terminal.shows(f"127.0.0.1:{device.port} user=> ")
        terminal.enter("2)")
        terminal.sees("\n42\r")
        terminal.enter(":device local")
        terminal.sees("local user=> ")


def test_a_lost_connection_keeps_the_line_and_the_session(start: Start, bridge: Server) -> None:
    with Relay(bridge.port) as relay:
        terminal = start("--connect", f"127.0.0.1:{relay.port}")
        terminal.enter("(def kept 41)")
        terminal.sees("#'user/kept")
        terminal.send("(inc ")
        relay.cut()
        terminal.sees("The bridge has gone", "The bridge is back")
        terminal.enter("kept)")
        terminal.sees("\n42\r")


def test_an_eval_that_the_connection_is_lost_under_can_be_interrupted(start: Start, bridge: Server) -> None:
    with Relay(bridge.port) as relay:
        terminal = start("--connect", f"127.0.0.1:{relay.port}")
        terminal.enter("(do (println :begun) (while true))")
        terminal.sees("\n:begun\r")
        relay.cut()
        terminal.sees("The bridge has gone", "The bridge is back", "what ran goes on, Ctrl-C interrupts it")
        terminal.enter("(+ 1 2)")
        terminal.shows("s, Ctrl-C interrupts")
        terminal.send(CTRL_C)
        terminal.sees("\n3\r")


def test_without_a_bridge_it_starts_one_and_ends_it(start: Start, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    terminal = start()
    terminal.enter("(+ 1 2)")
    terminal.sees("\n3\r")
    assert (tmp_path / ".nrepl-port").exists()
    with watched(descendants(terminal.pid)) as have_ended:
        assert terminal.leave() == 0
        assert have_ended()
    assert not (tmp_path / ".nrepl-port").exists()


def test_the_bridge_that_it_started_ends_with_it_however_it_ends(start: Start) -> None:
    terminal = start()
    terminal.sees("local user=> ")
    with watched(descendants(terminal.pid)) as have_ended:
        terminal.kill(signal.SIGKILL)
        assert have_ended()


def test_a_bridge_that_has_gone_is_replaced(start: Start, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    with servers.bridge(tmp_path) as other:
        terminal = start()
        terminal.enter("(def there 1)")
        terminal.sees("#'user/there")
        terminal.send("(+ 40 ")
        other.end(signal.SIGKILL)
    terminal.sees("The bridge has gone", "Another bridge has taken its place")
    terminal.enter("2)")
    terminal.sees("\n42\r")
    eventually(lambda: terminal.leave() == 0)


def test_with_no_bridge_at_the_address_it_says_so(start: Start) -> None:
    terminal = start("--connect", "127.0.0.1:1")
    terminal.sees("Connection refused")
    assert terminal.ended() == 2


def test_a_picture_is_drawn_in_half_blocks_and_its_file_named(start: Start, bridge: Server) -> None:
    terminal = start("--connect", f"127.0.0.1:{bridge.port}", "--lang", "python", NO_COLOR="")
    terminal.sees("__main__")
    terminal.enter("from PIL import Image; Image.new('RGB', (32, 32), 'red')")
    terminal.sees("PIL.Image.Image", "▀▀▀▀", "▀▀▀▀", ";; image/png 32x32: /")
    assert terminal.raw.count("48;5;196m▀▀▀▀") == 2


def test_without_colours_only_the_file_of_a_picture_is_named(python_terminal: Terminal) -> None:
    python_terminal.enter("from PIL import Image; Image.new('RGB', (32, 32), 'red')")
    python_terminal.sees(";; image/png 32x32: /")
    assert "▀" not in python_terminal.before


def test_a_picture_is_sent_by_the_protocol_that_the_user_names(start: Start, bridge: Server) -> None:
    terminal = start("--connect", f"127.0.0.1:{bridge.port}", "--lang", "python", "--pictures", "kitty")
    terminal.enter("from PIL import Image; Image.new('RGB', (32, 32), 'red')")
    terminal.sees("\x1b_Ga=T,f=100,c=4,r=2,q=2,m=0;iVBOR", ";; image/png 32x32: /")
