"""Macro expansion as a worker does it: without defining, evaluating or expanding what must stay."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.device_server.device import Answer, Host

Expand = Callable[..., str]

SETUP = """
(ns expand.here (:require [basilisp.string :as text :refer [join]]))
(defn mine [x] x)
(defmacro uses [x] `(do (text/trim ~x) (join ~x) (mine ~x) (basilisp.set/union ~x)))
(defmacro bad [x] (throw (ex-info "no" {})))
(defmacro wide [& forms] `(do ~@forms))
(defmacro two [x] `(list ~x))
(defmacro one [x] `(two ~x))
(defmacro endless-seq [] (cons 'do (range)))
"""


@pytest.fixture
def ask(host: Host) -> Callable[..., Answer]:
    """Ask for an expansion in `expand.here`."""
    host.eval(SETUP, lang="basilisp", session="macros")

    def ask(code: str, expander: str = "macroexpand-1", display: str = "tidy", **keys: object) -> Answer:
        told = {"code": code, "expander": expander, "display": display, **keys}
        return host.ask("macroexpand", lang="basilisp", session="macros", ns="expand.here", **told)

    return ask


@pytest.fixture
def expand(ask: Callable[..., Answer]) -> Expand:
    """The expansion of code, there."""
    return lambda *arguments, **keys: str(ask(*arguments, **keys)["expansion"])


@pytest.mark.parametrize(
    ("expander", "expansion"),
    [
        ("macroexpand-1", "(two (one 1))"),
        ("macroexpand", "(list (one 1))"),
        ("macroexpand-all", "(list (list 1))"),
        ("macroexpand-step", "(two (one 1))"),
    ],
)
def test_each_expander_goes_as_far_as_it_says(expand: Expand, expander: str, expansion: str) -> None:
    assert expand("(one (one 1))", expander) == expansion


def test_a_step_expands_only_the_first_that_there_is(expand: Expand) -> None:
    assert expand("(f (when a b) (when c d))", "macroexpand-step") == "(f (if a (do b) nil) (when c d))"
    assert expand("(f a)", "macroexpand-step") == "(f a)"


@pytest.mark.parametrize(
    "code",
    [
        "(let* [when 1] (when 2))",
        "(fn* [when] (when 2))",
        "(fn* when [x] (when x))",
        "(fn* ([when] (when 1)) ([a when] (when 2)))",
        "(loop* [when 1] (when 2))",
        "(letfn* [a (fn* a [] (when 1)) when (fn* when [] 1)] (when 2))",
        "(try 1 (catch E when (when 2)))",
        "(reify* :implements [] (m [this when] (when 1)))",
        "(deftype* T [when] :implements [] (m [this] (when 1)))",
        "'(when 1)",
        "#'when",
        "(. x (when 1))",
        "(def when)",
        "(import* when)",
    ],
)
def test_names_that_are_bound_and_things_that_are_quoted_stay(expand: Expand, code: str) -> None:
    assert expand(code, "macroexpand-all") == code


@pytest.mark.parametrize(
    ("code", "expansion"),
    [
        ("[(when 1) {:a (when 2)} #{(when 3)}]", "[(if 1 (do) nil) {:a (if 2 (do) nil)} #{(if 3 (do) nil)}]"),
        ("(let* [a (when 1) when 2] a)", "(let* [a (if 1 (do) nil) when 2] a)"),
        ("(def x (when 1))", "(def x (if 1 (do) nil))"),
        ("(. (when 1) (m (when 2)) (when 3))", "(. (if 1 (do) nil) (m (if 2 (do) nil)) (if 3 (do) nil))"),
        ("(try (when 1) (finally (when 2)))", "(try (if 1 (do) nil) (finally (if 2 (do) nil)))"),
        ("((when 1) 2)", "((if 1 (do) nil) 2)"),
        ("(reify* :implements [] (m [this] (when 1)))", "(reify* :implements [] (m [this] (if 1 (do) nil)))"),
    ],
)
def test_what_is_evaluated_is_expanded(expand: Expand, code: str, expansion: str) -> None:
    assert expand(code, "macroexpand-all") == expansion


@pytest.mark.parametrize(
    ("display", "expansion"),
    [
        ("tidy", "(do (text/trim s) (join s) (mine s) (basilisp.set/union s))"),
        ("none", "(do (trim s) (join s) (mine s) (union s))"),
        ("qualified", "(expand.here/mine s)"),
    ],
)
def test_names_are_shown_as_asked(expand: Expand, display: str, expansion: str) -> None:
    assert expansion in expand("(uses s)", display=display, print={"width": 200})


def test_expanding_a_definition_defines_nothing(expand: Expand, host: Host) -> None:
    for expander in ("macroexpand-1", "macroexpand", "macroexpand-all", "macroexpand-step"):
        assert expand("(defn never-defined [x] x)", expander).startswith("(def")
    assert host.eval("(resolve 'expand.here/never-defined)", lang="basilisp")["value"] == "nil"


@pytest.mark.parametrize("code", ["5", "sym", "()", "(unknown 1)", "(1 2)", "nil", '"text"', "[]"])
def test_what_is_no_macro_call_stays(expand: Expand, code: str) -> None:
    for expander in ("macroexpand-1", "macroexpand", "macroexpand-all", "macroexpand-step"):
        assert expand(code, expander) == code


def test_the_macros_environment_has_the_names_around_it(expand: Expand, host: Host) -> None:
    host.eval("(defmacro bound [] (contains? &env 'x))", lang="basilisp", session="macros", ns="expand.here")
    assert expand("(let* [x 1] (bound))", "macroexpand-all") == "(let* [x 1] true)"
    assert expand("(bound)") == "false"


def test_metadata_is_shown_when_asked_but_not_where_the_reader_found_it(expand: Expand) -> None:
    assert expand("(wide ^:private x)", print={"meta": True}) == "(do ^{:private true} x)"
    assert expand("(wide ^:private x)") == "(do x)"


@pytest.mark.parametrize(
    ("code", "ex"),
    [("(bad 1)", "ExceptionInfo"), ("(", "UnexpectedEOFError"), ("1 2", "ValueError"), ("(endless-seq)", "ValueError")],
)
def test_what_fails_is_an_error(ask: Callable[..., Answer], code: str, ex: str) -> None:
    assert ask(code)["ex"] == ex


def test_a_namespace_that_is_not_there_is_an_error(host: Host) -> None:
    answer = host.ask("macroexpand", code="(when 1)", ns="not.there", lang="basilisp")
    assert answer["type"] == "namespace"


def test_without_a_namespace_it_is_the_sessions(host: Host) -> None:
    host.eval("(ns expand.session) (defmacro own [] 42)", lang="basilisp", session="moved")
    assert host.ask("macroexpand", code="(own)", lang="basilisp", session="moved")["expansion"] == "42"


def test_a_macro_that_never_ends_can_be_interrupted(host: Host) -> None:
    host.eval('(defmacro endless [] (println "in it") (while true))', lang="basilisp", session="endless")
    number = host.request("macroexpand", code="(endless)", lang="basilisp", session="endless", ns="user")
    host.wait_for_text("in it")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.answer(number)["type"] == "interrupted"


def test_python_has_no_macros(host: Host) -> None:
    assert host.ask("macroexpand", code="x", lang="python")["type"] == "protocol"
