"""The conversations of `apropos`."""

from __future__ import annotations

import pytest

from middleware.apropos import MAX_MATCHES
from middleware.mirror import Mirror, apply
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to
from tests.middleware.mirrors import MIRROR


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession()
    session.mirror = MIRROR
    return session


def ask(session: FakeSession, query: Bencode, **keys: Bencode) -> Message:
    (reply,) = replies_to({"op": "apropos", "query": query, **keys}, session)
    return reply


def names(reply: Message) -> list[Bencode]:
    matches = reply["apropos-matches"]
    assert isinstance(matches, list)
    return [each["name"] for each in matches if isinstance(each, dict)]


def test_a_match_has_name_type_and_the_first_sentence_of_the_documentation(session: FakeSession) -> None:
    (match,) = [ask(session, "core/map$")["apropos-matches"]]
    assert match == [{"name": "basilisp.core/map", "type": "function", "doc": "Return a lazy sequence."}]


def test_what_is_not_documented_says_so(session: FakeSession) -> None:
    assert ask(session, "join")["apropos-matches"] == [
        {"name": "basilisp.string/join", "type": "function", "doc": "(not documented)"}
    ]


def test_the_namespace_comes_first_then_core_then_the_others(session: FakeSession) -> None:
    found = names(ask(session, "main|defn|join|^if$", ns="basilisp.string"))
    assert found[:3] == ["basilisp.string/join", "if", "basilisp.core/defn"]
    assert found[3] == "shop.main/-main"


def test_private_names_are_told_to_who_asks(session: FakeSession) -> None:
    assert names(ask(session, "secret")) == []
    assert names(ask(session, "secret", **{"privates?": "t"})) == ["shop.main/secret"]


def test_capitals_count_for_who_says_so(session: FakeSession) -> None:
    assert names(ask(session, "JOIN")) == ["basilisp.string/join"]
    assert names(ask(session, "JOIN", **{"case-sensitive?": "t"})) == []


def test_documentation_is_searched_for_who_says_so_and_told_whole(session: FakeSession) -> None:
    assert ask(session, "lazy", **{"docs?": "t"})["apropos-matches"] == [
        {"name": "basilisp.core/map", "type": "function", "doc": "Return a lazy sequence. Of (f x)."}
    ]


def test_a_search_can_be_kept_to_one_namespace(session: FakeSession) -> None:
    assert names(ask(session, "i", **{"search-ns": "basilisp.string"})) == ["basilisp.string/join"]


@pytest.mark.parametrize("key", ["exclude-regexps", "filter-regexps"])
def test_namespaces_can_be_left_out(session: FakeSession, key: str) -> None:
    regexps: Message = {key: ["^basilisp"]}
    assert names(ask(session, "join", **regexps)) == []


@pytest.mark.parametrize("query", ["(", "(a+)+$", "a" * 1000])
def test_a_regexp_that_cannot_be_used_is_refused_with_the_reason(session: FakeSession, query: str) -> None:
    reply = ask(session, query)
    assert reply["status"] == ["error", "apropos-regexp-error", "done"]
    assert str(reply["error-msg"]).startswith("The regular expression")


def test_a_search_for_nothing_is_refused(session: FakeSession) -> None:
    assert ask(session, "")["status"] == ["error", "no-query", "done"]


def test_a_python_session_searches_modules(session: FakeSession) -> None:
    session.language = "python"
    assert names(ask(session, "sqrt|if")) == ["math/sqrt"]


def test_no_more_matches_are_told_than_anybody_reads(session: FakeSession) -> None:
    session.mirror = apply(Mirror(), {"big": {"symbols": {f"x{number}": {} for number in range(2 * MAX_MATCHES)}}}, {})
    assert len(names(ask(session, "x"))) == MAX_MATCHES
