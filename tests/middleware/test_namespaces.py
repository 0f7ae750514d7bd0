"""The conversations about namespaces."""

from __future__ import annotations

import pytest

from middleware.namespaces import quoted
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to
from tests.middleware.mirrors import MIRROR


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession()
    session.mirror = MIRROR
    return session


def ask(session: FakeSession, op: str, **keys: Bencode) -> Message:
    (reply,) = replies_to({"op": op, **keys}, session)
    return reply


BASILISP = ["basilisp.core", "basilisp.string", "clojure.core", "shop.main", "user"]


@pytest.mark.parametrize("op", ["ns-list", "cider/ns-list"])
def test_namespaces_are_listed_in_order(session: FakeSession, op: str) -> None:
    assert ask(session, op) == {"ns-list": BASILISP, "status": ["done"]}


@pytest.mark.parametrize("key", ["exclude-regexps", "filter-regexps"])
def test_namespaces_that_match_are_left_out(session: FakeSession, key: str) -> None:
    regexps: Message = {key: [r"^basilisp\.", "core$"]}
    assert ask(session, "ns-list", **regexps)["ns-list"] == ["shop.main", "user"]


@pytest.mark.parametrize("regexps", [[], 0, [""], "nil"])
def test_no_regexps_leave_nothing_out(session: FakeSession, regexps: Bencode) -> None:
    assert ask(session, "ns-list", **{"filter-regexps": regexps})["ns-list"] == BASILISP


def test_a_bad_regexp_is_refused(session: FakeSession) -> None:
    regexps: Bencode = ["("]
    reply = ask(session, "ns-list", **{"filter-regexps": regexps})
    assert reply["status"] == ["error", "bad-regexp", "done"]


def test_a_python_session_lists_modules(session: FakeSession) -> None:
    session.language = "python"
    names = ask(session, "ns-list")["ns-list"]
    assert isinstance(names, list)
    assert "math" in names
    assert "user" not in names


def test_the_vars_of_a_namespace_are_the_public_ones(session: FakeSession) -> None:
    assert ask(session, "ns-vars", ns="shop.main")["ns-vars"] == ["-main", "Point", "price", "twin", "typed"]


def test_private_vars_are_told_to_who_asks(session: FakeSession) -> None:
    query: Bencode = {"private?": "t", "include-meta-key": ["private"]}  # as CIDER does
    assert ask(session, "ns-vars", ns="shop.main", **{"var-query": query})["ns-vars"] == ["secret"]


def test_vars_can_be_left_out_by_what_is_known_of_them(session: FakeSession) -> None:
    query: Bencode = {"exclude-meta-key": ["arglists", "doc"]}
    assert ask(session, "ns-vars", ns="shop.main", **{"var-query": query})["ns-vars"] == ["Point", "twin"]


def test_metadata_is_told_as_clojure_prints_it(session: FakeSession) -> None:
    metas = ask(session, "ns-vars-with-meta", ns="clojure.string")["ns-vars-with-meta"]
    assert metas == {"join": {"arglists": "([coll] [sep coll])", "deprecated": '"9.9"', "fn": "true"}}
    metas = ask(session, "cider/ns-vars-with-meta", ns="basilisp.core")["ns-vars-with-meta"]
    assert isinstance(metas, dict)
    assert metas["defn"] == {"arglists": "([name & body])", "doc": '"Define a function."', "macro": "true"}


def test_a_quoted_text_can_be_read_again() -> None:
    assert quoted('a "b" \\ c\n') == '"a \\"b\\" \\\\ c\n"'


@pytest.mark.parametrize("op", ["ns-vars", "ns-vars-with-meta", "ns-aliases"])
def test_a_namespace_that_is_not_loaded_is_refused(session: FakeSession, op: str) -> None:
    reply = ask(session, op, ns="nowhere")
    assert (reply["status"], reply["ns"]) == (["error", "namespace-not-found", "done"], "nowhere")


def test_the_path_of_a_namespace_is_a_uri(session: FakeSession) -> None:
    path = "file:///host/p/shop/main.lpy"
    assert ask(session, "ns-path", ns="shop.main") == {"path": path, "url": path, "status": ["done"]}


def test_the_path_of_a_namespace_that_is_not_loaded_is_that_of_the_projects_file(session: FakeSession) -> None:
    assert ask(session, "ns-path", ns="app.unloaded-test")["path"] == "file:///p/app/unloaded_test.lpy"


def test_a_namespace_without_a_file_has_no_path(session: FakeSession) -> None:
    assert ask(session, "cider/ns-path", ns="user") == {"status": ["done"]}
    assert ask(session, "ns-path", ns="nowhere") == {"status": ["done"]}


def test_vars_are_listed_by_name(session: FakeSession) -> None:
    assert ask(session, "ns-list-vars-by-name", name="-main")["var-list"] == "(#'shop.main/-main)"
    assert ask(session, "cider/ns-list-vars-by-name", name="nothing")["var-list"] == "()"


def test_aliases_are_told(session: FakeSession) -> None:
    assert ask(session, "ns-aliases", ns="shop.main")["ns-aliases"] == {"str": "basilisp.string"}
