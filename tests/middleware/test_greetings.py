"""What editors for Clojure say first to a session of another language."""

from __future__ import annotations

import pytest

from middleware.greetings import CURRENT_NS, REQUIRES
from tests.middleware.fakes import FakeSession, replies_to

GREETINGS = (CURRENT_NS, REQUIRES, REQUIRES.replace(")] (", ")]\n  ("))


def in_python() -> FakeSession:
    session = FakeSession()
    session.language, session.ns = "python", "__main__"
    return session


@pytest.mark.parametrize("code", GREETINGS)
def test_a_python_session_answers_without_its_device(code: str) -> None:
    session = in_python()
    (reply,) = replies_to({"op": "eval", "code": code}, session)
    assert (reply["ns"], reply["status"]) == ("__main__", ["done"])
    assert session.asked == []


@pytest.mark.parametrize("code", GREETINGS)
def test_where_it_means_something_it_is_evaluated(code: str) -> None:
    session = FakeSession()
    replies_to({"op": "eval", "code": code}, session)
    assert session.asked[0]["code"] == code
    elsewhere = in_python()
    replies_to({"op": "eval", "code": code, "lang": "basilisp"}, elsewhere)
    assert elsewhere.asked[0]["code"] == code


@pytest.mark.parametrize("code", ["*ns", "ns", f"{REQUIRES} 1", "(when-let [])", ""])
def test_anything_else_is_left_alone(code: str) -> None:
    session = in_python()
    replies_to({"op": "eval", "code": code}, session)
    assert [asked["code"] for asked in session.asked] == ([code] if code else [])


def test_code_that_is_no_text_is_refused_as_ever() -> None:
    (reply,) = replies_to({"op": "eval", "code": [CURRENT_NS]}, in_python())
    assert reply["status"] == ["error", "unknown-code-type", "done"]
