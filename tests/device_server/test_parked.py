"""What a copy says of itself."""

from __future__ import annotations

import pytest

from device_server import wire
from device_server.parked import parse

NOTICE: wire.Message = {"op": "parked", "pid": 9, "name": "5-1", "serial": 3, "evals": 2, "not_restored": ["thread a"]}


def test_a_copy_knows_whose_it_is() -> None:
    copy = parse(NOTICE)
    assert copy is not None
    assert (copy.pid, copy.forker, copy.serial, copy.evals, copy.not_restored) == (9, 5, 3, 2, ["thread a"])


@pytest.mark.parametrize(
    "changed",
    [{"pid": 1}, {"pid": "9"}, {"name": "x-1"}, {"name": "1" * 41}, {"serial": None}, {"not_restored": "x"}],
)
def test_what_no_copy_says_is_none(changed: wire.Message) -> None:
    assert parse({**NOTICE, **changed}) is None
