"""Basilisp's exceptions: what a prompt says of them, and their stack traces."""

from __future__ import annotations

import pytest

from tests.device_server.device import Answer, Host

SOURCE = """(ns stack.trace-able)
(defn fails? ([n] (fails? n 0)) ([n m] (mapv (fn [x] (/ x m)) [n])))
(defn named [] ((fn inner [g] (g)) (fn [] (fails? 1))))
(defn rest-args [& xs] (apply fails? xs))
(defn with_underscore [] (/ 1 0))
(defn map [] (/ 1 0))
(deftype Thing [] (__call__ [this] (/ 1 0)))
"""


@pytest.fixture
def loaded(host: Host) -> Host:
    host.ask("load", source=SOURCE, file="/src/stack/trace_able.lpy", lang="basilisp")
    return host


def failing(host: Host, code: str, **keys: object) -> Answer:
    """The analysis of what code in `stack.trace-able` fails with."""
    answer = host.eval(code, lang="basilisp", session="failing", ns="stack.trace-able", **keys)
    assert answer["op"] == "error"
    return host.ask("stacktrace", lang="basilisp", session="failing")


def own_frames(analysis: Answer) -> list[Answer]:
    """Calls in the loaded file and in typed code, the outermost first."""
    frames: list[Answer] = analysis["causes"][-1]["frames"]
    return [each for each in reversed(frames) if each["file"] in ("/src/stack/trace_able.lpy", "<repl>")]


def test_without_an_error_there_are_no_causes(host: Host) -> None:
    assert host.ask("stacktrace", lang="basilisp", session="none-yet")["causes"] == []


@pytest.mark.parametrize(
    ("code", "functions"),
    [
        ("(fails? 1)", ["eval", "fails?", "fails?/fn"]),
        ("(named)", ["eval", "named", "named/inner", "named/fn", "fails?", "fails?/fn"]),
        ("(rest-args 1)", ["eval", "rest-args", "fails?", "fails?/fn"]),
        ("(with_underscore)", ["eval", "with_underscore"]),
        ("(map)", ["eval", "map"]),
        ("(#(fails? %) 1)", ["eval", "fn", "fails?", "fails?/fn"]),
    ],
)
def test_functions_are_named_as_they_were_written(loaded: Host, code: str, functions: list[str]) -> None:
    frames = own_frames(failing(loaded, code))
    named = [frame["fn"] for frame in frames]
    assert [name for place, name in enumerate(named) if named[place - 1 : place] != [name]] == functions
    assert {frame["ns"] for frame in frames} == {"stack.trace-able"}
    assert all(frame["name"] == f"{frame['ns']}/{frame['fn']}" for frame in frames)


def test_the_var_of_a_closure_is_that_of_the_function_around_it(loaded: Host) -> None:
    assert own_frames(failing(loaded, "(fails? 1)"))[-1]["var"] == "stack.trace-able/fails?"


def test_a_method_is_named_with_its_type(loaded: Host) -> None:
    assert own_frames(failing(loaded, "((->Thing))"))[-1]["fn"].endswith("Thing.--call--")


def test_machinery_is_tooling_and_the_wrappers_of_a_function_are_duplicates(loaded: Host) -> None:
    frames = failing(loaded, "(fails? 1)")["causes"][0]["frames"]
    for frame in frames:
        is_machinery = "/basilisp/lang/" in frame["file"] or "/device_server/" in frame["file"]
        assert ("tooling" in frame["flags"]) >= is_machinery
    visible = [frame["fn"] for frame in own_frames({"causes": [{"frames": frames}]}) if "dup" not in frame["flags"]]
    assert visible == ["eval", "fails?", "fails?/fn"]


def test_typed_code_is_the_repls_and_a_files_is_not(loaded: Host) -> None:
    typed, *rest = own_frames(failing(loaded, "(fails? 1)"))
    assert typed["flags"] == ["clj", "repl"]
    assert all("repl" not in frame["flags"] for frame in rest)


@pytest.mark.parametrize(
    ("code", "phase", "place"),
    [
        ("(foo)", "compile-syntax-check", {"line": 5, "column": 4}),
        ("(when true\n  (foo))", "compile-syntax-check", {"line": 6, "column": 4}),
        ("(when-let [] 1)", "macroexpansion", {"line": 5, "column": 3, "name": "basilisp.core/if-let"}),
        ("(", "read-source", {"line": 5, "column": 4}),
        ("1 :a)", "read-source", {"line": 5, "column": 7}),
        ("(def\n  x ]", "read-source", {"line": 6, "column": 5}),
        ("(recur 1)", "compile-syntax-check", {"line": 5, "column": 3}),
    ],
)
def test_what_cannot_be_compiled_says_when_and_where(
    loaded: Host, code: str, phase: str, place: dict[str, object]
) -> None:
    error = loaded.eval(code, lang="basilisp", file="/src/b.lpy", line=5, column=3)
    assert (error["type"], error["phase"]) == ("compile", phase)
    assert error["location"] == {"file": "/src/b.lpy", **place}
    analysis = failing(loaded, code, file="/src/b.lpy", line=5, column=3)
    assert analysis["phase"] == phase
    assert analysis["causes"][0]["location"] == {"file": "/src/b.lpy", **place}


def test_the_text_is_what_is_wrong_and_not_where_the_compiler_was(loaded: Host) -> None:
    error = loaded.eval("(when true (let [x 1] (foo)))", lang="basilisp")
    assert error["error"] == "CompilerException: unable to resolve symbol 'foo' in this context"


def test_what_a_macro_raises_is_a_cause(loaded: Host) -> None:
    outer, root = failing(loaded, "(when-let [] 1)")["causes"]
    assert outer["message"] == "error occurred during macroexpansion"
    assert (root["class"], root["data"]) == ("basilisp.lang.exception.ExceptionInfo", "{:bindings []}")


def test_an_ex_info_has_its_message_and_data_apart(loaded: Host) -> None:
    (cause,) = failing(loaded, '(throw (ex-info "told" {:a "é" :b [1 2]}))')["causes"]
    assert cause["message"] == "told"
    assert cause["data"] in ('{:a "é" :b [1 2]}', '{:b [1 2] :a "é"}', '{:a "é", :b [1 2]}', '{:b [1 2], :a "é"}')


def test_endless_data_is_cut(loaded: Host) -> None:
    (cause,) = failing(loaded, '(throw (ex-info "endless" {:a (range)}))')["causes"]
    assert len(cause["data"]) <= 10_000


def test_data_that_cannot_be_printed_leaves_the_rest(loaded: Host) -> None:
    loaded.eval("class Unshown:\n    def __repr__(self): raise KeyError")
    code = '(import __main__) (throw (ex-info "odd" {:a (.Unshown (python/__import__ "__main__"))}))'
    (cause,) = failing(loaded, code)["causes"]
    assert cause["message"] == "odd"
    assert "cannot be printed" in cause["data"]


def test_the_place_of_a_runtime_error_is_in_the_users_code(loaded: Host) -> None:
    error = loaded.eval("(fails? 1)", lang="basilisp", ns="stack.trace-able")
    assert error["location"] == {"file": "/src/stack/trace_able.lpy", "line": 2, "name": "fails?/fn"}


def test_calls_of_python_functions_are_pythons(loaded: Host) -> None:
    (cause,) = failing(loaded, '(import json) (json/loads "{")')["causes"]
    innermost = cause["frames"][0]
    assert (innermost["class"], innermost["method"]) == ("json.decoder.JSONDecoder", "raw_decode")
    assert innermost["flags"] == ["python"]
