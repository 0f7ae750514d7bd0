"""The evaluator: one answer for every request, whatever user code does; forms, limits, sessions, files."""

from __future__ import annotations

import hashlib

import pytest

from tests.device_server.device import Answer, Device, Host

FORMS = '1 (println "b") (/ 1 0) :last'


def shapes(answers: list[Answer]) -> list[tuple[str, str | None]]:
    return [(each["op"], each.get("value") or each.get("text") or each.get("ex")) for each in answers]


def test_every_form_is_told_to_those_who_want_to_know(host: Host) -> None:
    answers = host.answers(host.start(FORMS, lang="basilisp"))
    assert shapes([each for each in answers if each["op"] != "out"]) == [
        ("value", "1"),
        ("value", "nil"),
        ("fault", "ZeroDivisionError"),
        ("result", ":last"),
    ]
    before_nil = answers[: shapes(answers).index(("value", "nil"))]
    assert "".join(each["text"] for each in before_nil if each["op"] == "out") == "b\n"
    assert {each.get("ns", "user") for each in answers} == {"user"}


def test_a_fault_has_what_an_error_has(host: Host) -> None:
    fault = host.answers(host.start("(/ 1 0) 1", lang="basilisp"))[0]
    error = host.eval("(/ 1 0)", lang="basilisp")
    assert fault["op"] == "fault"
    assert {key: fault[key] for key in ("type", "error", "ex", "root_ex")} == {
        key: error[key] for key in ("type", "error", "ex", "root_ex")
    }
    assert fault["frames"]


def test_for_others_only_the_last_value_is_told(netcat: Host) -> None:
    (answer,) = netcat.answers(netcat.start('1 (println "b") 3', lang="basilisp"))
    assert (answer["op"], answer["value"], answer["out"]) == ("result", "3", "b\n")


def test_for_others_the_first_failure_is_the_end(netcat: Host) -> None:
    answer = netcat.eval("(def told 1) (/ 1 0) (def told 2)", lang="basilisp")
    assert (answer["op"], answer["type"]) == ("error", "runtime")
    assert netcat.eval("told", lang="basilisp")["value"] == "1"


def test_a_form_that_cannot_be_read_is_the_end_for_everyone(host: Host) -> None:
    assert shapes(host.answers(host.start("1 (+ 1 2) (", lang="basilisp"))) == [
        ("value", "1"),
        ("value", "3"),
        ("error", "UnexpectedEOFError"),
    ]


def test_an_interrupt_ends_the_forms_after_it_too(host: Host) -> None:
    number = host.start('(println "busy") (loop [] (recur)) (def never 1)', lang="basilisp")
    host.wait_for_text("busy")
    host.ask("interrupt", target=number)
    assert host.answer(number)["type"] == "interrupted"
    assert host.eval("(resolve 'never)", lang="basilisp")["value"] == "nil"


@pytest.mark.parametrize("code", [" ", "\n\n", "# only a comment"])
def test_python_without_a_statement_has_no_value(host: Host, code: str) -> None:
    answer = host.eval(code)
    assert answer["op"] == "result"
    assert "value" not in answer or answer["value"] == "None"


@pytest.mark.parametrize("code", [" ", "\n", "; only a comment", "#_(+ 1 2)", "#_1 ;"])
def test_code_without_a_form_has_no_value(host: Host, code: str) -> None:
    answer = host.eval(code, lang="basilisp")
    assert answer["op"] == "result"
    assert "value" not in answer


@pytest.mark.parametrize(
    "code",
    [
        "raise SystemExit(3)",
        "import sys; sys.exit()",
        "raise KeyboardInterrupt",
        "raise GeneratorExit",
        "raise BaseException",
        "raise type('Odd', (BaseException,), {})",
        "raise RecursionError",
        "def f(): f()\nf()",
        "raise MemoryError",
        "raise StopIteration",
        "raise ExceptionGroup('g', [ValueError()])",
        "class E(Exception):\n  def __str__(self): raise ValueError\nraise E",
        "class E(Exception):\n  def __str__(self): return 1\nraise E",
        "class E:\n  def __repr__(self): raise ValueError\nE()",
        "class E:\n  def __repr__(self): return 1\nE()",
        "1 / 0",
        "exec('x' * 100 + '(')",
        "'\\ud800' and eval('\\ud800')",
        "import asyncio; await asyncio.sleep(0); 1 / 0",
    ],
)
def test_whatever_user_code_raises_is_an_error_and_the_worker_lives_on(host: Host, code: str) -> None:
    pid = host.eval("import os; os.getpid()")["value"]
    answer = host.eval(code)
    assert answer["op"] == "error"
    assert answer["type"] in ("runtime", "compile", "interrupted", "memory")
    assert host.eval("os.getpid()")["value"] == pid


@pytest.mark.parametrize("code", ["'\ud800'", "x\x00", "(" * 300, "é = 'ß'; é", "'🎉'", "\ufeff1", "\x0c1", "1\r\n2"])
def test_any_text_is_an_answer(host: Host, code: str) -> None:
    generation = host.worker()["generation"]
    assert host.eval(code)["op"] in ("result", "error")
    assert host.eval(code, lang="basilisp")["op"] in ("result", "error")
    assert host.worker()["generation"] == generation


def test_an_exception_whose_message_exits_does_not_end_the_worker(netcat: Host) -> None:
    answer = netcat.eval("class E(Exception):\n  def __str__(self): raise SystemExit\nraise E")
    assert answer["type"] == "runtime"


def test_an_error_that_cannot_be_cut_to_fit_is_still_answered(host: Host) -> None:
    answer = host.eval("raise type('E' * 20_000_000, (Exception,), {})", timeout_ms=500)
    assert answer["type"] == "runtime"


@pytest.mark.parametrize(
    ("quota", "value"), [(3, "'xx"), (12, "'xxxxxxxxxx'"), (0, "'xxxxxxxxxx'"), ("3", "'xxxxxxxxxx'")]
)
def test_a_value_is_cut_at_the_quota(host: Host, quota: object, value: str) -> None:
    answer = host.eval("'x' * 10", print={"quota": quota})
    assert answer["value"] == value
    assert answer.get("truncated", False) is (len(value) < 12)


def test_an_endless_value_can_be_interrupted(host: Host) -> None:
    number = host.start('(do (println "busy") (range))', lang="basilisp")
    host.wait_for_text("busy")
    assert host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.answer(number)["type"] == "interrupted"


@pytest.mark.parametrize("lang", ["python", "basilisp"])
def test_in_a_namespace_that_is_not_there_nothing_is_evaluated(host: Host, lang: str) -> None:
    answer = host.eval("1", lang=lang, ns="not.there")
    assert (answer["op"], answer["type"]) == ("error", "namespace")
    assert "not.there" in answer["error"]
    assert answer["ns"] == {"python": "__main__", "basilisp": "user"}[lang]


@pytest.mark.parametrize(("lang", "code", "read"), [("python", "6 * 7", "_"), ("basilisp", "(* 6 7)", "*1")])
def test_a_session_has_its_own_last_value(host: Host, lang: str, code: str, read: str) -> None:
    host.eval(code, lang=lang, session="a")
    host.eval("1", lang=lang, session="b")
    assert host.eval(read, lang=lang, session="a")["value"] == "42"


def test_without_a_session_the_connection_is_one(device: Device, host: Host) -> None:
    with device.connect() as other:
        host.eval(":mine", lang="basilisp")
        other.eval(":theirs", lang="basilisp")
        assert host.eval("*1", lang="basilisp")["value"] == ":mine"
        assert other.eval("*1", lang="basilisp")["value"] == ":theirs"


@pytest.mark.parametrize(("lang", "read", "empty"), [("python", "_", "None"), ("basilisp", "*1", "nil")])
def test_a_session_is_cloned_in_order_and_closed(host: Host, lang: str, read: str, empty: str) -> None:
    for op, keys in (
        ("eval", {"code": "41", "lang": lang, "session": "o"}),
        ("clone", {"session": "c", "from": "o"}),
        ("eval", {"code": "42", "lang": lang, "session": "o"}),
    ):
        host.request(op, **keys)
    assert host.eval(read, lang=lang, session="c")["value"] == "41"
    assert host.ask("close", session="c")["op"] == "closed"
    assert host.eval(read, lang=lang, session="c")["value"] == empty
    assert host.eval(read, lang=lang, session="o")["value"] == "42"


def test_a_session_of_nobody_can_be_cloned_and_closed(host: Host) -> None:
    assert host.ask("clone", session="x", **{"from": "nobody"})["op"] == "cloned"
    assert host.ask("close", session="nobody")["op"] == "closed"


def test_a_file_is_loaded_and_its_last_value_told(host: Host) -> None:
    answer = host.ask("load", source="x = 20\nx + 1", file="/src/m.py", name="loaded_m", lang="python")
    assert (answer["op"], answer["value"]) == ("result", "21")
    assert host.eval("x", ns="loaded_m")["value"] == "20"


def test_what_has_been_loaded_is_told_by_the_hash_of_its_text(host: Host) -> None:
    source = "WORD = 'größer'\n"
    host.ask("load", source=source, file="/src/told.py", name="told", lang="python")
    host.ask("load", source="1 / 0", file="/src/fails.py", name="fails", lang="python")
    host.ask("load", source="1", file="/src/of_no_module.py", lang="python")
    files = host.ask("loaded")["files"]
    assert files["/src/told.py"] == hashlib.sha256(source.encode()).hexdigest()
    assert not {"/src/fails.py", "/src/of_no_module.py"} & {*files}


def test_a_load_stops_at_the_first_failure(host: Host) -> None:
    source = "(ns loaded.stops)\n(def a 1)\n(/ 1 0)\n(def b 2)"
    *before, answer = host.answers(host.request("load", source=source, file="/src/stops.lpy", lang="basilisp"))
    assert (before, answer["op"], answer["ex"]) == ([], "error", "ZeroDivisionError")
    assert ("/src/stops.lpy", 3) in {(frame["file"], frame["line"]) for frame in answer["frames"]}
    assert host.eval("[a (resolve 'b)]", ns="loaded.stops", lang="basilisp")["value"] == "[1 nil]"
    assert host.eval("(str *ns*)", lang="basilisp")["value"] == '"user"'


def test_an_empty_file_can_be_loaded(host: Host) -> None:
    assert host.ask("load", source="", file="/src/empty.py", lang="python")["op"] == "result"
    assert host.ask("load", source="", file="/src/empty.lpy", lang="basilisp")["op"] == "result"


@pytest.mark.parametrize(
    "message",
    [
        {"op": "load", "file": "/src/a.py"},
        {"op": "reload", "files": [{"path": "/src/a.py"}]},
        {"op": "reload", "files": [{"source": "1"}]},
        {"op": "reload", "files": ["/src/a.py"]},
        {"op": "reload", "files": [{"path": "/src/a.py", "source": "1", "lang": "cobol"}]},
        {"op": "reload", "files": [{"path": "/src/a.py", "source": "1", "lang": ["python"]}]},
    ],
)
def test_a_request_that_lacks_what_it_needs_is_refused(host: Host, message: dict[str, object]) -> None:
    host.send_message({**message, "id": "bad"})
    assert host.answer("bad")["type"] == "protocol"


def test_a_load_of_null_is_refused(host: Host) -> None:
    assert host.ask("load", source=None, file="/src/a.py", lang="python").get("type") == "protocol"


def test_a_reload_of_what_is_no_text_is_refused(host: Host) -> None:
    files = [{"path": "/src/a.py", "source": 42, "lang": "python"}]
    assert host.ask("reload", files=files).get("type") == "protocol"
