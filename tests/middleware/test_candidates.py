"""Candidates as values."""

from __future__ import annotations

from middleware.candidates import Candidate, naming
from middleware.mirror import Symbol


def test_a_candidate_needs_only_a_text_and_a_type() -> None:
    assert Candidate("map", "function") == Candidate("map", "function", None, (), None)


def test_a_symbol_is_named_with_the_words_of_editors() -> None:
    assert naming(Symbol("x", "variable", doc="A number."), "a/x", "a") == Candidate("a/x", "var", "a", (), "A number.")
    assert naming(Symbol("f", "function", ("[x]",)), "f").arglists == ("[x]",)
