"""Values and errors as a request wants them: by functions of the user's, in both languages. Through a real worker."""

from __future__ import annotations

import pytest

from tests.device_server.device import Answer, Host

CLOJURE = """
(ns show)
(defn render [value writer options] (.write writer (str "<" (pr-str value) " " (pr-str options) ">")))
(defn endless [value writer options] (loop [] (.write writer "ab") (recur)))
(defn stubborn [value writer options] (try (endless value writer options) (catch python/Exception _ "caught")))
(defn broken [value writer options] (throw (ex-info "no printing" {})))
(defn caught [error] (println "caught" (ex-message error)))
(defn broken-caught [error] (throw (ex-info "no telling" {})))
(def nothing 1)
"""
PYTHON = """
def render(value, right_margin=0): return f'<{value!r} {right_margin}>'
def nothing(value): return None
def caught(error): print('caught', error)
"""


@pytest.fixture
def host(host: Host) -> Host:
    assert host.eval(CLOJURE, lang="basilisp", session="definitions")["op"] == "result"
    assert host.eval(PYTHON)["op"] == "result"
    return host


def answers(host: Host, code: str, **keys: object) -> list[Answer]:
    return host.answers(host.start(code, **{"lang": "basilisp", **keys}))


def test_a_function_of_the_users_writes_the_value(host: Host) -> None:
    options = {"a": {"b": [1, "x"]}}
    (answer,) = answers(host, "42", print={"printer": "show/render", "options": options})
    assert answer["value"] == '<42 {:a {:b [1 "x"]}}>'


@pytest.mark.parametrize("printer", ["endless", "stubborn"])
def test_a_printer_that_never_ends_is_ended_by_the_quota(host: Host, printer: str) -> None:
    (answer,) = answers(host, "42", print={"printer": f"show/{printer}", "quota": 5})
    assert (answer["value"], answer["truncated"]) == ("ababa", True)


def test_a_printer_that_raises_is_an_error_of_the_eval(host: Host) -> None:
    (answer,) = answers(host, "42", print={"printer": "show/broken"})
    assert (answer["op"], answer["ex"], answer["type"]) == ("error", "ExceptionInfo", "runtime")


@pytest.mark.parametrize("name", ["show/missing", "no.such.ns/f", "render", "show/nothing", "/", "a b/c"])
def test_a_printer_that_there_is_not_is_told_before_the_value_is_printed_as_ever(host: Host, name: str) -> None:
    unresolved, answer = answers(host, "42", print={"printer": name})
    assert {key: unresolved[key] for key in ("op", "key", "name")} == {
        "op": "unresolved",
        "key": "printer",
        "name": name,
    }
    assert answer["value"] == "42"


def test_a_namespace_that_is_not_loaded_is_loaded_for_the_printer(host: Host) -> None:
    (answer,) = answers(host, "42", print={"printer": "basilisp.data/diff"})
    assert answer["op"] == "error"  # it takes no writer: it was found and called


@pytest.mark.parametrize("name", ["__main__.render", "__main__/render", "render"])
def test_in_python_a_function_returns_the_text_and_options_are_its_keywords(host: Host, name: str) -> None:
    print_ = {"printer": name, "options": {"right-margin": 7}}
    (answer,) = answers(host, "'x'", lang="python", print=print_)
    assert answer["value"] == "<'x' 7>"


def test_in_python_a_function_of_any_module_will_do(host: Host) -> None:
    (answer,) = answers(host, "[1, 2]", lang="python", print={"printer": "json.dumps", "options": {"indent": 1}})
    assert answer["value"] == "[\n 1,\n 2\n]"


def test_in_python_a_printer_must_return_a_text(host: Host) -> None:
    (answer,) = answers(host, "1", lang="python", print={"printer": "nothing"})
    assert answer["error"] == "TypeError: a printer must return a string, not NoneType"


@pytest.mark.parametrize("name", ["no.such.module.f", "json.missing", "json.decoder", "..", "a b"])
def test_in_python_a_printer_that_there_is_not_is_told(host: Host, name: str) -> None:
    unresolved, answer = answers(host, "1", lang="python", print={"printer": name})
    assert (unresolved["op"], answer["value"]) == ("unresolved", "1")


@pytest.mark.parametrize(
    ("lang", "code", "function"),
    [("basilisp", '(throw (ex-info "oh" {}))', "show/caught"), ("python", "raise ValueError('oh')", "caught")],
)
def test_a_function_of_the_users_is_called_with_the_error(host: Host, lang: str, code: str, function: str) -> None:
    *outs, answer = answers(host, code, lang=lang, caught={"function": function})
    assert "".join(each["text"] for each in outs) == "caught oh\n"
    assert (answer["op"], answer["caught"]) == ("error", True)


def test_a_function_for_errors_that_fails_does_not_hide_the_error(host: Host) -> None:
    (answer,) = answers(host, "(/ 1 0)", caught={"function": "show/broken-caught"})
    first, second = answer["error"].splitlines()
    assert first.startswith("ZeroDivisionError")
    assert second == "Telling it has failed with ExceptionInfo: no telling {}"
    assert answer["ex"] == "ZeroDivisionError"
    assert "caught" not in answer


def test_a_function_for_errors_that_there_is_not_is_told(host: Host) -> None:
    unresolved, answer = answers(host, "(/ 1 0)", caught={"function": "show/missing"})
    assert (unresolved["key"], unresolved["name"], answer["ex"]) == ("caught", "show/missing", "ZeroDivisionError")


def test_an_error_can_be_printed_as_a_value_is(host: Host) -> None:
    (answer,) = answers(host, "raise ValueError('oh')", lang="python", caught={"print": True}, print={"quota": 12})
    assert (answer["throwable"], answer["truncated"]) == ("ValueError('", True)


def test_every_form_is_shown_so(host: Host) -> None:
    print_, caught = {"printer": "show/render"}, {"print": True}
    frames = answers(host, "1 (/ 1 0) 2", print=print_, caught=caught)
    assert [each["op"] for each in frames] == ["value", "fault", "result"]
    assert [frames[0]["value"], frames[2]["value"]] == ["<1 {}>", "<2 {}>"]
    assert frames[1]["throwable"].startswith("<ZeroDivisionError")


def test_an_endless_printer_without_a_quota_can_be_interrupted(host: Host) -> None:
    host.eval("def forever(value):\n  print('begun')\n  while True: pass")
    number = host.start("1", print={"printer": "forever"})
    host.wait_for_text("begun")
    host.ask("interrupt", target=number)
    assert host.answer(number)["type"] == "interrupted"
    assert host.eval("2")["value"] == "2"
