"""What clients are told without having asked."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.notifications import Notice, lost_state, notice_of, shaped
from tests.middleware.test_acks import DONE, FAILED, WAITS

LOST: wire.Message = {"op": "lost", "error": "The device pad:5558 is lost; redialling."}
RESTARTED: wire.Message = {"op": "restarted", "worker": "main", "generation": 2, "session": "s9"}
DEATH: wire.Message = {"op": "died", "error": "The worker died: SIGSEGV.", "restored": None, "lost": []}
RESTORED: wire.Message = {
    **DEATH,
    "restored": {"checkpoint_ms": 1250, "not_restored": ["the thread ticker"]},
    "lost": [{"session": "s1", "code": "(def x 1)"}, {"session": "another's", "code": "(def y 2)"}],
}


def test_cider_gets_a_notification_that_begins_a_line() -> None:
    message = shaped(Notice("Gone", "error"), "CIDER")
    assert shaped(Notice("Gone", "error"), "tether repl") == message
    assert message == {"status": ["notification"], "msg": "\nGone", "type": "error"}


@pytest.mark.parametrize("client", [None, "calva"])
def test_clients_that_do_not_show_notifications_get_err(client: str | None) -> None:
    assert shaped(Notice("Gone", "error"), client) == {"err": "Gone\n"}


def test_a_lost_device_is_an_error_that_says_what_to_do() -> None:
    assert notice_of(LOST, "pad:5558", {"s1"}) == Notice("The device pad:5558 is lost; redialling.", "error")


def test_a_device_that_is_back_says_whether_it_has_kept_its_state() -> None:
    same = notice_of({"op": "back", "is_same": True}, "pad:5558", {"s1"})
    assert same == Notice("The device pad:5558 is connected again; it has kept what was defined", "message")
    another = notice_of({"op": "back", "is_same": False}, "pad:5558", {"s1"})
    assert another is not None
    assert (another.type, "what was defined is lost" in another.text) == ("warning", True)


def test_a_death_says_what_is_back_and_what_it_has_cost_this_client() -> None:
    assert notice_of(RESTORED, "local", {"s1", "s2"}) == Notice(
        "The worker died: SIGSEGV. Its state of 1.2 s before is restored, but for: the thread ticker\n"
        "The effects of this are lost: (def x 1)",
        "warning",
    )


def test_a_death_without_a_copy_says_that_all_is_lost() -> None:
    notice = notice_of(DEATH, "local", {"s1"})
    assert notice is not None
    assert (notice.type, "what was defined is lost" in notice.text) == ("error", True)


def test_what_became_of_an_edit_is_told_to_those_who_show_notifications_only() -> None:
    notice = notice_of(DONE, "local", {"s1"})
    assert notice == Notice("app/shop.py: body, state kept, 10 ms", "message", is_aside=True)
    assert shaped(notice, "CIDER") is not None
    assert shaped(notice, "calva") is None
    failed = notice_of(FAILED, "local", {"s1"})
    assert failed is not None
    assert (failed.type, failed.text.splitlines()[1]) == ("error", "> 3 | x")
    assert notice_of(WAITS, "local", {"s1"}) is not None
    assert notice_of({**DONE, "reason": "not loaded", "reloaded": []}, "local", {"s1"}) is None


def test_a_restart_says_that_what_was_defined_is_gone() -> None:
    notice = notice_of(RESTARTED, "local", {"s1"})
    assert notice == Notice("The worker main was restarted: what was defined is gone", "warning")


def test_what_is_nothing_for_a_person_is_not_told() -> None:
    assert notice_of({"op": "symbols"}, "local", {"s1"}) is None


@pytest.mark.parametrize(
    ("news", "is_lost"),
    [
        (LOST, False),
        (DEATH, True),
        (RESTORED, False),
        (RESTARTED, True),
        ({"op": "back"}, True),
        ({"op": "back", "is_same": True}, False),
    ],
)
def test_the_state_is_lost_with_the_process_that_held_it(news: wire.Message, is_lost: bool) -> None:
    assert lost_state(news) is is_lost
