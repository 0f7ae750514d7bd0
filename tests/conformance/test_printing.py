"""Values as clients ask for them, through a bridge and its device."""

from __future__ import annotations

from typing import Final

from middleware.request import Message
from tests.conformance.clients import Nrepl, joined, statuses, values

PRINT: Final = "nrepl.middleware.print/"
CAUGHT: Final = "nrepl.middleware.caught/"
REPL: Final[Message] = {
    f"{PRINT}stream?": "1",
    f"{PRINT}print": "cider.nrepl.pprint/clojure-pprint",
    f"{PRINT}quota": 1048576,
    f"{PRINT}buffer-size": 4096,
    f"{PRINT}options": {"right-margin": 70},
    "content-type": "true",
}
"""What CIDER's REPL sends with every input."""


def shapes(replies: list[Message]) -> list[Message]:
    return [{key: value for key, value in reply.items() if key not in ("id", "session")} for reply in replies]


def test_a_small_value_at_ciders_repl_is_one_chunk(nrepl: Nrepl, session: str) -> None:
    replies = shapes(nrepl.eval("(+ 1 2)", session, **REPL))
    assert replies == [{"value": "3"}, {"ns": "user"}, {"status": ["done"]}]


def test_chunks_make_up_the_pretty_value(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("(vec (range 3000))", session, **REPL)
    assert joined(replies, "value") == "[" + "\n ".join(map(str, range(3000))) + "]"
    assert all(len(str(reply.get("value", ""))) <= 4096 for reply in replies)


def test_a_streamed_value_that_is_cut_says_so_alone(nrepl: Nrepl, session: str) -> None:
    *chunks, cut, ns, _ = shapes(nrepl.eval("(range)", session, **{**REPL, f"{PRINT}quota": 10000}))
    assert len(joined(chunks, "value")) == 10000
    assert (cut, ns) == ({"status": [f"{PRINT}truncated"]}, {"ns": "user"})


def test_no_character_is_split(nrepl: Nrepl, session: str) -> None:
    keys: Message = {f"{PRINT}stream?": "1", f"{PRINT}buffer-size": 3}
    replies = nrepl.eval('"é😀é😀é"', session, **keys)
    assert [reply["value"] for reply in replies if "value" in reply] == ['"é😀', "é😀é", '"']


def test_calva_gets_one_pretty_value_within_its_options(nrepl: Nrepl, session: str) -> None:
    keys: Message = {
        f"{PRINT}print": "cider.nrepl.pprint/pprint",
        f"{PRINT}options": {"right-margin": 120, "length": 50},
        "pprint": 1,
    }
    reply, _ = nrepl.eval("(range)", session, **keys)
    assert reply["value"] == "(" + "\n ".join([*map(str, range(50)), "..."]) + ")"


def test_a_printer_of_the_projects_prints_every_value(nrepl: Nrepl, session: str) -> None:
    nrepl.eval('(ns shown) (defn render [v writer _] (.write writer (str "<" v ">")))', session)
    replies = nrepl.eval("1 2", session, **{f"{PRINT}print": "shown/render"})
    assert values(replies) == ["<1>", "<2>"]


def test_a_printer_that_is_missing_is_told_and_the_value_comes(nrepl: Nrepl, session: str) -> None:
    first, value, _ = nrepl.eval("1", session, **{f"{PRINT}print": "no.such/printer"})
    assert first[f"{PRINT}error"] == "Couldn't resolve var no.such/printer"
    assert statuses(first) == [f"{PRINT}error"]
    assert value["value"] == "1"


def test_errors_come_printed_if_asked_for(nrepl: Nrepl, session: str) -> None:
    replies = nrepl.eval("raise ValueError('no')", session, lang="python", **{f"{CAUGHT}print?": "1"})
    assert joined(replies, f"{CAUGHT}throwable") == "ValueError('no')"


def test_a_function_of_the_projects_tells_errors(nrepl: Nrepl, session: str) -> None:
    nrepl.eval('(ns told) (defn tell [e] (println "told:" (ex-message e)))', session)
    replies = nrepl.eval('(throw (ex-info "oh" {}))', session, **{f"{CAUGHT}caught": "told/tell"})
    assert joined(replies, "out") == "told: oh\n"
    assert joined(replies, "err") == ""
    assert joined(replies, "ex") == "ExceptionInfo"
