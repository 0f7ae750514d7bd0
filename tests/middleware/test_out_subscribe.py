"""Subscribing to what others write."""

from __future__ import annotations

import pytest

from middleware.out_subscribe import overheard
from tests.middleware.fakes import FakeSession, replies_to


@pytest.mark.parametrize("prefix", ["", "cider/"])
def test_a_session_is_subscribed_and_unsubscribed(prefix: str) -> None:
    session = FakeSession()
    (reply,) = replies_to({"op": f"{prefix}out-subscribe"}, session)
    assert (reply["out-subscribe"], reply["status"]) == ("s1", ["done"])
    assert session.listening is not None
    (reply,) = replies_to({"op": f"{prefix}out-unsubscribe"}, session)
    assert (reply["out-unsubscribe"], reply["status"]) == ("s1", ["done"])
    assert session.listening is None


def test_forwarding_ends_at_once_with_done_alone() -> None:
    session = FakeSession()
    assert replies_to({"op": "forward-system-output"}, session) == [{"status": ["done"]}]
    assert session.listening is not None


def test_output_has_the_shape_of_the_op_that_asked_for_it() -> None:
    frame = {"op": "out", "stream": "err", "text": "oops\n"}
    assert overheard({**frame}, "cider/out-subscribe") == {"err": "oops\n"}
    assert overheard({**frame}, "forward-system-output") == {"err": "oops\n", "source": "system"}
