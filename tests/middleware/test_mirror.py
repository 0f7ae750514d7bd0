"""What `symbols` messages make of a mirror."""

from __future__ import annotations

from middleware.mirror import Mirror, apply


def test_a_changed_symbol_is_known_and_the_older_mirror_stays_as_it_was() -> None:
    before = Mirror()
    after = apply(before, {"user": {"symbols": {"f": {"type": "function", "arglists": ["[x]"]}}}}, {})
    assert after.namespaces["user"].symbols["f"].arglists == ("[x]",)
    assert before == Mirror()
