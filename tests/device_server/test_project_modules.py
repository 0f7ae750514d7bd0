"""What the supervisor knows of the project's modules."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from device_server.project_modules import HOT, ProjectModules


def frame(texts: Mapping[str, str], uses: Mapping[str, list[str]] | None = None, **keys: wire.JSON) -> wire.Message:
    """What a worker tells that has loaded modules of these texts."""
    files: wire.Message = {
        f"/p/{name}": {"module": name, "sha256": text, "uses": [*(uses or {}).get(name, [])]}
        for name, text in texts.items()
    }
    return {"op": "loaded", "files": files, **keys}


def knowing(texts: Mapping[str, str], uses: Mapping[str, list[str]] | None = None) -> ProjectModules:
    known = ProjectModules()
    known.learn(frame(texts, uses))
    return known


def test_unedited_modules_are_all_for_the_template_in_the_order_of_loading() -> None:
    known = knowing({"b": "1", "a": "1", "c": "1"})
    assert known.bulk == known.names == ["b", "a", "c"]


def test_an_edited_module_and_what_needs_it_however_far_away_are_left_out() -> None:
    known = knowing(dict.fromkeys("abcd", "1"), {"b": ["a"], "c": ["b"]})
    known.learn(frame({"a": "2"}, {}))
    assert known.bulk == ["d"]
    assert known.names == ["a", "b", "c", "d"]


def test_modules_that_need_each_other_are_left_out_together() -> None:
    known = knowing(dict.fromkeys("abc", "1"), {"a": ["b"], "b": ["a"]})
    known.learn(frame({"b": "2"}, {"b": ["a"]}))
    assert known.bulk == ["c"]


def test_what_is_in_an_edited_package_needs_it() -> None:
    known = knowing({"shop": "1", "shop.items": "1", "shop.deep.inside": "1", "other": "1"})
    known.learn(frame({"shop": "2"}))
    assert known.bulk == ["other"]


def test_a_module_that_is_loaded_again_with_the_same_text_is_not_edited() -> None:
    known = knowing({"a": "1"})
    known.learn(frame({"a": "1"}))
    assert known.bulk == ["a"]


def test_only_the_files_edited_last_are_hot() -> None:
    names = [f"m{number}" for number in range(HOT + 1)]
    known = knowing(dict.fromkeys(names, "1"))
    for name in names:
        known.learn(frame({name: "2"}))
    assert known.bulk == ["m0"]


def test_an_unfit_module_is_left_out_until_it_is_edited_out_of_the_hot_ones() -> None:
    known = knowing({"a": "1", "b": "1"}, {"b": ["a"]})
    known.leave_out(["a"])
    assert known.bulk == []
    known.learn(frame({"a": "2"}))
    for number in range(HOT):
        known.learn(frame({f"m{number}": "1"}))
        known.learn(frame({f"m{number}": "2"}))
    assert known.bulk == ["a", "b"]


def test_what_was_edited_between_two_lives_is_hot() -> None:
    known = knowing({"a": "1", "b": "1"})
    known.learn({"op": "loaded", "is_new": True, "files": {}})
    assert known.names == []
    known.learn(frame({"a": "2", "b": "1"}))
    assert known.bulk == ["b"]


def test_one_includes_another_when_it_has_all_its_files_with_the_same_text() -> None:
    known = knowing({"a": "1", "b": "1"})
    assert known.includes(knowing({"a": "1"}))
    assert known.includes(ProjectModules())
    assert not known.includes(knowing({"a": "2"}))
    assert not known.includes(knowing({"c": "1"}))
    known.learn({"op": "loaded", "files": {"/p/a": None}})
    assert not known.includes(knowing({"a": "1"}))


def test_another_process_begins_with_what_its_template_had() -> None:
    known, template = knowing({"a": "1", "b": "1"}), knowing({"a": "1"})
    known.begin_with(template)
    known.learn(frame({"c": "1"}))
    assert (known.names, template.names) == (["a", "c"], ["a"])


def test_what_is_no_description_is_no_file() -> None:
    known = knowing({"a": "1"})
    known.learn({"op": "loaded", "files": {"/p/a": {"module": 3}, "/p/x": None}})
    assert known.names == []
    known.learn({"op": "loaded", "files": "nonsense"})
    assert known.names == []


NAMES = st.sampled_from([f"m{number}" for number in range(6)])


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3)), st.sets(NAMES, max_size=3))
def test_nothing_in_a_template_needs_what_is_left_out(uses: dict[str, list[str]], edited: set[str]) -> None:
    known = knowing(dict.fromkeys(uses, "1"), uses)
    known.learn(frame(dict.fromkeys(edited & uses.keys(), "2"), uses))
    bulk = {*known.bulk}
    left_out = uses.keys() - bulk
    assert edited & uses.keys() <= left_out
    assert all(not left_out & {*uses[name]} for name in bulk)
