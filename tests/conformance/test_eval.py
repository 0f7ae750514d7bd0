"""What evaluating does, the same through every way in: the device's port, a bridge, a bridge to a device elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Final

import pytest

from tests.conformance.servers import EXAMPLE
from tests.conformance.ways_in import (
    NO_COLUMN,
    DeviceTalk,
    Event,
    Kind,
    NreplTalk,
    Options,
    Outcome,
    Place,
    Talk,
    evaluate,
    gather,
)

CLJ: Final = "basilisp"
PY: Final = "python"

BIG: Final = 10_000_000
"""Characters of a long string."""


@pytest.fixture(params=["device_alone", "bridge", "bridge_elsewhere"])
def talk(request: pytest.FixtureRequest) -> Iterator[Talk]:
    """A fresh session, by each way in."""
    port = request.getfixturevalue(request.param).port
    talk = DeviceTalk(port) if request.param == "device_alone" else NreplTalk(port)
    yield talk
    talk.close()


@dataclass(frozen=True, slots=True)
class Case:
    """Code and all that must come of it; what is not said here must not come."""

    lang: str
    code: str
    values: list[str] = field(default_factory=list)
    ns: str | None = None
    """As told last; None for the language's first one."""
    out: str = ""
    err: str = ""
    """A pattern for the whole text."""
    ex: list[str] = field(default_factory=list)
    root: str | None = None
    places: list[Place] = field(default_factory=list)
    answers: tuple[str, ...] = ()
    """What is typed, each time that input is needed."""
    options: Options = field(default_factory=dict)

    @property
    def told_ns(self) -> str | None:
        if not self.values and not self.ex:
            return None
        return self.ns or {CLJ: "user", PY: "__main__"}[self.lang]


AT: Final[Options] = {"file": "some.file", "line": 10, "column": 5}

CASES: Final = {
    "a value": Case(CLJ, "(+ 1 2)", ["3"]),
    "a value in python": Case(PY, "1+2", ["3"]),
    "nil": Case(CLJ, "nil", ["nil"]),
    "none": Case(PY, "None", ["None"]),
    "a statement": Case(PY, "x = 5", ["None"]),
    "true": Case(CLJ, "true", ["true"]),
    "a ratio": Case(CLJ, "1/2", ["1/2"]),
    "a lazy sequence": Case(CLJ, "(map inc (range 3))", ["(1 2 3)"]),
    "a map": Case(CLJ, "{:a [1 #{2}]}", ["{:a [1 #{2}]}"]),
    "a var": Case(CLJ, "(def conformance-var 1)", ["#'user/conformance-var"]),
    "several forms": Case(CLJ, "1 (inc 1)\n{:a 3}", ["1", "2", "{:a 3}"]),
    "forms and comments": Case(CLJ, "; one\n1 #_2 (comment 3) ; four", ["1", "nil"]),
    "several statements": Case(PY, "def f():\n  return 7\n\nf()", ["7"]),
    "only a comment": Case(CLJ, "; nothing"),
    "only blanks": Case(CLJ, " \n"),
    "only blanks in python": Case(PY, " \n"),
    "text beyond ascii": Case(CLJ, '"é漢😀"', ['"é漢😀"']),
    "text beyond ascii in python": Case(PY, "'é漢😀'", ["'é漢😀'"]),
    "names beyond ascii": Case(PY, "größe = 5; größe", ["5"]),
    "escapes as clojure prints them": Case(CLJ, r'"a\"b\\c\nd\te"', [r'"a\"b\\c\nd\te"']),
    "half a surrogate pair": Case(PY, r"'\ud800'", [r"'\ud800'"]),
    "a null character": Case(PY, "print('a\\0b')", ["None"], out="a\0b\n"),
    "an indented region": Case(PY, "  x = 1\n  x + 1", ["2"]),
    "a top-level await": Case(PY, "import asyncio\nawait asyncio.sleep(0, 7)", ["7"]),
    "both streams": Case(PY, "import sys; print('a'); print('b', file=sys.stderr); 5", ["5"], out="a\n", err="b\n"),
    "both streams in clojure": Case(
        CLJ, '(do (println "a") (binding [*out* *err*] (println "b")) 5)', ["5"], out="a\n", err="b\n"
    ),
    "output beyond ascii": Case(CLJ, '(println "é漢😀")', ["nil"], out="é漢😀\n"),
    "output without an end of line": Case(PY, "print('a', end='')", ["None"], out="a"),
    "much output": Case(PY, "for i in range(20_000): print(i)", ["None"], out="".join(f"{i}\n" for i in range(20_000))),
    "output of a child process": Case(PY, "import os; os.system('echo a; echo b >&2')", ["0"], out="a\n", err="b\n"),
    "output to the descriptors": Case(
        PY, "import os; os.write(1, b'a'), os.write(2, b'b')", ["(1, 1)"], out="a", err="b"
    ),
    "a namespace of the request": Case(CLJ, '(upper-case "a")', ['"A"'], options={"ns": "basilisp.string"}),
    "a module of the request": Case(PY, "dumps([1])", ["'[1]'"], options={"ns": "json"}),
    "no such namespace": Case(CLJ, "(+ 1 2)", ex=["namespace"], err=".*", options={"ns": "there.is.none"}),
    "no such module": Case(PY, "1+2", ex=["namespace"], err=".*", options={"ns": "there.is.none"}),
    "a failure": Case(CLJ, "(/ 1 0)", ex=["ZeroDivisionError"], err="ZeroDivisionError: .*\n"),
    "a failure in python": Case(PY, "1/0", ex=["ZeroDivisionError"], err="ZeroDivisionError: division by zero\n"),
    "a failure with data": Case(CLJ, '(throw (ex-info "x" {:a 1}))', ex=["ExceptionInfo"], err=".*: x {:a 1}\n"),
    "a failure with a cause": Case(
        PY,
        "try:\n  1/0\nexcept Exception as e:\n  raise ValueError('v') from e",
        ex=["ValueError"],
        root="ZeroDivisionError",
        err="ValueError: v\n",
    ),
    "a failure while printing": Case(CLJ, "(map (fn [x] (/ 1 x)) [0])", ex=["ZeroDivisionError"], err=".+\n"),
    "a failure of a repr": Case(
        PY, "class A:\n  def __repr__(self): raise ValueError('r')\nA()", ex=["ValueError"], err="ValueError: r\n"
    ),
    "output before a failure": Case(PY, "print('a'); 1/0", ex=["ZeroDivisionError"], out="a\n", err="Zero.*\n"),
    "an exit": Case(PY, "raise SystemExit(3)", ex=["SystemExit"], err="SystemExit: 3\n"),
    "forms after a failure": Case(CLJ, "1 (/ 1 0) 3", ["1", "3"], ex=["ZeroDivisionError"], err="ZeroDiv.*\n"),
    "an unknown symbol": Case(
        CLJ, "(foo)", ex=["CompilerException"], err=".*unable to resolve symbol 'foo'.*\n",
        places=[("some.file", 10, 6)], options=AT,
    ),
    "an unknown symbol on a later line": Case(
        CLJ, "1\n(foo)", ["1"], ex=["CompilerException"], err=".*'foo'.*\n", places=[("some.file", 11, 2)], options=AT
    ),
    "a macro that fails": Case(
        CLJ, '(defmacro bad [] (throw (ex-info "m" {})))\n(bad)', ["#'user/bad"], ex=["CompilerException"],
        root="ExceptionInfo", err=".*m.*\n", places=[("some.file", 11, 1)], options=AT,
    ),
    "an unknown name": Case(PY, "foo", ex=["NameError"], err="NameError: name 'foo' is not defined\n"),
    "a syntax error": Case(
        PY, "def f(:\n", ex=["SyntaxError"], err="SyntaxError: invalid syntax\n",
        places=[("some.file", 10, 11)], options=AT,
    ),
    "a syntax error on a later line": Case(
        PY, "x = 1\n y = 2", ex=["IndentationError"], err="IndentationError: unexpected indent\n",
        places=[("some.file", 11, 1)], options=AT,
    ),
    "a syntax error that the compiler finds": Case(
        PY, "return 5", ex=["SyntaxError"], err="SyntaxError: 'return' outside function\n",
        places=[("some.file", 10, 1)], options={**AT, "column": 1},
    ),
    "an unfinished form": Case(
        CLJ, "(+ 1", ex=["UnexpectedEOFError"], err="Unexpected.*\n", places=[("some.file", 10, 9)], options=AT
    ),
    "a reader error ends the reading": Case(
        CLJ, "1 ) 2", ["1"], ex=["SyntaxError"], err="SyntaxError: .*\n", places=[("some.file", 10, 7)], options=AT
    ),
    "a line of input": Case(CLJ, "(read-line)", ['"a b"'], answers=("a b\n",)),
    "input after a prompt": Case(PY, "input('name? ')", ["'é'"], out="name? ", answers=("é\n",)),
    "several lines of input": Case(PY, "[input(), input()]", ["['a', 'b']"], answers=("a\n", "b\n")),
    "the end of input": Case(PY, "import sys; sys.stdin.read()", ["'a\\n'"], answers=("a\n", "")),
    "the end of input for a line": Case(PY, "input()", ex=["EOFError"], err="EOFError.*\n", answers=("",)),
    "a crash by signal": Case(
        PY, "import os; os.kill(os.getpid(), 11)", ex=["Crash"], root="SIGSEGV (Segmentation fault)",
        err="The worker died: SIGSEGV .*\n",
    ),
    "a crash by exit code": Case(
        PY, "print('last words'); import os; os._exit(3)", ex=["Crash"], root="exit code 3", out="last words\n",
        err="The worker died: exit code 3.*\n",
    ),
    "a comment in python": Case(PY, "# nothing"),
    "an unknown symbol in a function": Case(
        CLJ, "(defn f []\n  (foo))", ex=["CompilerException"], err=".*'foo'.*\n",
        places=[("some.file", 11, 4)], options=AT,
    ),
    "an unknown symbol in a macro's form": Case(
        CLJ, "(let [a 1]\n  (foo))", ex=["CompilerException"], err=".*'foo'.*\n",
        places=[("some.file", 11, 4)], options=AT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
def test_an_eval_tells_this_and_nothing_else(case: Case, talk: Talk) -> None:
    outcome = evaluate(talk, case.code, *case.answers, lang=case.lang, **case.options)
    assert outcome.values == case.values
    assert outcome.failures == case.ex
    assert outcome.text(Kind.OUT) == case.out
    assert re.fullmatch(case.err, outcome.text(Kind.ERR), re.DOTALL)
    assert outcome.places == case.places
    assert [event.root for event in outcome.events if event.root] == [
        case.root or ex for ex in case.ex if ex != "namespace"
    ]
    if case.ex != ["Crash"] and case.ex != ["namespace"]:
        assert outcome.ns == case.told_ns


@pytest.mark.parametrize("crash", ["import os; os._exit(3)", "import ctypes; ctypes.string_at(0)"])
def test_the_eval_after_a_crash_works(crash: str, talk: Talk) -> None:
    assert evaluate(talk, crash, lang=PY).failures == ["Crash"]
    assert evaluate(talk, "1+2", lang=PY).values == ["3"]
    assert evaluate(talk, "(+ 1 2)", lang=CLJ).values == ["3"]


def test_output_comes_before_the_value(talk: Talk) -> None:
    for _ in range(50):
        outcome = evaluate(talk, "import sys; print('a'); print('b', file=sys.stderr); 5", lang=PY)
        assert set(outcome.kinds[:2]) == {Kind.OUT, Kind.ERR}
        assert outcome.kinds[2:] == [Kind.VALUE]


def test_output_comes_after_the_value_of_the_form_before(talk: Talk) -> None:
    for _ in range(50):
        events = talk.start('(println "first") :value (println "later")', lang=CLJ)
        told = [event for event in gather(talk, events).events if event.text != "nil"]
        texts = ["".join(event.text for event in some) for _, some in groupby(told, attrgetter("kind"))]
        assert texts == ["first\n", ":value", "later\n"]


def test_output_comes_while_the_eval_runs(talk: Talk) -> None:
    events = talk.start("print('what?'); input()", lang=PY)
    assert [next(events), next(events)] == [Event(Kind.OUT, "what?\n"), Event(Kind.NEEDS_INPUT)]
    talk.type("\n")
    assert gather(talk, events).values == ["''"]


def test_a_running_eval_can_be_interrupted(talk: Talk) -> None:
    events = talk.start("print('on')\nwhile True: pass", lang=PY)
    assert next(events).text == "on\n"
    talk.interrupt()
    assert gather(talk, events).failures == ["interrupted"]
    assert evaluate(talk, "1+2", lang=PY).values == ["3"]


def test_a_running_loop_in_clojure_can_be_interrupted(talk: Talk) -> None:
    evaluate(talk, "(def kept 5)", lang=CLJ)
    events = talk.start('(do (println "on") (while true))', lang=CLJ)
    assert next(events).text == "on\n"
    talk.interrupt()
    assert gather(talk, events).failures == ["interrupted"]
    assert evaluate(talk, "kept", lang=CLJ).values == ["5"]


def test_an_eval_that_waits_for_input_can_be_interrupted(talk: Talk) -> None:
    events = talk.start("input()", lang=PY)
    assert next(events).kind is Kind.NEEDS_INPUT
    talk.interrupt()
    assert gather(talk, events).failures == ["interrupted"]
    assert evaluate(talk, "input()", "a\n", lang=PY).values == ["'a'"]


@pytest.mark.slow
def test_an_eval_that_ignores_interrupts_is_ended_with_its_worker(talk: Talk) -> None:
    code = "while True:\n  try:\n    print('on')\n    while True: pass\n  except KeyboardInterrupt: pass"
    events = talk.start(code, lang=PY)
    assert next(events).text == "on\n"
    talk.interrupt()
    assert gather(talk, events).failures == ["interrupted"]
    assert evaluate(talk, "1+2", lang=PY).values == ["3"]


def test_a_namespace_of_the_request_moves_nothing(talk: Talk) -> None:
    evaluate(talk, "(ns conformance.own)", lang=CLJ)
    assert evaluate(talk, "*ns*", lang=CLJ, ns="basilisp.string").values == ["basilisp.string"]
    assert evaluate(talk, "(in-ns 'user)", lang=CLJ, ns="basilisp.string").values == ["user"]
    assert evaluate(talk, "*ns*", lang=CLJ).values == ["conformance.own"]


def test_a_session_moves_to_the_namespace_it_names(talk: Talk) -> None:
    assert evaluate(talk, "(ns conformance.moved)", lang=CLJ).ns == "conformance.moved"
    assert evaluate(talk, "(def x 5) *ns*", lang=CLJ).values == ["#'conformance.moved/x", "conformance.moved"]


def test_an_unknown_namespace_is_not_made(talk: Talk) -> None:
    evaluate(talk, "(+ 1 2)", lang=CLJ, ns="never.made")
    assert evaluate(talk, "(find-ns 'never.made)", lang=CLJ).values == ["nil"]


def test_recent_values_and_the_last_error_are_remembered(talk: Talk) -> None:
    evaluate(talk, "1 2 3", lang=CLJ)
    assert evaluate(talk, "[*1 *2 *3]", lang=CLJ).values == ["[3 2 1]"]
    evaluate(talk, "(/ 1 0)", lang=CLJ)
    assert evaluate(talk, "(instance? python/ZeroDivisionError *e)", lang=CLJ).values == ["true"]


def test_the_last_value_is_remembered_in_python(talk: Talk) -> None:
    evaluate(talk, "41", lang=PY)
    evaluate(talk, "None", lang=PY)
    assert evaluate(talk, "_ + 1", lang=PY).values == ["42"]


def test_sessions_do_not_disturb_each_other(talk: Talk) -> None:
    evaluate(talk, "(ns conformance.first) :first", lang=CLJ)
    evaluate(talk, "'first'", lang=PY)
    other = talk.fork()
    evaluate(other, "(ns conformance.second) :second", lang=CLJ)
    evaluate(other, "'second'", lang=PY)
    assert evaluate(talk, "[*1 (str *ns*)]", lang=CLJ).values == ['[:first "conformance.first"]']
    assert evaluate(talk, "_", lang=PY).values == ["'first'"]
    other.close()


def test_a_clone_has_the_values_but_not_the_namespace(talk: Talk) -> None:
    evaluate(talk, "(ns conformance.origin) 1 2 3", lang=CLJ)
    evaluate(talk, "41", lang=PY)
    clone = talk.fork()
    assert evaluate(clone, "[*1 *2 *3 (str *ns*)]", lang=CLJ).values == ['[3 2 1 "user"]']
    assert evaluate(clone, "_ + 1", lang=PY).values == ["42"]
    clone.close()


def test_both_languages_live_in_one_process(talk: Talk) -> None:
    evaluate(talk, "import sys; sys.conformance = 42", lang=PY)
    assert evaluate(talk, "(import sys) (.-conformance sys)", lang=CLJ).values[-1] == "42"


def load(talk: Talk, path: str) -> Outcome:
    return gather(talk, talk.load((EXAMPLE / path).read_text(), path))


@pytest.fixture
def fresh_talk(talk: Talk) -> Iterator[Talk]:
    """A session on a worker that has not loaded the example project; it forgets it again."""
    forget = "import sys; [sys.modules.pop(name) for name in [*sys.modules] if name.partition('.')[0] == 'todo']"
    evaluate(talk, forget, lang=PY)
    yield talk
    evaluate(talk, forget, lang=PY)


def test_a_python_file_is_loaded_as_its_module(fresh_talk: Talk) -> None:
    evaluate(fresh_talk, "import todo", lang=PY)
    for path in ("todo/model.py", "todo/store.py"):
        outcome = load(fresh_talk, path)
        assert (outcome.values, outcome.failures, outcome.text(Kind.ERR)) == (["None"], [], "")
    code = "todo.store.add('Water the plants'); [each.title for each in todo.store.all_items()]"
    assert evaluate(fresh_talk, code, lang=PY).values == ["['Water the plants']"]


@pytest.mark.parametrize("path", ["todo/__init__.py", "todo/model.py", "todo/store.py"])
def test_a_python_file_can_be_loaded_before_its_package(path: str, fresh_talk: Talk) -> None:
    assert load(fresh_talk, path).values == ["None"]
    code = "import todo; todo.store.add('Water the plants'); isinstance(todo.find(1), todo.model.Item)"
    assert evaluate(fresh_talk, code, lang=PY).values == ["True"]


@pytest.mark.slow
def test_a_clojure_file_is_loaded_and_moves_no_session(talk: Talk) -> None:
    for path in ("errands/model.lpy", "errands/store.lpy"):
        outcome = load(talk, path)
        assert (len(outcome.values), outcome.failures, outcome.text(Kind.ERR)) == (1, [], "")
    assert outcome.values == ["#'errands.store/all-errands"]
    assert evaluate(talk, "*ns*", lang=CLJ).values == ["user"]
    assert evaluate(talk, '(:title (errands.store/add! "Return the drill"))', lang=CLJ).values == ['"Return the drill"']


def test_loading_stops_at_the_first_error(talk: Talk) -> None:
    text = "(ns conformance.broken)\n(def before 1)\n(/ 1 0)\n(def after 1)\n"
    outcome = gather(talk, talk.load(text, "conformance/broken.lpy"))
    assert (outcome.values, outcome.failures) == ([], ["ZeroDivisionError"])
    code = "(map (fn [name] (some? (ns-resolve 'conformance.broken name))) '[before after])"
    assert evaluate(talk, code, lang=CLJ).values == ["(true false)"]


@pytest.mark.parametrize(
    ("path", "text", "place"),
    [
        ("conformance/broken.py", "x = 1\nx = (\n", ("conformance/broken.py", 2, 5)),
        ("conformance/broken.lpy", "(ns conformance.broken)\n (foo)\n", ("conformance/broken.lpy", 2, 3)),
        ("conformance/broken.lpy", "(ns conformance.broken)\n ]\n", ("conformance/broken.lpy", 2, 2)),
    ],
)
def test_an_error_in_a_file_has_its_place(path: str, text: str, place: Place, talk: Talk) -> None:
    (told,) = gather(talk, talk.load(text, path)).places
    assert told == place or (path.endswith(".py") and told == (*place[:2], NO_COLUMN))


def test_a_long_value_is_cut_at_the_default_quota(talk: Talk) -> None:
    (value,) = evaluate(talk, f"'y' * {2 * BIG}", lang=PY).events
    assert value.is_cut
    assert re.fullmatch("'y{1000000,}", value.text)


def test_a_long_string_travels_both_ways(talk: Talk) -> None:
    text = "é" * (BIG // 2)  # two bytes each
    assert evaluate(talk, f"text = '{text}'; len(text)", lang=PY).values == [str(BIG // 2)]
    assert evaluate(talk, "print(text, end='')", lang=PY).text(Kind.OUT) == text


@pytest.mark.parametrize(("lang", "code", "value"), [(PY, "'y' * 300", "'" + "y" * 99), (CLJ, "(range 99)", "(0 1 2")])
def test_a_value_over_the_quota_is_cut(lang: str, code: str, value: str, talk: Talk) -> None:
    (event,) = evaluate(talk, code, lang=lang, quota=len(value)).events
    assert (event.text, event.is_cut) == (value, True)
