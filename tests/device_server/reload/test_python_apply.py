"""Edits of a program in this process: what changes, what stays, and what is said of it."""

from __future__ import annotations

from device_server.reload import State, Tier
from tests.device_server.reload.program import Program


def test_a_body_is_replaced_wherever_the_function_is_held() -> None:
    before = """
        import functools
        def price(n): return n
        held = [price, functools.partial(price, 3)]
        """
    with Program(shop=before, cart="from shop import price\ndef total(): return price(2)") as program:
        held = program.shop.held
        edited = program.edit(shop=before.replace("return n", "return n + 1"))
        assert [held[0](1), held[1](), program.cart.total()] == [2, 4, 3]
        assert program.shop.held is held
        assert (edited.tier, edited.state, edited.stale) == (Tier.BODY, State.KEPT, ())
        assert edited.outcome.reloaded == ("shop",)
