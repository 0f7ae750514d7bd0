"""Namespaces in the order in which they can be loaded."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from middleware.load_order import in_order
from middleware.mirror import Namespace
from middleware.project_sources import SourceFile


def files(texts: Mapping[str, str]) -> dict[str, SourceFile]:
    return {name: SourceFile(f"/p/{name}", name, "basilisp", text) for name, text in texts.items()}


def test_what_a_text_names_comes_before_it() -> None:
    texts = {
        "app.a": "(ns app.a (:require [app.b :as b]))",
        "app.b": "(ns app.b (:require app.c))",
        "app.c": "(ns app.c)",
    }
    assert in_order(files(texts), {}) == ["app.c", "app.b", "app.a"]


def test_what_a_namespace_is_known_to_use_comes_before_it() -> None:
    known = {
        "a": Namespace("a", aliases=Map({"x": "b"})),
        "b": Namespace("b", refers=Map({"f": "c/f"})),
        "c": Namespace("c", imports=Map({"Item": "d.model.Item"})),
    }
    assert in_order(files(dict.fromkeys(("a", "b", "c", "d.model"), "")), known) == ["d.model", "c", "b", "a"]


def test_only_whole_names_are_uses() -> None:
    assert in_order(files({"a": "bc b-d x.b", "b": ""}), {}) == ["a", "b"]


def test_a_long_chain_is_no_problem() -> None:
    texts = {f"n{number:05}": f"n{number + 1:05}" for number in range(5000)}
    assert in_order(files(texts), {}) == sorted(texts, reverse=True)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.sets(st.sampled_from("abcdefgh"))))
def test_each_comes_once_and_after_what_it_uses_unless_that_uses_it(uses: dict[str, set[str]]) -> None:
    ordered = in_order(files({name: " ".join(sorted(used)) for name, used in uses.items()}), {})
    assert sorted(ordered) == sorted(uses)
    for name, used in uses.items():
        for each in used & {*uses}:
            assert ordered.index(each) <= ordered.index(name) or name in reachable(each, uses)


def reachable(start: str, uses: dict[str, set[str]]) -> set[str]:
    found, unseen = set[str](), [start]
    while unseen:
        for each in uses.get(unseen.pop(), set()) - found:
            found.add(each)
            unseen.append(each)
    return found
