"""Which keywords code uses."""

from __future__ import annotations

from middleware.keywords import REMEMBERED, USUAL, SeenKeywords, keywords_in


def test_the_keywords_of_code_are_told_in_full() -> None:
    code = "{:a 1 ::b 2 :c.d/e 3 ::str/f 4 :g-h? (:i x) [:j]}"
    found = keywords_in(code, "user", {"str": "basilisp.string"})
    assert found == {":a", ":user/b", ":c.d/e", ":basilisp.string/f", ":g-h?", ":i", ":j"}


def test_a_namespace_form_says_what_double_colons_mean() -> None:
    code = "(ns app.core (:require [app.db :as db])) ::own ::db/id"
    assert keywords_in(code, "user", {}) == {":require", ":as", ":app.core/own", ":app.db/id"}


def test_a_colon_within_a_word_begins_no_keyword() -> None:
    assert keywords_in('"http://x a:b" foo:bar 12:30', "user", {}) == set()


def test_keywords_are_remembered_up_to_a_limit() -> None:
    seen = SeenKeywords()
    seen.see("{:a 1}", "user", {})
    assert list(seen.names) == sorted([*USUAL, ":a"])
    before = seen.names
    seen.see("{:a 2}", "user", {})
    assert seen.names is before
    seen.see(" ".join(f":k{number}" for number in range(REMEMBERED)), "user", {})
    assert len(seen.names) <= REMEMBERED
