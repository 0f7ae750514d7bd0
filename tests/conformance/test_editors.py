"""What CIDER and Calva ask and how they read the answers: one message, whole, whatever else the session is doing."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from bridge.framing import encode
from middleware.request import Bencode, Message
from tests.conformance.clients import Nrepl, joined, statuses, values
from tests.conformance.servers import Server, eventually

QUESTIONS: Final[dict[str, Message]] = {
    "complete": {"prefix": "redu", "ns": "user", "context": "(__prefix__)", "enhanced-cljs-completion?": "t"},
    "complete-doc": {"sym": "reduce", "ns": "user"},
    "completions": {"prefix": "redu", "ns": "user"},
    "lookup": {"sym": "if", "ns": "user"},
    "info": {"sym": "if", "ns": "user", "context": 0, "download-sources-jar": "1"},
    "eldoc": {"sym": "if", "ns": "user", "context": "(__prefix__)"},
    "classify-symbols": {"ns": "user", "symbols": ["if"]},
    "apropos": {"query": "^reduce$", "ns": "user"},
    "ns-list": {"exclude-regexps": []},
    "ns-vars": {"ns": "user"},
    "ns-vars-with-meta": {"ns": "user", "var-query": {}},
    "ns-aliases": {"ns": "user"},
    "ns-path": {"ns": "errands.model"},
    "ns-list-vars-by-name": {"name": "reduce"},
    "classpath": {},
    "resource": {"name": "errands/model.lpy"},
    "resources-list": {},
    "format-code": {"code": "x=1", "lang": "python"},
}
"""What a bridge answers without its device: name of an op, without `cider/` -> keys."""

DATA: Final = {
    "complete": "completions", "complete-doc": "completion-doc", "lookup": "info", "info": "name",
    "classify-symbols": "classification", "apropos": "apropos-matches", "ns-path": "path",
    "ns-list-vars-by-name": "var-list", "resource": "resource-path", "format-code": "formatted-code",
}  # fmt: skip
"""The key of the answer, where it is not called as the op."""

LISTS: Final = {"complete", "eldoc", "completions", "apropos", "ns-list", "ns-vars", "classpath", "resources-list"}
"""The answers that are lists also when there is one thing, or none. Calva refuses to go on without a list."""

OF_THE_DEVICE: Final[list[tuple[str, Message, str]]] = [
    ("macroexpand", {"code": "(when 1 2)", "ns": "user", "expander": "macroexpand-1"}, "expansion"),
    ("undef", {"ns": "user", "symbol": "editors-undefine"}, "undef"),
    ("test-var-query", {"var-query": {"ns-query": {"exactly": ["user"]}, "test?": 1}}, "results"),
    ("inspect-clear", {}, "value"),
    ("get-state", {}, "changed-namespaces"),
    ("out-unsubscribe", {}, "out-unsubscribe"),
]
"""Op, keys, key of the answer."""

NREPLS: Final = {
    *("clone", "close", "describe", "eval", "load-file", "interrupt", "stdin", "ls-sessions", "completions", "lookup"),
    *("forward-system-output",),
}
"""Ops of nREPL itself: they have one name."""

CIDERS: Final = {
    *("complete", "info", "eldoc", "analyze-last-stacktrace", "stacktrace", "macroexpand", "ns-list", "ns-vars"),
    *("ns-path", "undef", "classpath", "refresh", "refresh-all", "refresh-clear", "test", "test-var-query", "test-all"),
    *("retest", "test-stacktrace", "format-code", "inspect-push", "out-subscribe", "get-state"),
}
"""Ops of cider-nrepl: they have two."""

RELOADS: Final = {f"cider.clj-reload/{op}" for op in ("reload", "reload-all", "reload-clear")}

UNKNOWN: Final = "there-is-no-such-name"


@pytest.fixture(autouse=True)
def _described(nrepl: Nrepl, session: str) -> None:
    """The bridge has been told what there is to begin with."""
    eventually(lambda: "user" in _list(ask(nrepl, session, "ns-list")["ns-list"]))
    eventually(lambda: ask(nrepl, session, "info", sym="reduce")["status"] == ["done"])


def ask(nrepl: Nrepl, session: str, op: str, **keys: Bencode) -> Message:
    return nrepl.ask({"op": op, "session": session, **keys})


def ops(nrepl: Nrepl) -> set[str]:
    told = nrepl.ask({"op": "describe"})["ops"]
    assert isinstance(told, dict)
    return {*told}


# Describe: what editors gate on


def test_what_editors_gate_on_is_advertised(nrepl: Nrepl) -> None:
    assert ops(nrepl) >= NREPLS | CIDERS | RELOADS


def test_ops_of_cider_nrepl_are_there_under_both_names(nrepl: Nrepl) -> None:
    advertised = ops(nrepl)
    assert {f"cider/{op}" for op in CIDERS} <= advertised
    assert {op.removeprefix("cider/") for op in advertised} <= advertised


def test_no_debugger_is_claimed_that_is_not_there(nrepl: Nrepl) -> None:
    """CIDER sends it without asking as soon as it sees a Clojure."""
    assert not {"init-debugger", "cider/init-debugger", "cider/enlighten"} & ops(nrepl)


# Rule 11: Calva resolves on the first reply and forgets the id


@pytest.mark.parametrize("prefix", ["", "cider/"])
@pytest.mark.parametrize("op", QUESTIONS)
def test_a_question_is_answered_in_one_message_with_its_data_and_done(
    op: str, prefix: str, nrepl: Nrepl, session: str
) -> None:
    name = f"{prefix}{op}" if op not in NREPLS else op
    answer = ask(nrepl, session, name, **QUESTIONS[op])
    assert "done" in statuses(answer)
    data = answer[DATA.get(op, op)]
    assert isinstance(data, list) == (op in LISTS)


@pytest.mark.parametrize(("op", "keys", "key"), OF_THE_DEVICE, ids=[op for op, _, _ in OF_THE_DEVICE])
def test_what_the_device_answers_is_one_message_with_data_and_done_too(
    op: str, keys: Message, key: str, nrepl: Nrepl, session: str
) -> None:
    nrepl.eval("(def editors-undefine 1)", session)
    for name in (op, f"cider/{op}"):
        answer = ask(nrepl, session, name, **keys)
        assert "done" in statuses(answer)
        assert key in answer or "undef-error" in statuses(answer)


# Rules 12 and 13: info


@pytest.mark.parametrize("name", [{"sym": "editors-info"}, {"symbol": "editors-info"}], ids=["CIDER", "Calva"])
def test_the_status_of_info_is_a_list_in_the_message_with_the_data(name: Message, nrepl: Nrepl, session: str) -> None:
    nrepl.eval('(defn editors-info "Doc." ([] 1) ([a & b] 2))', session)
    answer = ask(nrepl, session, "info", ns="user", **name)
    assert answer["status"] == ["done"]
    assert (answer["name"], answer["ns"], answer["doc"]) == ("editors-info", "user", "Doc.")
    assert answer["arglists-str"] == "[]\n[a & b]"


def test_info_of_an_unknown_symbol_is_done_and_no_info(nrepl: Nrepl, session: str) -> None:
    for keys in ({"sym": UNKNOWN}, {"symbol": UNKNOWN}, {"sym": ""}, {"sym": UNKNOWN, "ns": UNKNOWN}, {}):
        assert ask(nrepl, session, "info", **keys)["status"] == ["done", "no-info"]


def test_info_of_a_macro_and_of_a_special_form_says_so(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(defmacro editors-macro [x] x)", session)
    assert ask(nrepl, session, "info", sym="editors-macro")["macro"] == "true"
    told = ask(nrepl, session, "info", sym="if")
    assert told["special-form"] == "true"
    assert str(told["forms-str"]).startswith("(if ")


@pytest.mark.parametrize("folder", ["plain", "with a space", "é漢", "100%", "a#b?c"])
def test_the_file_of_info_is_a_uri_with_escapes(folder: str, nrepl: Nrepl, session: str, bridge: Server) -> None:
    path = bridge.folder / folder / "odd.lpy"
    path.parent.mkdir(exist_ok=True)
    path.write_text("(ns editors.odd)\n\n(def placed 1)\n")
    nrepl.talk({"op": "load-file", "file": path.read_text(), "file-path": str(path), "session": session})
    told = ask(nrepl, session, "info", sym="placed", ns="editors.odd")
    assert (told["file"], told["line"]) == (path.as_uri(), 3)
    assert str(told["file"]).isascii()
    parts = urlsplit(str(told["file"]))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("file", "", "", "")
    of_namespace = ask(nrepl, session, "info", ns="editors.odd", symbol="editors.odd")  # as Calva asks for its file
    assert of_namespace["file"] == path.as_uri()
    assert ask(nrepl, session, "ns-path", ns="editors.odd")["path"] == path.as_uri()


# Rule 14


@pytest.mark.parametrize("op", QUESTIONS)
def test_completion_and_lookup_do_not_wait_for_a_running_eval_of_their_session(
    op: str, nrepl: Nrepl, session: str
) -> None:
    running = nrepl.send({"op": "eval", "code": "(read-line)", "session": session})
    assert statuses(nrepl.receive()) == ["need-input"]
    name = op if op in NREPLS else f"cider/{op}"
    asked = nrepl.send({"op": name, "session": session, **QUESTIONS[op]})
    answer = nrepl.receive()
    assert (answer["id"], "error" in statuses(answer)) == (asked, False)
    nrepl.ask({"op": "stdin", "stdin": "\n", "session": session})
    assert values(list(nrepl.converse(running))) == ['""']


# Completion, lookup and eldoc as each client writes them


@pytest.mark.parametrize(
    ("op", "keys"),
    [
        ("cider/complete", {"prefix": "editors-com", "context": ":same", "sort-order": "by-name"}),
        ("complete", {"symbol": "editors-com", "context": 0, "enhanced-cljs-completion?": "t"}),
        ("complete", {"prefix": "editors-com", "context": "nil"}),
        ("completions", {"prefix": "editors-com"}),
    ],
    ids=["CIDER", "Calva", "older CIDER", "nREPL"],
)
def test_a_completion_has_candidate_type_and_namespace(op: str, keys: Message, nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(defn editors-completed [] 1)", session)
    answer = ask(nrepl, session, op, ns="user", **keys)
    assert answer["completions"] == [{"candidate": "editors-completed", "type": "function", "ns": "user"}]


def test_what_completes_to_nothing_has_an_empty_list(nrepl: Nrepl, session: str) -> None:
    assert ask(nrepl, session, "complete", prefix=UNKNOWN)["completions"] == []


def test_completions_tell_arglists_and_doc_if_asked_to(nrepl: Nrepl, session: str) -> None:
    nrepl.eval('(defn editors-extra "Doc." [a] 1)', session)
    options: Message = {"extra-metadata": ["arglists", "doc"]}
    (told,) = _list(ask(nrepl, session, "completions", prefix="editors-ex", options=options)["completions"])
    assert isinstance(told, dict)
    assert (told["doc"], told["arglists"]) == ("Doc.", ["[a]"])


def test_lookup_tells_an_empty_list_for_an_unknown_symbol_and_an_error_for_an_unknown_namespace(
    nrepl: Nrepl, session: str
) -> None:
    answer = ask(nrepl, session, "lookup", sym=UNKNOWN, ns="user")
    assert (answer["info"], answer["status"]) == ([], ["done"])
    refused = ask(nrepl, session, "lookup", sym="map", ns=UNKNOWN)
    assert statuses(refused) == ["error", "lookup-error", "done"]
    assert UNKNOWN in str(refused["message"])


def test_eldoc_of_an_unknown_symbol_has_a_type_all_the_same(nrepl: Nrepl, session: str) -> None:
    """Without it CIDER shows `.nil: ()` in the echo area."""
    answer = ask(nrepl, session, "eldoc", sym=UNKNOWN, ns="user")
    assert (answer["type"], statuses(answer)) == ("variable", ["done", "no-eldoc"])


@pytest.mark.parametrize(
    ("code", "type_", "ways"),
    [
        ('(defn editors-eldoc "Doc." ([] 1) ([a & more] 2))', "function", [[], ["a", "&", "more"]]),
        ('(defmacro editors-eldoc "Doc." [a] a)', "macro", [["a"]]),
        ('(def editors-eldoc "Doc." 1)', "variable", None),
    ],
)
def test_eldoc_has_the_parameters_as_lists(
    code: str, type_: str, ways: Bencode | None, nrepl: Nrepl, session: str
) -> None:
    nrepl.eval(code, session)
    told = ask(nrepl, session, "cider/eldoc", sym="editors-eldoc", ns="user", context="(__prefix__)")
    assert (told["type"], told.get("eldoc"), told["docstring"]) == (type_, ways, "Doc.")
    assert (told["ns"], told["name"]) == ("user", "editors-eldoc")


# Errors and input


@pytest.mark.parametrize(
    ("lang", "code", "ex"),
    [
        ("basilisp", '(throw (ex-info "m" {}))', "ExceptionInfo"),
        ("python", "class Odd(Exception): pass\nraise Odd('m')", "Odd"),
        ("python", "import json; json.loads('{')", "JSONDecodeError"),
    ],
)
def test_ex_is_a_short_class_name(lang: str, code: str, ex: str, nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval(code, session, lang=lang)
    assert (joined(replies, "ex"), joined(replies, "root-ex")) == (ex, ex)
    assert values(replies) == []


def test_what_cider_asks_before_the_done_of_a_failed_eval_is_answered(nrepl: Nrepl, session: str) -> None:
    tooling = nrepl.clone()
    asked: list[Bencode] = []
    for reply in nrepl.converse(nrepl.send({"op": "eval", "code": "(/ 1 0)", "session": session})):
        if "eval-error" in statuses(reply):
            asked = [
                nrepl.send({"op": "cider/analyze-last-stacktrace", "session": session}),
                nrepl.send({"op": "eval", "code": "(require 'clojure.stacktrace)", "session": tooling}),
                nrepl.send({"op": "eval", "code": "(clojure.stacktrace/print-cause-trace *e)", "session": session}),
            ]
    causes, required, trace = (list(nrepl.converse(id_)) for id_ in asked)
    assert [cause["class"] for cause in causes if "class" in cause] == ["ZeroDivisionError"]
    assert values(required) == ["nil"]
    assert "ZeroDivisionError" in joined(trace, "out")
    nrepl.ask({"op": "close", "session": tooling})


def test_a_stdin_may_have_the_id_of_the_eval_that_reads(nrepl: Nrepl, session: str) -> None:
    nrepl.send({"op": "eval", "code": "(read-line)", "session": session, "id": "shared"})
    assert statuses(nrepl.receive()) == ["need-input"]
    nrepl.socket.sendall(encode({"op": "stdin", "stdin": "typed\n", "session": session, "id": "shared"}))
    list(nrepl.converse("shared"))
    replies = list(nrepl.converse("shared"))
    assert values(replies) == ['"typed"']
    assert nrepl.unread() == []


# Namespaces: the first prompt, load-file, clients that name them in every request


def test_the_namespace_of_a_request_is_for_that_request_only(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(ns editors.elsewhere)", session, ns="user")
    nrepl.eval("(in-ns 'editors.elsewhere)", session, ns="user")
    assert joined(nrepl.eval("1", session), "ns") == "user"
    assert values(nrepl.eval("(str *ns*)", session, ns="editors.elsewhere")) == ['"editors.elsewhere"']
    assert joined(nrepl.eval("1", session), "ns") == "user"


def test_switching_the_namespace_tells_the_new_one(nrepl: Nrepl, session: str) -> None:
    """C-c M-n n of CIDER: the reply's `ns` is the next prompt."""
    nrepl.eval("(ns editors.switched) (in-ns 'user)", session)
    assert joined(nrepl.eval("(in-ns 'editors.switched)", session), "ns") == "editors.switched"


def test_a_value_to_be_overlaid_comes_whole_and_with_its_namespace(nrepl: Nrepl, session: str) -> None:
    keys: Message = {
        "ns": "user", "file": " *temp*", "line": 1, "column": 1, "content-type": "true",
        "nrepl.middleware.print/print": "cider.nrepl.pprint/pr", "nrepl.middleware.print/stream?": [],
    }  # fmt: skip
    (told,) = [reply for reply in nrepl.eval("(range 3)", session, **keys) if "value" in reply]
    assert (told["value"], told["ns"]) == ("(0 1 2)", "user")


def test_a_loaded_file_with_an_error_has_its_place_in_the_line_that_editors_parse(
    nrepl: Nrepl, session: str, tmp_path: Path
) -> None:
    path = tmp_path / "broken.lpy"
    text = "(ns editors.broken)\n\n(defn f [] (nothing-of-the-kind))"
    replies = nrepl.talk({"op": "load-file", "file": text, "file-path": str(path), "session": session})
    assert joined(replies, "err").startswith(f"Syntax error compiling at ({path}:3:13).\n")


def _list(value: Bencode) -> list[Bencode]:
    assert isinstance(value, list)
    return value
