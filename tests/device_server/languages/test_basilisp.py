"""Basilisp as a worker evaluates it: Clojure's syntax, namespaces and sessions."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.device_server.device import Answer, Host

Evaluate = Callable[..., Answer]


@pytest.fixture
def lisp(host: Host, request: pytest.FixtureRequest) -> Evaluate:
    """Evaluates in a session of the test's own."""
    return partial(host.eval, lang="basilisp", session=request.node.name)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("(+ 1 2)", "3"),
        ("nil", "nil"),
        ("true", "true"),
        ("[1 :a 'b]", "[1 :a b]"),
        ("(def x 1)", "#'user/x"),
        ("(map inc [1 2])", "(2 3)"),
        ('"é🎉 \\" \\\\ \\n"', '"é🎉 \\" \\\\ \\n"'),
        ('["ß" {:a "ü"}]', '["ß" {:a "ü"}]'),
        ('(str "é")', '"é"'),
        ('(pr-str "é")', '"\\"é\\""'),
        ("#{1}", "#{1}"),
        ("*ns*", "user"),
        ("(python/abs -1)", "1"),
        ("(fn? clojure.core/map)", "true"),
        ("(let [{:keys [a]} {:a 1}] a)", "1"),
    ],
)
def test_a_value_is_printed_readably(lisp: Evaluate, code: str, value: str) -> None:
    assert lisp(code)["value"] == value


def test_the_last_three_values_are_the_sessions(lisp: Evaluate, host: Host) -> None:
    for code in ("1", "2", "3"):
        lisp(code)
    host.eval(":elsewhere", lang="basilisp", session="elsewhere")
    assert lisp("[*1 *2 *3]")["value"] == "[3 2 1]"
    assert host.eval("[*1 *2 *3]", lang="basilisp", session="fresh")["value"] == "[nil nil nil]"


def test_the_last_values_are_those_of_forms_of_one_request_too(lisp: Evaluate) -> None:
    assert lisp("1 2 3 [*1 *2 *3]")["value"] == "[3 2 1]"


def test_the_last_error_is_the_sessions(lisp: Evaluate, host: Host) -> None:
    lisp('(throw (ex-info "mine" {:a 1}))')
    host.eval("(/ 1 0)", lang="basilisp", session="elsewhere")
    assert lisp("(ex-data *e)")["value"] == "{:a 1}"
    assert host.eval("*e", lang="basilisp", session="fresh")["value"] == "nil"


def test_a_failed_form_leaves_the_last_value(lisp: Evaluate) -> None:
    lisp("42")
    lisp("(/ 1 0)")
    assert lisp("*1")["value"] == "42"


def test_in_ns_moves_the_session_and_no_other(lisp: Evaluate, host: Host) -> None:
    assert lisp("(in-ns 'moved.here)")["ns"] == "moved.here"
    assert lisp("(basilisp.core/str basilisp.core/*ns*)")["value"] == '"moved.here"'
    assert host.eval("(str *ns*)", lang="basilisp", session="fresh")["value"] == '"user"'


def test_an_ns_form_moves_the_session(lisp: Evaluate) -> None:
    answer = lisp('(ns by.form (:require [clojure.string :as str])) (str/upper-case "a")')
    assert (answer["value"], answer["ns"]) == ('"A"', "by.form")


def test_forms_after_in_ns_are_evaluated_there(host: Host) -> None:
    number = host.start("(ns two.forms) (def a 1) :end", lang="basilisp", session="two-forms")
    assert [(each["value"], each["ns"]) for each in host.answers(number)] == [
        ("nil", "two.forms"),
        ("#'two.forms/a", "two.forms"),
        (":end", "two.forms"),
    ]


def test_the_namespace_of_a_request_binds_for_it_only(lisp: Evaluate) -> None:
    lisp("(ns bound.once) (def here 1) (in-ns 'user)")
    assert lisp("[here (str *ns*)]", ns="bound.once")["value"] == '[1 "bound.once"]'
    assert lisp("(str *ns*)")["value"] == '"user"'


def test_even_a_request_that_moves_within_its_namespace_leaves_the_sessions(lisp: Evaluate) -> None:
    lisp("(ns bound.twice) (in-ns 'user)")
    lisp("(in-ns 'user2)", ns="bound.twice")
    assert lisp("(str *ns*)")["value"] == '"user"'


@pytest.mark.parametrize("code", ["(/ 1 0)", "(", "(loop [] (recur))"])
def test_a_request_that_fails_in_its_namespace_leaves_the_sessions(lisp: Evaluate, code: str) -> None:
    lisp("(ns bound.fails) (in-ns 'user)")
    assert lisp(code, ns="bound.fails", timeout_ms=100)["op"] == "error"
    assert lisp("(str *ns*)")["value"] == '"user"'


def test_a_namespace_that_is_not_there_is_an_error_and_not_made(lisp: Evaluate) -> None:
    assert lisp("(def a 1)", ns="not.there")["type"] == "namespace"
    assert lisp("(find-ns 'not.there)")["value"] == "nil"


@pytest.mark.parametrize(
    ("code", "line", "column"), [(")", 7, 10), ("(+ 1 2))", 7, 17), ("1\n  )", 8, 3), ("{:a}", 7, 10), ("#<", 7, 10)]
)
def test_a_reader_error_is_where_it_is_in_the_file(lisp: Evaluate, code: str, line: int, column: int) -> None:
    error = lisp(code, file="/src/a.lpy", line=7, column=10)
    assert (error["type"], error["ex"]) == ("compile", "SyntaxError")
    assert error["location"]["file"] == "/src/a.lpy"
    assert error["location"]["line"] == line
    assert abs(error["location"]["column"] - column) <= len(code.splitlines()[0])


@pytest.mark.parametrize("code", ["(", "[1 2", '"abc', "(let [a 1]", "#(", "{"])
def test_what_is_not_finished_is_a_compile_error(lisp: Evaluate, code: str) -> None:
    error = lisp(code)
    assert error["type"] == "compile"
    assert error["location"]["line"] == 1


def test_a_compile_error_is_where_the_form_is(lisp: Evaluate) -> None:
    error = lisp("\n  (str no-such-thing)", file="/src/a.lpy", line=7)
    assert (error["type"], error["ex"]) == ("compile", "CompilerException")
    assert "no-such-thing" in error["error"]
    assert (error["location"]["file"], error["location"]["line"]) == ("/src/a.lpy", 8)
    assert error["location"]["column"] in (3, 8)


def test_what_a_macro_raises_is_a_compile_error_with_the_macros_frames(lisp: Evaluate) -> None:
    lisp('(defmacro broken [] (throw (ex-info "in the macro" {})))', file="/src/m.lpy")
    error = lisp("(broken)", file="/src/a.lpy", line=3)
    assert error["type"] == "compile"
    assert "in the macro" in error["error"]
    assert error["root_ex"] == "ExceptionInfo"
    assert error["location"]["line"] == 3


def test_a_runtime_error_has_readable_frames_without_the_machinery(lisp: Evaluate) -> None:
    lisp("(defn fails-here? [n]\n  (/ n 0))", file="/src/f.lpy", line=20)
    error = lisp("(fails-here? 1)", file="/src/a.lpy", line=5)
    assert error["type"] == "runtime"
    (frame,) = (each for each in error["frames"] if each["file"] == "/src/f.lpy")
    assert (frame["name"], frame["line"]) == ("fails-here?", 21)
    assert not any("basilisp/lang" in each["file"] or "device_server" in each["file"] for each in error["frames"])


def test_an_ex_info_says_its_message(lisp: Evaluate) -> None:
    error = lisp('(throw (ex-info "the message" {:a 1}))')
    assert error["ex"] == "ExceptionInfo"
    assert "the message" in error["error"]


def test_what_was_caught_is_the_root_of_what_is_thrown_then(lisp: Evaluate) -> None:
    error = lisp('(try (/ 1 0) (catch python/ZeroDivisionError e (throw (ex-info "outer" {}))))')
    assert (error["ex"], error["root_ex"]) == ("ExceptionInfo", "ZeroDivisionError")


def test_an_endless_recursion_is_an_error_with_frames(lisp: Evaluate) -> None:
    lisp("(defn deep [n] (+ 1 (deep n)))")
    error = lisp("(deep 0)")
    assert error["ex"] == "RecursionError"
    assert 0 < len(error["frames"]) <= 200


def test_what_is_set_is_the_sessions(lisp: Evaluate, host: Host) -> None:
    lisp("(set! *print-length* 3)")
    assert lisp("(range 10)")["value"] == "(0 1 2 ...)"
    fresh = partial(host.eval, lang="basilisp", session="unset")
    assert fresh("(vec (range 4))")["value"] == "[0 1 2 3]"
    assert lisp("(vec (range 4))")["value"] == "[0 1 2 ...]"


def test_a_clone_has_the_values_and_settings_but_not_the_namespace(lisp: Evaluate, host: Host) -> None:
    origin = {"lang": "basilisp", "session": "origin"}
    for code in ("(set! *print-length* 2)", "(ns moved.away)", "42", "(/ 1 0)"):
        host.eval(code, **origin)
    host.ask("clone", session="copy", **{"from": "origin"})
    copy = partial(host.eval, lang="basilisp", session="copy")
    assert copy("(str *ns*)")["value"] == '"user"'
    assert copy("*2")["value"] == "42"
    assert copy("(type *e)")["value"] == "<class 'ZeroDivisionError'>"
    assert copy("(vec (range 4))")["value"] == "[0 1 ...]"
    copy("(set! *print-length* nil)")
    assert host.eval("(vec (range 4))", **origin)["value"] == "[0 1 ...]"


def test_a_closed_session_is_forgotten_even_when_it_was_the_last_to_evaluate(lisp: Evaluate, host: Host) -> None:
    here = partial(host.eval, lang="basilisp", session="closing")
    here("(set! *print-length* 1)")
    here("(in-ns 'left.behind)")
    assert host.ask("close", session="closing")["op"] == "closed"
    assert here("[*1 (str *ns*) *print-length*]")["value"] == '[nil "user" nil]'


def test_a_binding_that_an_interrupt_ends_leaves_the_session_as_it_was(lisp: Evaluate, host: Host) -> None:
    code = '(binding [*print-length* 1] (println "busy") (loop [] (recur)))'
    number = host.start(code, lang="basilisp", session="binding")
    host.wait_for_text("busy")
    host.ask("interrupt", target=number)
    here = partial(host.eval, lang="basilisp", session="binding")
    assert here("*print-length*")["value"] == "nil"
    assert here("(vec (range 3))")["value"] == "[0 1 2]"


def test_a_file_is_loaded_from_user_and_leaves_the_sessions_namespace(lisp: Evaluate, host: Host) -> None:
    lisp("(ns somewhere.else)")
    session = "test_a_file_is_loaded_from_user_and_leaves_the_sessions_namespace"
    source = "(ns loaded.file)\n(defn f [] (str *ns*))\n(f)"
    answer = host.ask("load", source=source, file="/src/loaded/file.lpy", lang="basilisp", session=session)
    assert answer["value"] == '"loaded.file"'
    assert answer["ns"] == "somewhere.else"
    assert lisp("(str *ns*)")["value"] == '"somewhere.else"'
    assert lisp("(:line (meta #'loaded.file/f))")["value"] == "2"


def test_require_finds_what_was_loaded_and_with_reload_what_is_on_disk(
    lisp: Evaluate, host: Host, tmp_path: Path
) -> None:
    file = tmp_path / "on_disk.lpy"
    file.write_text("(ns on-disk) (def where :disk)")
    lisp(f'(import sys) (.append sys/path "{tmp_path}")')
    unsaved = "(ns on-disk) (def where :buffer)"
    host.ask("load", source=unsaved, file=str(file), name="on_disk", lang="basilisp", session="any")
    assert lisp("(require 'on-disk) on-disk/where")["value"] == ":buffer"
    assert lisp("(require 'on-disk :reload) on-disk/where")["value"] == ":disk"


def test_a_file_is_reloaded_into_its_namespace(lisp: Evaluate, host: Host) -> None:
    path, name = "/src/re/loaded.lpy", "re.loaded"
    host.ask("load", source="(ns re.loaded)\n(def a 1) (def b 1)", file=path, name=name, lang="basilisp")
    file = {"path": path, "source": "(ns re.loaded)\n(def a 2) (def b 1)"}
    assert host.ask("reload", files=[file])["reloaded"] == [name]
    assert lisp("[re.loaded/a re.loaded/b]")["value"] == "[2 1]"


def test_python_and_basilisp_share_their_modules(lisp: Evaluate, host: Host) -> None:
    host.ask("load", source="shared = 21", file="/src/shared_m.py", name="shared_m", lang="python")
    assert lisp("(import shared-m)")["op"] == "result"
    assert lisp("(* 2 shared-m/shared)")["value"] == "42"


def test_output_goes_where_out_points(host: Host) -> None:
    code = '(println "é") (binding [*out* *err*] (println "b")) (.write *out* "c") (flush) nil'
    *before, _ = host.answers(host.start(code, lang="basilisp"))
    texts = {name: "".join(each["text"] for each in before if each.get("stream") == name) for name in ("out", "err")}
    assert texts == {"out": "é\nc", "err": "b\n"}


def test_the_names_people_expect_at_a_repl_are_there(lisp: Evaluate) -> None:
    for code in ("(doc map)", "(source when)"):
        assert lisp(code)["op"] == "result"


def test_a_lazy_seq_that_fails_while_it_is_printed_is_a_runtime_error(lisp: Evaluate) -> None:
    error = lisp("(map (fn [n] (/ 1 n)) [1 0])")
    assert (error["type"], error["ex"]) == ("runtime", "ZeroDivisionError")


@pytest.mark.parametrize("code", ["(ns other.place) (clojure.core/str 1)", "(in-ns 'bare.place) (clojure.core/str 1)"])
def test_clojure_core_is_known_by_that_name_in_every_namespace(lisp: Evaluate, code: str) -> None:
    assert lisp(code).get("value") == '"1"'
