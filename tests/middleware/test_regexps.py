"""Which regular expressions of clients are taken."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.regexps import BadRegexp, any_of, compiled, matches


@pytest.mark.parametrize(
    "pattern",
    [
        "^cider.nrepl", "foo.+bar", "map", r"\.core$", "a|b|c", "[*+?]{2}", "[]]*", "x{2,3}", "(?i:a)b", "(a|b)?c",
        "a*?b", "a++b", r"\(\*\)", "take.+while.+x", "^$",
    ],
)  # fmt: skip
def test_simple_patterns_are_taken(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+$", "(a|a)*b", "(a?){30}", "(?:a*)*", "((a))+", "a*a*a*a*a*b", "a?" * 30 + "a" * 30, "x" * 501],
)
def test_what_could_take_forever_is_refused(pattern: str) -> None:
    with pytest.raises(BadRegexp, match="cannot be used"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(", "[", "*a", "a{3,2}", "(?<=a+)b"])
def test_what_is_no_regexp_is_refused(pattern: str) -> None:
    with pytest.raises(BadRegexp, match="cannot be used"):
        compiled(pattern)


def test_case_can_be_ignored() -> None:
    assert matches(compiled("MAP", ignore_case=True), "map")
    assert not matches(compiled("MAP"), "map")


@pytest.mark.parametrize("nothing", [None, 0, [], "nil", [""], [3]])
def test_no_regexps_are_an_empty_list(nothing: str | None) -> None:
    assert any_of(nothing) == []


@given(st.text("ab(|)[]*+?{1,2}\\.^$-:", max_size=12), st.text("ab", max_size=40))
def test_a_pattern_is_compiled_as_it_is_or_refused(pattern: str, text: str) -> None:
    try:
        mine = compiled(pattern)
    except BadRegexp:
        return
    assert matches(mine, text) == bool(re.search(pattern, text))
