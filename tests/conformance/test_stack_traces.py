"""Errors as editors show them, and macros, undefining and formatting, through a real bridge and its device."""

from __future__ import annotations

from pathlib import Path

import pytest

from middleware.request import Bencode, Message
from tests.conformance.clients import Nrepl, statuses, values
from tests.conformance.servers import Server

SOURCE = """(ns errors.shown)

(defn boom [n]
  (/ n 0))

(defmacro unless [c & body] `(if ~c nil (do ~@body)))
"""
PYTHON = "def boom(n):\n    return n / 0\n\n\nclass Thing:\n    def run(self):\n        return boom(1)\n"


@pytest.fixture
def loaded(bridge: Server, nrepl: Nrepl, session: str) -> Path:
    """The file of `errors.shown`, as saved and as loaded."""
    file = bridge.folder / "errors" / "shown.lpy"
    file.parent.mkdir(exist_ok=True)
    file.write_text(SOURCE)
    load(nrepl, session, file, SOURCE)
    return file


def load(nrepl: Nrepl, session: str, file: Path, text: str) -> list[Message]:
    request: Message = {"op": "load-file", "file": text, "file-path": str(file), "file-name": file.name}
    return nrepl.talk({**request, "session": session})


def errors(replies: list[Message]) -> str:
    return "".join(str(reply["err"]) for reply in replies if "err" in reply)


def analysis(nrepl: Nrepl, session: str, op: str = "cider/analyze-last-stacktrace") -> list[Message]:
    """A message for each cause."""
    *causes, last = nrepl.talk({"op": op, "session": session})
    assert statuses(last) == ["done"]
    return causes


def project_calls(cause: Message) -> list[Message]:
    calls = cause["stacktrace"]
    assert isinstance(calls, list)
    return [call for call in calls if isinstance(call, dict) and "project" in flags(call)]


def flags(call: Message) -> list[Bencode]:
    found = call["flags"]
    assert isinstance(found, list)
    return found


def test_a_call_in_a_loaded_file_leads_to_its_line(loaded: Path, nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("(errors.shown/boom 1)", session)
    assert f"at boom ({loaded}:4)" in errors(replies)
    (cause,) = analysis(nrepl, session)
    call, *_ = project_calls(cause)
    assert (call["var"], call["file"], call["line"]) == ("errors.shown/boom", "errors/shown.lpy", 4)
    assert call["file-url"] == loaded.as_uri()


def test_a_form_of_a_buffer_is_where_it_is_in_the_buffer(loaded: Path, nrepl: Nrepl, session: str) -> None:
    code = "(defn later []\n  (let [x (boom 2)]\n    x))"
    nrepl.eval(code, session, ns="errors.shown", file=str(loaded), line=40, column=1)
    nrepl.eval("(errors.shown/later)", session)
    (cause,) = analysis(nrepl, session)
    assert {call["line"] for call in project_calls(cause) if call["fn"] == "later"} == {41}


def test_calvas_stacktrace_is_the_first_cause_with_its_calls(loaded: Path, nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(errors.shown/boom 1)", session)
    first = analysis(nrepl, session, "stacktrace")[0]
    assert project_calls(first)
    assert first["class"] == "ZeroDivisionError"


def test_causes_come_one_by_one_and_the_data_of_an_ex_info_is_printed(nrepl: Nrepl, session: str) -> None:
    code = '(try (/ 1 0) (catch python/ZeroDivisionError e (throw (ex-info "outer" {:a "é"}))))'
    nrepl.eval(code, session)
    outer, root = analysis(nrepl, session)
    assert (outer["message"], outer["data"]) == ("outer", '{:a "é"}')
    assert root["class"] == "ZeroDivisionError"


def test_before_any_error_there_is_none(nrepl: Nrepl, session: str) -> None:
    assert statuses(nrepl.ask({"op": "analyze-last-stacktrace", "session": session})) == ["done", "no-error"]


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("(str\n  zork)", "Syntax error compiling at ({file}:8:3)."),
        ("(str\n  {:a})", "Syntax error reading source at ({file}:8:7)."),
        ("(when-let [] 1)", "Syntax error macroexpanding basilisp.core/if-let at ({file}:7:5)."),
    ],
)
def test_a_compile_error_is_where_it_is_in_the_buffer(
    code: str, line: str, loaded: Path, nrepl: Nrepl, session: str
) -> None:
    replies = nrepl.eval(code, session, file=str(loaded), line=7, column=5)
    assert errors(replies).splitlines()[0] == line.format(file=loaded)
    assert analysis(nrepl, session)[0]["phase"] in ("compile-syntax-check", "read-source", "macroexpansion")


def test_an_unsaved_file_has_its_errors_where_the_buffer_has_them(loaded: Path, nrepl: Nrepl, session: str) -> None:
    replies = load(nrepl, session, loaded, SOURCE + "\n\n(zork)\n")
    assert errors(replies).startswith(f"Syntax error compiling at ({loaded}:9:2).\n")


def test_python_has_all_that_too(bridge: Server, nrepl: Nrepl, session: str) -> None:
    file = bridge.folder / "shown_py.py"
    file.write_text(PYTHON)
    load(nrepl, session, file, PYTHON)
    nrepl.eval("import shown_py; shown_py.Thing().run()", session, lang="python")
    boom, run, *_ = project_calls(analysis(nrepl, session)[0])
    assert (boom["class"], boom["method"], boom["line"]) == ("shown_py", "boom", 2)
    assert (run["class"], run["method"], run["line"]) == ("shown_py.Thing", "run", 7)
    replies = load(nrepl, session, file, PYTHON + "x = = 1\n")
    assert errors(replies).startswith(f"Syntax error reading source at ({file}:8).\n")
    assert analysis(nrepl, session)[0]["phase"] == "read-source"


def test_a_death_is_told_instead_of_an_older_error(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(/ 1 0)", session)
    nrepl.eval("(do (import os) (os/_exit 3))", session)
    (cause,) = analysis(nrepl, session)
    assert (cause["class"], cause["stacktrace"]) == ("Crash", [])


def test_a_macro_is_expanded_in_its_namespace(loaded: Path, nrepl: Nrepl, session: str) -> None:
    request: Message = {"op": "cider/macroexpand", "code": "(unless a (when b c))", "ns": "errors.shown"}
    tidy = nrepl.ask({**request, "session": session, "display-namespaces": "tidy", "expander": "macroexpand-1"})
    assert tidy["expansion"] == "(if a nil (do (when b c)))"
    whole = nrepl.ask({**request, "session": session, "expander": "macroexpand-all"})
    assert whole["expansion"] == "(if a nil (do (if b (do c) nil)))"
    broken = nrepl.ask({**request, "session": session, "code": "(unless"})
    assert statuses(broken) == ["error", "macroexpand-error", "done"]


def test_a_name_is_undefined(loaded: Path, nrepl: Nrepl, session: str) -> None:
    gone = nrepl.ask({"op": "undef", "ns": "errors.shown", "symbol": "boom", "session": session})
    assert gone["undef"] == "boom"
    assert values(nrepl.eval("(resolve 'errors.shown/boom)", session)) == ["nil"]
    nrepl.ask({"op": "cider/undef-all", "ns": "errors.shown", "session": session})
    assert values(nrepl.eval("(resolve 'errors.shown/unless)", session)) == ["nil"]


def test_python_is_formatted_and_clojure_refused(nrepl: Nrepl, session: str) -> None:
    formatted = nrepl.ask({"op": "format-code", "code": "x = {  'a':1 }", "session": session, "lang": "python"})
    assert formatted["formatted-code"] == 'x = {"a": 1}'
    refused = nrepl.ask({"op": "cider/format-code", "code": "(a   b)", "options": {}, "session": session})
    assert statuses(refused) == ["error", "format-code-error", "done"]
