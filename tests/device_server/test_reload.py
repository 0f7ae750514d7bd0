from device_server.reload import State, Tier


def test_the_deepest_tier_and_the_worst_state_are_the_greatest() -> None:
    assert max(Tier.BODY, Tier.STRUCTURAL, Tier.NONE) is Tier.STRUCTURAL
    assert max(State.MIGRATED, State.KEPT, State.RESET) is State.RESET
