"""Which languages may be named."""

from __future__ import annotations

import pytest

from middleware.languages import check, chosen
from middleware.request import Bencode, Refusal
from tests.middleware.fakes import FakeSession, request_for


@pytest.mark.parametrize("nothing", [0, [], ""])
def test_a_request_may_name_none(nothing: Bencode) -> None:
    assert chosen(request_for({"lang": nothing}, FakeSession(), []), ("python",)) is None


def test_a_language_of_the_device_is_taken() -> None:
    assert chosen(request_for({"lang": "python"}, FakeSession(), []), ("basilisp", "python")) == "python"


def test_another_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refusal) as refused:
        check("ruby", ("basilisp", "python"))
    assert refused.value.text == "Unknown language: ruby; this device has basilisp, python"
    assert refused.value.statuses == ("unknown-lang",)
    assert refused.value.keys == {"languages": ["basilisp", "python"]}
