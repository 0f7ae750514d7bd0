"""The inspector's settings as clients write them."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.inspector_settings import settings
from middleware.request import Message
from tests.middleware.fakes import FakeSession, request_for


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"page-size": 32, "max-atom-length": "150"}, {"page_size": 32, "max_atom_length": 150}),
        ({"max-coll-size": 5, "max-nested-depth": 4}, {"max_coll_size": 5, "max_nested_depth": 4}),
        ({"max-value-length": 9}, {"max_value_length": 9}),
        ({"pretty-print": "false", "sort-maps": "true"}, {"pretty_print": False, "sort_maps": True}),
        ({"pretty-print": 1, "sort-maps": []}, {"pretty_print": True, "sort_maps": False}),
        ({"page-size": 0, "max-coll-size": [], "max-atom-length": -1}, {}),
        ({"only-diff": "false", "tidy-qualified-keywords": "true"}, {}),
    ],
)
def test_settings_are_told_as_the_device_takes_them(keys: Message, told: wire.Message) -> None:
    assert settings(request_for({"op": "eval", **keys}, FakeSession(), [])) == told
