"""Candidates as values."""

from __future__ import annotations

from middleware.candidates import Candidate


def test_a_candidate_needs_only_a_text_and_a_type() -> None:
    assert Candidate("map", "function") == Candidate("map", "function", None, (), None)
