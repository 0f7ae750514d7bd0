"""What the ops for completion answer."""

from __future__ import annotations

import pytest

from middleware.completion import LIMIT
from middleware.mirror import Mirror, apply
from middleware.request import Bencode, Message
from middleware.sorted_names import SortedNames
from tests.middleware.fakes import FakeSession, replies_to

MIRROR = apply(
    Mirror(),
    {
        "user": {
            "symbols": {
                "greet": {"type": "function", "arglists": ["[name]", "[name how]"], "doc": "Says hello."},
                "great-answer": {"class_name": "builtins.int"},
                "gr-all": {"type": "macro"},
            },
            "refers": {"group-by": "basilisp.core/group-by"},
        },
        "basilisp.core": {"symbols": {"group-by": {"type": "function"}}},
        "app": {"symbols": {"green": {}}},
        "__main__": {"lang": "python", "symbols": {"greeting": {}}},
    },
    {},
)


def asked(session: FakeSession | None = None, **keys: Bencode) -> Message:
    """The one reply, whose device was not asked."""
    if session is None:
        session = FakeSession()
    if not session.mirror.namespaces:
        session.mirror = MIRROR
    message: Message = {"op": "complete"}
    message.update({key.replace("_", "-"): value for key, value in keys.items()})
    (reply,) = replies_to(message, session)
    assert session.asked == []
    return reply


def offered(**keys: Bencode) -> list[Bencode]:
    completions = asked(None, **keys)["completions"]
    assert isinstance(completions, list)
    return [each["candidate"] for each in completions if isinstance(each, dict)]


@pytest.mark.parametrize("op", ["complete", "cider/complete", "completions"])
def test_one_message_has_the_candidates_and_done(op: str) -> None:
    assert asked(op=op, prefix="gree", ns="user") == {
        "completions": [{"candidate": "greet", "type": "function", "ns": "user"}],
        "status": ["done"],
    }


def test_calva_says_symbol_and_zero_where_it_means_nothing() -> None:
    assert offered(symbol="gree", ns="user", context=0) == ["greet"]


def test_cider_says_nil_where_there_is_no_context() -> None:
    assert offered(prefix="gree", ns="user", context="nil") == ["greet"]


def test_what_begins_so_comes_first_then_what_is_near_then_what_is_short() -> None:
    assert offered(prefix="gr") == ["greet", "gr-all", "great-answer", "group-by"]
    assert offered(prefix="gr", sort_order="by-name") == ["gr-all", "great-answer", "greet", "group-by"]
    assert offered(prefix="ga") == ["gr-all", "great-answer"]


def test_locals_of_the_context_come_first() -> None:
    assert offered(prefix="gre", context="(let [grey 1] __prefix__)")[0] == "grey"


def test_an_unknown_namespace_is_taken_for_the_sessions() -> None:
    assert offered(prefix="gree", ns="not.loaded") == ["greet"]
    assert offered(prefix="gree", ns="app") == ["green"]


def test_more_is_told_on_request() -> None:
    (told,) = _completions(asked(prefix="greet", extra_metadata=["arglists", "doc"]))
    assert (told["arglists"], told["doc"]) == (["[name]", "[name how]"], "Says hello.")
    (told,) = _completions(asked(op="completions", prefix="greet", options={"extra-metadata": ["doc"]}))
    assert (told["doc"], "arglists" in told) == ("Says hello.", False)


def test_keywords_are_those_seen_and_those_of_the_context() -> None:
    session = FakeSession()
    session.keywords = SortedNames([":seen"])
    (told,) = _completions(asked(session, prefix=":se"))
    assert told == {"candidate": ":seen", "type": "keyword"}
    assert offered(prefix=":mi", context="{:mine 1 :k __prefix__}") == [":mine"]


def test_only_so_many_are_told() -> None:
    session = FakeSession()
    session.mirror = apply(Mirror(), {"user": {"symbols": {f"name-{n:05}": {} for n in range(2 * LIMIT)}}}, {})
    assert len(_completions(asked(session, prefix="name"))) == LIMIT


def test_a_python_session_is_offered_python() -> None:
    session = FakeSession()
    session.language = "python"
    assert [each["candidate"] for each in _completions(asked(session, prefix="greet", ns="user"))] == ["greeting"]


@pytest.mark.parametrize("context", ["nil", "", "if x:", f"{'x' * 5000}\n__prefix__"])
def test_python_is_completed_without_a_context_that_is_none_or_too_long(context: str) -> None:
    session = FakeSession()
    session.language = "python"
    found = _completions(asked(session, prefix="greet", ns="user", context=context))
    assert [each["candidate"] for each in found] == ["greeting"]


def test_a_candidate_is_documented() -> None:
    for op in ("complete-doc", "cider/complete-doc"):
        assert asked(op=op, sym="greet", ns="user")["completion-doc"] == "user/greet\n[name] [name how]\nSays hello."
    assert asked(op="complete-doc", symbol="nothing", ns="user")["completion-doc"] == ""


def test_flushing_asks_the_device_for_everything() -> None:
    session = FakeSession()
    assert asked(session, op="cider/complete-flush-caches") == {"status": ["done"]}
    assert session.refreshed == 1


@pytest.mark.parametrize("keys", [{"prefix": []}, {}, {"prefix": ""}, {"extra-metadata": 0}])
def test_what_clients_leave_out_is_no_error(keys: Message) -> None:
    assert asked(None, **keys)["status"] == ["done"]


@pytest.mark.parametrize("keys", [{"prefix": 1}, {"ns": ["user"]}, {"context": {}}, {"extra-metadata": "doc"}])
def test_what_makes_no_sense_is_refused(keys: Message) -> None:
    assert "error" in str(asked(None, **keys)["status"])


def _completions(reply: Message) -> list[dict[str, Bencode]]:
    completions = reply["completions"]
    assert isinstance(completions, list)
    return [each for each in completions if isinstance(each, dict)]
