"""The contract bites, and every op is documented."""

from __future__ import annotations

import pytest

from docs.operations import PAGE, page
from tests.conformance.contract import Contract, describe
from tests.conformance.servers import Server


def test_a_key_that_is_not_documented_is_an_offence(bridge: Server) -> None:
    contract = Contract(bridge.port)
    contract.note({"op": "clone", "id": "1"})
    contract.check({"id": "1", "session": "s", "new-session": "n", "status": ["done"]})
    with pytest.raises(AssertionError, match="clone does not document"):
        contract.check({"id": "1", "session": "s", "surprise": "n"})


def test_every_op_says_what_it_does_and_every_key_what_it_means(bridge: Server) -> None:
    ops = describe(bridge.port)["ops"]
    assert isinstance(ops, dict)
    for op, spec in ops.items():
        assert isinstance(spec, dict), op
        assert str(spec["doc"]).endswith("."), op
        for part in ("requires", "optional", "returns"):
            keys = spec[part]
            assert isinstance(keys, dict), op
            assert all(str(meaning) for meaning in keys.values()), (op, part)


def test_the_page_of_operations_is_what_the_bridge_tells(bridge: Server) -> None:
    ops = describe(bridge.port)["ops"]
    assert isinstance(ops, dict)
    assert PAGE.read_text() == page(ops), "make docs"
