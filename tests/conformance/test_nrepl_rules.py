"""What nREPL clients count on, each rule with a test that bears its words. The replies are looked at as they come."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

import pytest

from bridge.framing import Framer, encode
from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl, joined, statuses, values
from tests.conformance.servers import EXAMPLE, Server

OPS: Final = (
    "clone", "close", "describe", "eval", "load-file", "interrupt", "stdin", "ls-sessions",
    "device-connect", "device-disconnect", "device-status", "ios-connect", "ios-disconnect", "ios-status",
)  # fmt: skip

INIT: Final = (
    "(when-let [requires (resolve 'clojure.main/repl-requires)] (clojure.core/apply clojure.core/require @requires))"
)
"""What CIDER and Calva evaluate first."""

PRINTERS: Final = [
    f"cider.nrepl.pprint/{name}"
    for name in ("pr", "pprint", "clojure-pprint", "orchard-pprint", "fipp-pprint", "puget-pprint", "zprint-pprint")
]

REQUESTS: Final[list[Message]] = [
    {"op": "describe"},
    {"op": "clone"},
    {"op": "ls-sessions"},
    {"op": "eval", "code": "1 (println 2) (/ 1 0)"},
    {"op": "eval", "code": ""},
    {"op": "eval", "code": "1", "ns": "there.is.none"},
    {"op": "eval", "code": "(foo"},
    {"op": "eval"},
    {"op": "eval", "code": []},
    {"op": "load-file", "file": "(println 1) 2"},
    {"op": "load-file"},
    {"op": "interrupt"},
    {"op": "stdin", "stdin": "never read\n"},
    {"op": "stdin"},
    {"op": "ios-status"},
    {"op": "ios-disconnect"},
    {"op": "ios-connect"},
    {"op": "ios-connect", "host": "127.0.0.1", "port": 1},
    {"op": "no-such-op"},
    {},
]
"""One of every kind, those that must be refused too."""


def describe_request(request: Message) -> str:
    return " ".join(map(str, request.values())) or "nothing"


each_request = pytest.mark.parametrize("request_", REQUESTS, ids=describe_request)


def session_of(reply: Message) -> str:
    session = reply["session"]
    assert isinstance(session, str)
    return session


# Rules 1 to 4: what every reply has


@each_request
@pytest.mark.parametrize("id_", ["an id", 7, "é漢", "1" * 200])
def test_every_reply_echoes_id_and_session_as_they_were(
    request_: Message, id_: Bencode, nrepl: Nrepl, session: str
) -> None:
    replies = nrepl.talk({**request_, "session": session, "id": id_})
    assert {(reply["id"], session_of(reply)) for reply in replies} == {(id_, session)}


@each_request
def test_a_request_without_a_session_is_answered_with_one_in_every_reply(request_: Message, nrepl: Nrepl) -> None:
    (session,) = {session_of(reply) for reply in nrepl.talk(request_)}
    assert session


def test_a_request_without_an_id_is_answered_without_one(nrepl: Nrepl, session: str) -> None:
    nrepl.socket.sendall(encode({"op": "stdin", "stdin": "a\n", "session": session}))
    assert nrepl.receive() == {"session": session, "status": ["done"]}


@each_request
def test_exactly_one_reply_has_done_and_it_is_the_last(request_: Message, nrepl: Nrepl, session: str) -> None:
    id_ = nrepl.send({**request_, "session": session})
    replies = [reply for reply in nrepl.unread() if reply["id"] == id_]
    replies += nrepl.converse(id_) if not replies or "done" not in statuses(replies[-1]) else []
    assert [reply for reply in replies if "done" in statuses(reply)] == replies[-1:]
    assert nrepl.unread() == []


@each_request
def test_status_is_a_list_of_strings(request_: Message, nrepl: Nrepl, session: str) -> None:
    for reply in nrepl.talk({**request_, "session": session}):
        assert all(isinstance(status, str) for status in statuses(reply))
        assert "status" not in reply or statuses(reply)


def test_need_input_stands_alone_in_its_list(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": session}))
    assert statuses(next(replies)) == ["need-input"]
    nrepl.ask({"op": "stdin", "stdin": "a\n", "session": session})
    assert values(list(replies)) == ['"a"']


# Rules 5, 15, 16: interrupt


def test_interrupting_an_idle_session_says_done_and_session_idle_in_that_order(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("1", session, id="over")
    for target in ({}, {"interrupt-id": "over"}, {"interrupt-id": "never was"}):
        assert statuses(nrepl.ask({"op": "interrupt", "session": session, **target})) == ["done", "session-idle"]


def test_interrupting_an_id_that_does_not_run_harms_nothing(nrepl: Nrepl, session: str) -> None:
    running = wait_for_input(nrepl, session)
    reply = nrepl.ask({"op": "interrupt", "session": session, "interrupt-id": "another"})
    assert statuses(reply) == ["error", "interrupt-id-mismatch", "done"]
    nrepl.ask({"op": "stdin", "stdin": "still here\n", "session": session})
    assert values(list(nrepl.converse(running))) == ['"still here"']


@pytest.mark.parametrize("target", [{}, {"interrupt-id": "the eval"}])
def test_an_interrupt_is_two_messages_the_interrupted_one_first(target: Message, nrepl: Nrepl, session: str) -> None:
    wait_for_input(nrepl, session, id_="the eval")
    id_ = nrepl.send({"op": "interrupt", "session": session, **target})
    assert nrepl.receive() == {"id": "the eval", "session": session, "status": ["interrupted", "done"]}
    assert nrepl.receive() == {"id": id_, "session": session, "status": ["done"]}
    assert nrepl.unread() == []


def test_an_eval_that_is_queued_can_be_interrupted(nrepl: Nrepl, session: str) -> None:
    running = wait_for_input(nrepl, session)
    nrepl.send({"op": "eval", "code": "(def queued 1)", "session": session, "id": "queued"})
    id_ = nrepl.send({"op": "interrupt", "session": session, "interrupt-id": "queued"})
    assert [(reply["id"], statuses(reply)) for reply in (nrepl.receive(), nrepl.receive())] == [
        ("queued", ["interrupted", "done"]),
        (id_, ["done"]),
    ]
    nrepl.ask({"op": "stdin", "stdin": "\n", "session": session})
    assert values(list(nrepl.converse(running))) == ['""']
    assert values(nrepl.eval("(resolve 'queued)", session)) == ["nil"]


def test_an_interrupt_from_another_connection_reaches_the_eval_on_its_own(
    nrepl: Nrepl, session: str, bridge: Server
) -> None:
    running = wait_for_input(nrepl, session)
    with Nrepl(bridge.port) as other:
        assert statuses(other.ask({"op": "interrupt", "session": session})) == ["done"]
        assert other.unread() == []
    assert [statuses(reply) for reply in nrepl.converse(running)] == [["interrupted", "done"]]


def test_interrupting_without_a_session_is_refused(nrepl: Nrepl) -> None:
    assert statuses(nrepl.ask({"op": "interrupt"})) == ["error", "session-ephemeral", "done"]


def test_interrupting_one_session_leaves_the_eval_of_another_alone(nrepl: Nrepl, session: str) -> None:
    running = wait_for_input(nrepl, session)
    other = nrepl.clone()
    nrepl.send({"op": "eval", "code": "1", "session": other, "id": "waits for the device"})
    nrepl.ask({"op": "describe"})  # so that the bridge has begun with the eval
    assert statuses(nrepl.ask({"op": "interrupt", "session": other})) == ["done"]
    assert [statuses(each) for each in nrepl.converse("waits for the device")] == [["interrupted", "done"]]
    nrepl.ask({"op": "stdin", "stdin": "\n", "session": session})
    assert values(list(nrepl.converse(running))) == ['""']
    nrepl.ask({"op": "close", "session": other})


def test_an_interrupt_that_comes_with_its_eval_interrupts_it(nrepl: Nrepl, session: str) -> None:
    answers = []
    for _ in range(20):
        eval_ = encode({"op": "eval", "code": "(read-line)", "session": session, "id": "reads"})
        nrepl.socket.sendall(eval_ + encode({"op": "interrupt", "session": session, "id": "interrupts"}))
        answers += [statuses(reply) for reply in nrepl.converse("interrupts")]
        nrepl.talk({"op": "interrupt", "session": session})
        list(nrepl.converse("reads"))
    assert answers == [["done"]] * 20


def wait_for_input(nrepl: Nrepl, session: str, id_: str = "reads") -> Bencode:
    """Start an eval that waits for a line; its id."""
    nrepl.send({"op": "eval", "code": "(read-line)", "session": session, "id": id_})
    assert statuses(nrepl.receive()) == ["need-input"]
    return id_


# Rules 6, 7, 11: describe and its like


def test_describe_has_ops_as_a_dict_of_empty_dicts(nrepl: Nrepl, session: str) -> None:
    ops = nrepl.ask({"op": "describe", "session": session})["ops"]
    assert isinstance(ops, dict)
    assert set(OPS) <= set(ops)
    assert all(told == {} for told in ops.values())


@pytest.mark.parametrize("verbose", ["1", "t", "true", 1])
def test_verbose_describe_documents_every_op(verbose: Bencode, nrepl: Nrepl) -> None:
    ops = nrepl.ask({"op": "describe", "verbose?": verbose})["ops"]
    assert isinstance(ops, dict)
    for told in ops.values():
        assert isinstance(told, dict)
        assert set(told) == {"doc", "requires", "optional", "returns"}


def test_describe_names_versions_but_never_clojure(nrepl: Nrepl) -> None:
    versions = nrepl.ask({"op": "describe"})["versions"]
    assert isinstance(versions, dict)
    assert set(versions) == {"basilisp", "python", "nrepl", "tether"}
    assert versions["nrepl"] == {"major": 1, "minor": 7, "incremental": 0, "version-string": "1.7.0"}


def test_describe_tells_the_current_namespace(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(ns conformance.current)", session)
    aux = nrepl.ask({"op": "describe", "session": session})["aux"]
    assert aux == {
        "current-ns": "conformance.current", "lang": "basilisp", "languages": ["basilisp", "python"], "device": "local",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("op", "key"),
    [("describe", "ops"), ("clone", "new-session"), ("ls-sessions", "sessions"), ("ios-status", "ios-connected")],
)
def test_data_and_done_come_in_one_message(op: str, key: str, nrepl: Nrepl) -> None:
    assert key in nrepl.ask({"op": op})


# Rules 8 to 10: the bytes


def test_a_value_and_its_namespace_are_one_message_of_sorted_keys_and_done_the_next(nrepl: Nrepl, session: str) -> None:
    """REPLy looks at nothing in the message that has `done`."""
    nrepl.eval("1", session)
    nrepl.socket.sendall(encode({"op": "eval", "code": "(+ 1 2)", "session": session, "id": "x"}))
    mine = b"7:session%d:%s" % (len(session), session.encode())
    expected = b"d2:id1:x2:ns4:user" + mine + b"5:value1:3ed2:id1:x" + mine + b"6:statusl4:doneee"
    received = b""
    while len(received) < len(expected):
        received += nrepl.socket.recv(65536)
    assert received == expected


def test_every_read_ends_with_a_whole_message(nrepl: Nrepl, session: str) -> None:
    """CIDER looks for messages only when a read ends in the byte e."""
    nrepl.socket.sendall(encode({"op": "eval", "code": "(dotimes [n 200] (println n)) 1 2 3", "session": session}))
    decoded: list[Message] = []
    while not decoded or "done" not in statuses(decoded[-1]):
        data = nrepl.socket.recv(65536)
        assert data.endswith(b"e")
        whole = list(Framer().feed(data))  # a framer that has seen nothing before
        assert b"".join(encode(message) for message in whole) == data
        decoded += whole


@pytest.mark.parametrize(
    "written",
    [
        b"d2:op4:eval4:code1:77:session%s2:id1:1e",
        b"d7:session%s2:op4:eval2:id1:17:contexti0e6:pprinti0e4:code1:7e",
        b"d4:code1:72:id1:130:nrepl.middleware.print/stream?le2:op4:eval7:optionsle5:testsle7:session%se",
        b"d4:code1:74:filei0e4:linei0e6:columni0e2:nsi0e2:id1:12:op4:eval7:session%se",
        b"d4:code1:74:filele2:nsle4:langle2:id1:12:op4:eval7:session%se",
        b"d4:code1:74:file0:2:id1:14:line2:125:langs0:2:op4:eval7:session%se",
        b"d4:code1:72:id1:12:op4:eval7:session%s7:verboseli1ei-3ed1:a0:eee",
    ],
    ids=["unsorted", "zeros", "empty lists", "zeros for null", "empty lists for nil", "strings", "nested"],
)
def test_unsorted_keys_zeros_and_empty_lists_are_accepted(written: bytes, nrepl: Nrepl, session: str) -> None:
    nrepl.socket.sendall(written % b"%d:%s" % (len(session), session.encode()))
    assert values(list(nrepl.converse("1"))) == ["7"]


def test_a_null_session_is_none(nrepl: Nrepl) -> None:
    assert values(nrepl.talk({"op": "eval", "code": "7", "session": 0})) == ["7"]


@pytest.mark.parametrize("code", ['(print (apply str "a" (repeat 9999 "é漢😀")))', '(str "é漢" "😀")', '"a\r\nb"'])
def test_lengths_are_bytes_and_no_character_is_split_between_messages(code: str, nrepl: Nrepl, session: str) -> None:
    id_ = nrepl.send({"op": "eval", "code": code, "session": session})
    replies = list(nrepl.converse(id_))
    texts = [value for reply in replies for value in reply.values() if isinstance(value, str | bytes)]
    assert all(isinstance(text, str) for text in texts)  # the framer leaves bytes that are not UTF-8 as they are
    assert joined(replies, "out") in ("", "a" + "é漢😀" * 9999)


def test_output_is_not_split_inside_a_character(nrepl: Nrepl, session: str) -> None:
    text = "a" + "漢" * 100_000
    replies = nrepl.eval("print('a' + '漢' * 100_000, end='')", session, lang="python")
    assert len([reply for reply in replies if "out" in reply]) > 1
    assert joined(replies, "out") == text


def test_bytes_that_are_no_text_are_refused_and_the_connection_stays(nrepl: Nrepl, session: str) -> None:
    nrepl.socket.sendall(b"d4:code2:\xff\xfe2:id1:x2:op4:evale")
    (reply,) = nrepl.converse("x")
    assert statuses(reply) == ["error", "unknown-code-type", "done"]
    assert values(nrepl.eval("1", session)) == ["1"]


# Rules 17 to 22, 27: eval


def test_evals_of_one_session_run_in_order(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(def seen (atom []))", session)
    ids = [nrepl.send({"op": "eval", "code": f"(swap! seen conj {n})", "session": session}) for n in range(50)]
    assert [nrepl.receive()["id"] for _ in ids for _ in ("value", "done")] == [
        each for id_ in ids for each in (id_, id_)
    ]
    assert values(nrepl.eval("(= @seen (range 50))", session)) == ["true"]


def test_each_form_has_a_value_message_and_an_error_does_not_stop_the_next(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("1 (/ 1 0) 3", session)
    assert values(replies) == ["1", "3"]
    assert [key for reply in replies for key in ("value", "err", "ex") if key in reply] == [
        "value",
        "err",
        "ex",
        "value",
    ]


def test_a_reader_error_stops_the_eval(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("1 ) 3", session)
    assert values(replies) == ["1"]
    assert replies[-2]["ex"] == "SyntaxError"


def test_load_file_stops_at_the_first_error_and_returns_only_the_last_value(nrepl: Nrepl, session: str) -> None:
    assert values(nrepl.talk({"op": "load-file", "file": "1 2 3", "session": session})) == ["3"]
    replies = nrepl.talk({"op": "load-file", "file": "1 (/ 1 0) (println 3)", "session": session})
    assert values(replies) == []
    assert joined(replies, "out") == ""


@pytest.mark.parametrize("op", ["eval", "load-file"])
@pytest.mark.parametrize(
    ("code", "ex", "root"),
    [
        ("(/ 1 0)", "ZeroDivisionError", "ZeroDivisionError"),
        ('(defmacro bad [] (throw (ex-info "m" {}))) (bad)', "CompilerException", "ExceptionInfo"),
        ("(foo", "UnexpectedEOFError", "UnexpectedEOFError"),
    ],
)
def test_an_error_is_err_then_ex_then_done_and_no_value(
    code: str, ex: str, root: str, op: str, nrepl: Nrepl, session: str
) -> None:
    replies = nrepl.talk({"op": op, "code": code, "file": code, "session": session})
    err, error, done = [reply for reply in replies if "value" not in reply]
    assert err["err"]
    assert (error["ex"], error["root-ex"], error["status"]) == (ex, root, ["eval-error"])
    assert set(done) == {"id", "session", "status"}
    assert done["status"] == ["done"]
    assert replies[-3:] == [err, error, done]


def test_a_compile_error_begins_with_the_line_that_editors_look_for(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("(foo)", session, file="/a/b c.lpy", line=10, column=5)
    assert joined(replies, "err").startswith("Syntax error compiling at (/a/b c.lpy:10:6).\n")


def test_nil_is_the_string_nil(nrepl: Nrepl, session: str) -> None:
    assert values(nrepl.eval("nil", session)) == ["nil"]


def test_what_editors_evaluate_first_succeeds_also_after_a_crash(nrepl: Nrepl, session: str) -> None:
    for _ in range(2):
        replies = nrepl.eval(INIT, session, file="*cider-repl a:b:1(clj)*", line=1, column=1)
        assert all("ex" not in reply and "err" not in reply for reply in replies)
        assert [reply["ns"] for reply in replies if "value" in reply] == ["user"]
        nrepl.eval("import os; os._exit(3)", session, lang="python")


def test_what_editors_evaluate_after_an_error_succeeds(nrepl: Nrepl, session: str) -> None:
    tooling = nrepl.clone()
    nrepl.eval('(throw (ex-info "x" {:a 1}))', session)
    assert values(nrepl.eval("(require 'clojure.stacktrace)", tooling)) == ["nil"]
    assert "x" in joined(nrepl.eval("(clojure.stacktrace/print-cause-trace *e)", session), "out")
    assert joined(nrepl.eval("(println (ex-data *e))", session), "out") == "{:a 1}\n"
    nrepl.ask({"op": "close", "session": tooling})


def test_every_value_says_its_namespace(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("1 (ns conformance.told) 2", session)
    assert [(reply["value"], reply["ns"]) for reply in replies if "value" in reply] == [
        ("1", "user"), ("nil", "conformance.told"), ("2", "conformance.told"),
    ]  # fmt: skip


def test_load_file_says_no_namespace_and_moves_no_session(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(ns conformance.mine)", session)
    text = (EXAMPLE / "errands" / "model.lpy").read_text()
    replies = nrepl.talk({"op": "load-file", "file": text, "file-path": "errands/model.lpy", "session": session})
    assert values(replies) == ["#'errands.model/minutes-left"]
    assert all("ns" not in reply for reply in replies)
    assert values(nrepl.eval("*ns*", session)) == ["conformance.mine"]


@pytest.mark.parametrize("printer", PRINTERS)
def test_unknown_printers_never_fail(printer: str, nrepl: Nrepl, session: str) -> None:
    keys: Message = {
        "nrepl.middleware.print/print": printer,
        "nrepl.middleware.print/stream?": [],
        "nrepl.middleware.print/quota": 1048576,
        "nrepl.middleware.print/buffer-size": 4096,
        "nrepl.middleware.print/options": {"right-margin": 70, "length": 50},
        "content-type": "true",
    }
    assert values(nrepl.eval("[1 2]", session, **keys)) == ["[1 2]"]
    assert values(nrepl.talk({"op": "load-file", "file": "[1 2]", "session": session, **keys})) == ["[1 2]"]


def test_a_value_over_the_quota_is_cut_and_says_so(nrepl: Nrepl, session: str) -> None:
    reply, _ = nrepl.eval("(range 99)", session, **{"nrepl.middleware.print/quota": 6})
    assert (reply["value"], reply["nrepl.middleware.print/truncated-keys"]) == ("(0 1 2", ["value"])
    assert "nrepl.middleware.print/truncated" in statuses(reply)


def test_a_value_too_long_for_the_device_says_that_it_is_cut(nrepl: Nrepl, session: str) -> None:
    reply, _ = nrepl.eval("'y' * 20_000_000", session, lang="python")
    assert reply["nrepl.middleware.print/truncated-keys"] == ["value"]
    assert statuses(reply) == ["nrepl.middleware.print/truncated"]


def test_output_of_the_background_is_tagged_with_the_latest_eval(nrepl: Nrepl, session: str, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    code = f"import threading; threading.Thread(target=lambda: print(open({str(fifo)!r}).read())).start()"
    nrepl.eval(code, session, lang="python", id="the latest")
    fifo.write_text("late")
    nrepl.eval("import threading; [each.join() for each in threading.enumerate()[1:]]", nrepl.clone(), lang="python")
    late = nrepl.unread()
    assert {(reply["id"], reply["session"]) for reply in late} == {("the latest", session)}
    assert joined(late, "out") == "late\n"  # `print` writes the newline apart


@pytest.mark.parametrize(
    ("keys", "status", "echoed"),
    [
        ({}, "no-code", {}),
        ({"code": ["(+ 1 2)"]}, "unknown-code-type", {}),
        ({"code": 5}, "unknown-code-type", {}),
        ({"code": "1", "ns": "there.is.none"}, "namespace-not-found", {"ns": "there.is.none"}),
        ({"code": "1", "session": "no such session"}, "unknown-session", {}),
    ],
)
def test_an_eval_that_cannot_be_is_refused_in_one_message(
    keys: Message, status: str, echoed: Message, nrepl: Nrepl, session: str
) -> None:
    reply = nrepl.ask({"op": "eval", "session": session, **keys})
    assert statuses(reply) == ["error", status, "done"]
    assert echoed.items() <= reply.items()


def test_empty_code_gets_only_done(nrepl: Nrepl, session: str) -> None:
    assert nrepl.eval("", session, id="x") == [{"id": "x", "session": session, "status": ["done"]}]


def test_the_place_of_the_code_is_that_of_the_error(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("\n  (foo)", session, file="some.lpy", line=3, column=9)
    assert "(some.lpy:4:4)" in joined(replies, "err")


# Rules 23 to 26 and sessions


def test_close_closes_a_session_and_never_the_connection(nrepl: Nrepl) -> None:
    for session in (nrepl.clone(), nrepl.clone()):
        assert statuses(nrepl.ask({"op": "close", "session": session})) == ["done", "session-closed"]
        reply = nrepl.ask({"op": "close", "session": session})
        assert statuses(reply) == ["error", "unknown-session", "done"]
        assert session_of(reply) == session
    assert nrepl.ask({"op": "describe"})["ops"]


def test_closing_a_session_interrupts_what_it_runs(nrepl: Nrepl) -> None:
    session = nrepl.clone()
    running = wait_for_input(nrepl, session)
    nrepl.send({"op": "eval", "code": "1", "session": session, "id": "queued"})
    assert statuses(nrepl.ask({"op": "close", "session": session})) == ["done", "session-closed"]
    for id_ in (running, "queued"):
        assert [statuses(reply) for reply in nrepl.converse(id_)] == [["interrupted", "done"]]
    assert values(nrepl.talk({"op": "eval", "code": "1"})) == ["1"]


def test_close_without_a_session_is_refused(nrepl: Nrepl) -> None:
    assert statuses(nrepl.ask({"op": "close"}))[:1] == ["error"]


def test_an_unknown_op_is_named_in_its_refusal(nrepl: Nrepl, session: str) -> None:
    reply = nrepl.ask({"op": "cider/no-such-op", "session": session})
    assert statuses(reply) == ["error", "unknown-op", "done"]
    assert reply["op"] == "cider/no-such-op"


def test_several_lines_may_come_at_once_and_the_rest_serves_later_reads(nrepl: Nrepl, session: str) -> None:
    running = wait_for_input(nrepl, session)
    nrepl.ask({"op": "stdin", "stdin": "first\nsecond\nthird\n", "session": session})
    assert values(list(nrepl.converse(running))) == ['"first"']
    assert values(nrepl.eval("[(read-line) (read-line)]", session)) == ['["second" "third"]']


def test_a_line_may_come_in_pieces(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "(read-line)", "session": session}))
    for piece in ("one ", "line\n"):
        assert statuses(next(replies)) == ["need-input"]
        nrepl.ask({"op": "stdin", "stdin": piece, "session": session})
    assert values(list(replies)) == ['"one line"']


def test_part_of_a_line_is_not_read_by_another_session(nrepl: Nrepl, session: str) -> None:
    running = wait_for_input(nrepl, session)
    nrepl.ask({"op": "stdin", "stdin": "secret", "session": session})
    assert statuses(next(nrepl.converse(running))) == ["need-input"]
    nrepl.ask({"op": "interrupt", "session": session})
    other = nrepl.clone()
    nrepl.ask({"op": "stdin", "stdin": "plain\n", "session": other})
    assert values(nrepl.eval("(read-line)", other)) == ['"plain"']


def test_empty_stdin_is_the_end_of_the_input(nrepl: Nrepl, session: str) -> None:
    running = wait_for_input(nrepl, session)
    nrepl.ask({"op": "stdin", "stdin": "", "session": session})
    assert values(list(nrepl.converse(running))) == ['""']  # as Basilisp's read-line has it


def test_input_typed_before_it_is_needed_serves_later_reads(nrepl: Nrepl, session: str) -> None:
    nrepl.ask({"op": "stdin", "stdin": "a\nb\n", "session": session})
    replies = nrepl.eval("[(read-line) (read-line)]", session)
    assert values(replies) == ['["a" "b"]']
    assert all("need-input" not in statuses(reply) for reply in replies)


def test_each_read_that_runs_dry_asks_again(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.converse(nrepl.send({"op": "eval", "code": "[(read-line) (read-line)]", "session": session}))
    for line in ("a\n", "b\n"):
        assert statuses(next(replies)) == ["need-input"]
        nrepl.ask({"op": "stdin", "stdin": line, "session": session})
    assert values(list(replies)) == ['["a" "b"]']


def test_input_goes_to_its_own_session(nrepl: Nrepl, session: str) -> None:
    other = nrepl.clone()
    running = wait_for_input(nrepl, session)
    nrepl.ask({"op": "stdin", "stdin": "wrong\n", "session": other})
    nrepl.ask({"op": "stdin", "stdin": "right\n", "session": session})
    assert values(list(nrepl.converse(running))) == ['"right"']
    nrepl.ask({"op": "close", "session": other})


def test_a_clone_has_the_recent_values_and_begins_in_user(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(ns conformance.cloned) 1 2 3", session)
    clone = nrepl.clone(session=session)
    assert values(nrepl.eval("[*1 *2 *3 (str *ns*)]", clone)) == ['[3 2 1 "user"]']
    nrepl.ask({"op": "close", "session": clone})


def test_a_tooling_session_does_not_disturb_the_recent_values(nrepl: Nrepl, session: str) -> None:
    tooling = nrepl.clone()
    nrepl.eval(":mine", session)
    nrepl.eval(":tooling", tooling)
    assert values(nrepl.eval("*1", session)) == [":mine"]
    nrepl.ask({"op": "close", "session": tooling})


def test_cloning_an_unknown_session_is_refused(nrepl: Nrepl) -> None:
    reply = nrepl.ask({"op": "clone", "session": "no such session"})
    assert statuses(reply) == ["error", "unknown-session", "done"]
    assert "new-session" not in reply


def test_sessions_are_made_only_by_clone(nrepl: Nrepl) -> None:
    before = nrepl.sessions()
    nrepl.talk({"op": "eval", "code": "1"})
    assert nrepl.sessions() == before
    session = nrepl.clone()
    assert set(nrepl.sessions()) == {*before, session}
    nrepl.ask({"op": "close", "session": session})


def test_a_session_outlives_its_connection(bridge: Server) -> None:
    with Nrepl(bridge.port) as first:
        session = first.clone()
        first.eval("(ns conformance.outlives) :kept", session)
    with Nrepl(bridge.port) as second:
        assert values(second.eval("[*1 (str *ns*)]", session)) == ['[:kept "conformance.outlives"]']
        second.ask({"op": "close", "session": session})


def test_requests_without_a_session_share_one_of_their_connection(bridge: Server) -> None:
    with Nrepl(bridge.port) as first, Nrepl(bridge.port) as second:
        first.talk({"op": "eval", "code": ":first"})
        second.talk({"op": "eval", "code": ":second"})
        assert values(first.talk({"op": "eval", "code": "*1"})) == [":first"]


# Rule 28


def test_the_startup_line_and_the_port_file_say_the_port(bridge: Server) -> None:
    assert re.fullmatch(r"\d+", bridge.port_file.read_text())
    assert int(bridge.port_file.read_text()) == bridge.port


def test_the_port_file_goes_with_the_bridge(tmp_path: Path) -> None:
    with servers.bridge(tmp_path) as server:
        assert server.port_file.exists()
        assert server.end() == 0
        assert not server.port_file.exists()
        assert server.log.read_text() == ""
