"""The conversation of the inspector's ops."""

from __future__ import annotations

import pytest

from device_server import wire
from device_server.inspector import ACTIONS
from middleware import inspector
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to

PAGE: wire.Message = {"op": "result", "value": '("Class: ")', "path": ":a"}


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession()
    session.frames = [PAGE]
    return session


@pytest.mark.parametrize("prefix", ["", "cider/"])
@pytest.mark.parametrize(
    ("op", "keys", "asked"),
    [
        ("push", {"idx": 3}, {"action": "push", "index": 3}),
        ("push", {"idx": 0}, {"action": "push", "index": 0}),
        ("pop", {}, {"action": "pop"}),
        ("next-page", {}, {"action": "next-page"}),
        ("prev-page", {}, {"action": "previous-page"}),
        ("next-sibling", {}, {"action": "next-sibling"}),
        ("previous-sibling", {}, {"action": "previous-sibling"}),
        ("clear", {}, {"action": "clear"}),
        ("toggle-pretty-print", {}, {"action": "toggle-pretty-print"}),
        ("toggle-view-mode", {}, {"action": "toggle-view-mode"}),
        ("refresh", {"page-size": 5, "sort-maps": "true"}, {"options": {"page_size": 5, "sort_maps": True}}),
        ("set-page-size", {"page-size": 5}, {"action": "refresh", "options": {"page_size": 5}}),
        ("set-max-coll-size", {"max-coll-size": 5}, {"action": "refresh", "options": {"max_coll_size": 5}}),
        ("def-current-value", {"ns": "a", "var-name": "b"}, {"action": "define", "ns": "a", "name": "b"}),
        ("last-exception", {"index": 1}, {"action": "last-exception", "index": 1, "options": {"data": False}}),
        ("last-exception", {"ex-data": "true"}, {"index": 0, "options": {"data": True}}),
    ],
)
def test_an_op_is_an_action_of_the_device(
    session: FakeSession, prefix: str, op: str, keys: Message, asked: wire.Message
) -> None:
    (reply,) = replies_to({"op": f"{prefix}inspect-{op}", **keys}, session)
    assert reply == {"value": '("Class: ")', "path": ":a", "status": ["done"]}
    assert {key: session.asked[0].get(key) for key in asked} == asked
    assert session.asked[0]["op"] == "inspect"
    assert session.asked[0]["action"] in ACTIONS or session.asked[0]["action"] == "last-exception"


def test_every_op_has_two_names() -> None:
    ops = inspector.middleware().handles
    assert {op for op in ops if op.startswith("inspect-")} == {op.removeprefix("cider/") for op in ops}
    assert all(ops[op] is ops[f"cider/{op}"] for op in ops if op.startswith("inspect-"))


def test_the_value_is_printed_by_the_print_keys(session: FakeSession) -> None:
    session.frames = [{"op": "result", "value": "[1 2]"}]
    keys: Message = {"nrepl.middleware.print/stream?": "1", "nrepl.middleware.print/buffer-size": 3}
    replies = replies_to({"op": "inspect-print-current-value", "pprint": 1, **keys}, session)
    assert replies == [{"value": "[1 "}, {"value": "2]"}, {"status": ["done"]}]
    assert session.asked[0]["print"] == {"pretty": True}


def test_what_the_device_refuses_is_refused_in_a_way_that_cider_shows(session: FakeSession) -> None:
    session.frames = [{"op": "result", "refused": "Inspect a value first"}]
    (reply,) = replies_to({"op": "inspect-pop"}, session)
    assert reply["status"] == ["error", "inspect-refused", "clojure-only", "done"]
    assert reply["err"] == "Inspect a value first\n"


def test_a_device_that_is_lost_is_a_refusal(session: FakeSession) -> None:
    session.frames = [{"op": "error", "type": "device-lost", "error": "gone"}]
    (reply,) = replies_to({"op": "inspect-print-current-value"}, session)
    assert reply["error"] == "gone"


@pytest.mark.parametrize("op", ["inspect-pop", "inspect-print-current-value"])
def test_an_interrupted_drawing_says_only_that(session: FakeSession, op: str) -> None:
    session.frames = [{"op": "error", "type": "interrupted", "error": "Interrupted"}]
    assert replies_to({"op": op}, session)[-1]["status"] == ["interrupted", "done"]


@pytest.mark.parametrize("idx", ["3", [], {}])
def test_an_idx_that_is_no_number_is_refused(session: FakeSession, idx: Bencode) -> None:
    (reply,) = replies_to({"op": "inspect-push", "idx": idx}, session)
    assert reply["status"] == ["error", "bad-idx", "done"]


def test_an_eval_can_inspect_its_value(session: FakeSession) -> None:
    session.frames = [{**PAGE, "ns": "user", "path": ""}]
    keys: Message = {"inspect": "true", "page-size": 32, "pretty-print": "false", "max-nested-depth": 5}
    reply, _ = replies_to({"op": "eval", "code": "{:a 1}", **keys}, session)
    assert reply == {"value": '("Class: ")', "path": "", "ns": "user"}
    assert session.asked[0]["inspect"] == {"page_size": 32, "pretty_print": False, "max_nested_depth": 5}


def test_an_eval_that_does_not_inspect_says_nothing_of_it(session: FakeSession) -> None:
    replies_to({"op": "eval", "code": "1", "inspect": [], "page-size": 3}, session)
    assert "inspect" not in session.asked[0]
