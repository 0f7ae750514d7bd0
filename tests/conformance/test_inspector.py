"""CIDER's inspector through a bridge and its device."""

from __future__ import annotations

from typing import Final

from middleware.request import Message
from tests.conformance.clients import Nrepl, statuses
from tests.device_server.pages import contents, index, lines

INSPECT: Final[Message] = {
    "inspect": "true", "page-size": 32, "max-atom-length": 150, "max-coll-size": 5, "max-nested-depth": 5,
    "tidy-qualified-keywords": "true", "pretty-print": "false", "sort-maps": "false", "only-diff": "false",
}  # fmt: skip
"""What CIDER sends with an expression to inspect."""


def inspect(nrepl: Nrepl, code: str, session: str) -> str:
    reply, _ = nrepl.eval(code, session, ns="user", **INSPECT)
    return str(reply["value"])


def test_a_value_is_gone_into_by_the_numbers_on_its_page(nrepl: Nrepl, session: str) -> None:
    page = inspect(nrepl, "{:a [1 2]}", session)
    assert contents(page) == [":a = [1 2]"]
    reply = nrepl.ask({"op": "cider/inspect-push", "idx": index(page, "[1 2]"), "session": session})
    assert contents(str(reply["value"])) == ["0. 1", "1. 2"]
    assert reply["path"] == ":a"
    reply = nrepl.ask({"op": "inspect-pop", "session": session})
    assert contents(str(reply["value"])) == [":a = [1 2]"]


def test_an_error_is_told_as_by_any_eval(nrepl: Nrepl, session: str) -> None:
    err, error, done = nrepl.eval("(/ 1 0)", session, **INSPECT)
    assert "ZeroDivisionError" in str(err["err"])
    assert (statuses(error), statuses(done)) == (["eval-error"], ["done"])


def test_an_exception_is_inspected_after_it_was_told(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(/ 1 0)", session)
    reply = nrepl.ask({"op": "cider/inspect-last-exception", "index": 0, "session": session})
    assert "Class: ZeroDivisionError" in lines(str(reply["value"]))


def test_what_is_lost_with_the_device_is_refused(nrepl: Nrepl, session: str) -> None:
    reply = nrepl.ask({"op": "inspect-push", "idx": 0, "session": session})
    assert statuses(reply) == ["error", "inspect-refused", "clojure-only", "done"]
    assert "Inspect a value first" in str(reply["err"])


def test_the_inspected_value_is_printed_in_pieces(nrepl: Nrepl, session: str) -> None:
    inspect(nrepl, "(vec (range 9))", session)
    keys: Message = {"nrepl.middleware.print/stream?": "1", "nrepl.middleware.print/buffer-size": 10}
    replies = nrepl.talk({"op": "cider/inspect-print-current-value", "session": session, **keys})
    assert [reply.get("value") for reply in replies] == ["[0 1 2 3 4", " 5 6 7 8]", None]


def test_output_of_the_background_still_arrives_after_a_page_was_shown(nrepl: Nrepl, session: str) -> None:
    code = (
        "import threading; go = threading.Event(); threading.Thread(target=lambda: (go.wait(), print('late'))).start()"
    )
    nrepl.eval(code, session, lang="python")
    inspect(nrepl, "[1]", session)
    nrepl.ask({"op": "inspect-refresh", "session": session})
    join = "go.set(); [each.join() for each in threading.enumerate()[1:]]"
    nrepl.eval(join, nrepl.clone(), lang="python")
    assert "".join(str(reply.get("out", "")) for reply in nrepl.unread()) == "late\n"
