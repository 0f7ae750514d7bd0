"""What `symbols` messages make of a mirror."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from immutables import Map

from device_server import wire
from middleware.mirror import Mirror, Namespace, Symbol, apply, described, symbol
from tests.middleware.worlds import descriptions, difference, made, worlds


def check_indexes(mirror: Mirror) -> None:
    assert list(mirror.names) == sorted(mirror.namespaces)
    for each in mirror.namespaces.values():
        assert list(each.names) == sorted(each.symbols)
        assert list(each.referred) == sorted(each.refers)
        assert list(each.classes) == sorted(name for name, symbol in each.symbols.items() if symbol.members)


@given(worlds, worlds)
def test_what_differs_makes_one_mirror_of_the_other_and_leaves_the_first_as_it_was(
    a: wire.Message, b: wire.Message
) -> None:
    before, again = made(a), made(a)
    after = apply(before, difference(a, b), {})
    assert after == made(b)
    assert before == again
    check_indexes(after)


@given(worlds, worlds, worlds)
def test_changes_in_pieces_come_to_the_same(a: wire.Message, b: wire.Message, c: wire.Message) -> None:
    mirror = made(a)
    for change in (difference(a, b), difference(b, c)):
        for name in change:
            mirror = apply(mirror, {name: change[name]}, {})
    assert mirror == apply(made(a), difference(a, c), {})
    check_indexes(mirror)


@given(descriptions, descriptions)
def test_it_makes_no_difference_when_a_description_comes(told: wire.Message, later: wire.Message) -> None:
    """Before the hash that names it, or after the namespace has changed."""
    change = difference({"lib": told}, {"lib": later})
    by_hash = {"h": apply(Mirror(), {"lib": {**told, "hash": "h"}}, {}).namespaces["lib"]}
    early = apply(apply(Mirror(), {"lib": {"hash": "h"}}, by_hash), change, by_hash)
    late = described(apply(apply(Mirror(), {"lib": {"hash": "h"}}, {}), change, {}), by_hash)
    assert late == early
    check_indexes(late)
    if change:
        assert early.namespaces["lib"] == replace(made({"lib": later}).namespaces["lib"], hash=None)


def test_a_changed_symbol_is_known_and_the_older_mirror_stays_as_it_was() -> None:
    before = Mirror()
    after = apply(before, {"user": {"symbols": {"f": {"type": "function", "arglists": ["[x]"]}}}}, {})
    assert after.namespaces["user"].symbols["f"].arglists == ("[x]",)
    assert before == Mirror()


def test_a_namespace_told_by_an_unknown_hash_waits_for_its_description() -> None:
    mirror = apply(Mirror(), {"lib": {"hash": "h", "lang": "python"}}, {})
    assert mirror.unknown_hashes() == ["h"]
    assert mirror.namespaces["lib"] == Namespace("lib", "python", "h", is_described=False)
    mirror = apply(mirror, {"lib": {"hash": "h", "is_new": True, "symbols": {"f": {}}}}, {})
    assert mirror.unknown_hashes() == []
    assert mirror.namespaces["lib"].hash == "h"


def test_a_hash_told_again_keeps_what_is_known() -> None:
    mirror = apply(Mirror(), {"lib": {"hash": "h", "is_new": True, "symbols": {"f": {}}}}, {})
    assert apply(mirror, {"lib": {"hash": "h"}}, {}) == mirror
    assert apply(mirror, {"lib": {"hash": "other"}}, {}).unknown_hashes() == ["other"]


def test_what_is_changed_is_no_more_what_its_hash_names() -> None:
    mirror = apply(Mirror(), {"lib": {"hash": "h", "is_new": True}}, {})
    assert apply(mirror, {"lib": {"symbols": {"f": {}}}}, {}).namespaces["lib"].hash is None


def test_members_are_symbols() -> None:
    told = symbol("Thing", {"type": "class", "members": {"run": {"type": "method"}}})
    assert told == Symbol("Thing", "class", members=(Symbol("run", "method"),))


@pytest.mark.parametrize(
    "changes",
    [
        {"user": 1},
        {"user": {"symbols": ["f"]}},
        {"user": {"symbols": {"f": "function"}}},
        {"user": {"symbols": {"f": {"doc": 1}}}},
        {"user": {"symbols": {"f": {"line": "1"}}}},
        {"user": {"symbols": {"f": {"arglists": "[x]"}}}},
        {"user": {"symbols": {"f": {"arglists": [1]}}}},
        {"user": {"symbols": {"f": {"members": {"m": 1}}}}},
        {"user": {"aliases": {"s": 1}}},
        {"user": {"refers": "all"}},
        {"user": {"hash": 1}},
        {"user": {"hash": "h", "symbols": {}}},
        {"user": {"lang": ["basilisp"]}},
    ],
    ids=repr,
)
def test_malformed_changes_are_refused(changes: wire.Message) -> None:
    with pytest.raises(ValueError, match=r"is no|has a hash|no text|no integer"):
        apply(Mirror(), changes, {})


def test_a_mirror_needs_no_copy_of_what_did_not_change() -> None:
    before = made({"a": {"symbols": {"f": {}}}, "b": {"symbols": {"g": {}}}})
    after = apply(before, {"b": {"symbols": {"h": {}}}}, {})
    assert after.namespaces["a"] is before.namespaces["a"]
    assert isinstance(after.namespaces, Map)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("basilisp.string",), "basilisp.string"),
        (("clojure.string", "basilisp.string"), "basilisp.string"),  # the first is empty
        (("clojure.string",), "clojure.string"),
        ((), None),
    ],
)
def test_a_namespace_of_clojure_is_basilisps_unless_it_has_something_of_its_own(
    names: tuple[str, ...], found: str | None
) -> None:
    mirror = apply(Mirror(), {name: {"is_new": True} for name in names}, {})
    namespace = mirror.named("clojure.string")
    assert (namespace.name if namespace else None) == found
    own = apply(mirror, {"clojure.string": {"symbols": {"mine": {}}}}, {}).named("clojure.string")
    assert own is not None
    assert own.name == "clojure.string"


def test_python_outside_of_modules_is_in_main() -> None:
    mirror = apply(Mirror(), {"m": {"lang": "python"}, "user": {"lang": "basilisp"}}, {})
    assert [mirror.module(ns).name for ns in ("m", "user", "nowhere")] == ["m", "__main__", "__main__"]
