"""What a worker may define, as messages tell it; for tests of mirrors."""

from __future__ import annotations

from hypothesis import strategies as st

from device_server import wire
from middleware.mirror import Mirror, apply

names = st.sampled_from(["a", "b", "f", "map", "user", "é"])
texts = st.none() | st.sampled_from(["", "x", "doc\nof it"])
numbers = st.none() | st.integers(1, 9)
full_name: st.SearchStrategy[wire.JSON] = st.sampled_from(["basilisp.core/map", "os.path"])
full_names = st.dictionaries(names, full_name, max_size=3)


def tellings(depth: int) -> st.SearchStrategy[wire.JSON]:
    """A symbol as a message tells it, with members of members down to a depth."""
    keys: dict[str, st.SearchStrategy[wire.JSON]] = {
        "type": st.sampled_from(["function", "class"]),
        "arglists": st.lists(st.sampled_from(["[x]", "(a, *b)"]), max_size=2),
        "doc": texts,
        "file": texts,
        "line": numbers,
        "column": numbers,
        "is_private": st.booleans(),
        "deprecated": texts,
        "added": texts,
        "class_name": texts,
        "target": texts,
    }
    if depth:
        keys["members"] = st.dictionaries(names, tellings(depth - 1), max_size=2)
    return st.fixed_dictionaries({}, optional=keys)


def contents(told: dict[str, wire.JSON]) -> wire.Message:
    return {"is_new": True, **told}


parts: dict[str, st.SearchStrategy[wire.JSON]] = {
    "lang": st.sampled_from(["basilisp", "python"]),
    "doc": texts,
    "file": texts,
    "symbols": st.dictionaries(names, tellings(1), max_size=3),
    "aliases": full_names,
    "refers": full_names,
    "imports": full_names,
}
descriptions = st.fixed_dictionaries(parts).map(contents)
worlds = st.dictionaries(names, descriptions, max_size=3)


def made(world: wire.Message) -> Mirror:
    return apply(Mirror(), world, {})


def difference(before: wire.Message, after: wire.Message) -> wire.Message:
    """The least change that makes one world of the other."""
    changes: wire.Message = {name: None for name in before if name not in after}
    for name, told in after.items():
        old = before.get(name)
        assert isinstance(told, dict)
        if not isinstance(old, dict):
            changes[name] = told
        elif old != told:
            changes[name] = {
                key: keyed(old[key], told[key]) for key in told if key != "is_new" and old[key] != told[key]
            }
    return changes


def keyed(before: wire.JSON, after: wire.JSON) -> wire.JSON:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    gone: wire.Message = {name: None for name in before if name not in after}
    return {**gone, **{name: told for name, told in after.items() if before.get(name) != told}}
