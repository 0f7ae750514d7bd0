"""Names in code, and what they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.definitions import MAX_NAME_CHARS, find
from middleware.mirror import Mirror, apply
from tests.middleware.mirrors import CHANGES, MIRROR


def found(name: str, *, language: str = "basilisp", ns: str = "shop.main") -> list[str]:
    return [f"{each.ns}/{each.symbol.name}" for each in find(MIRROR, language, ns, name)]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("price", "shop.main/price"),
        ("secret", "shop.main/secret"),
        ("join", "basilisp.string/join"),
        ("map", "basilisp.core/map"),
        ("/", "basilisp.core//"),
        ("..", "basilisp.core/.."),
        ("str/join", "basilisp.string/join"),
        ("basilisp.string/join", "basilisp.string/join"),
        ("clojure.string/join", "basilisp.string/join"),
        ("clojure.core/map", "basilisp.core/map"),
        ("basilisp.core//", "basilisp.core//"),
        ("shop.main/secret", "shop.main/secret"),
        ("#'price", "shop.main/price"),
        ("'str/join", "basilisp.string/join"),
        ("@price", "shop.main/price"),
        ("if", "basilisp.core/if"),
        (".", "basilisp.core/."),
    ],
)
def test_a_clojure_name_is_found_where_the_compiler_would_look(name: str, full: str) -> None:
    assert found(name) == [full]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("python/len", "builtins/len"),
        ("len", "builtins/len"),
        ("math/sqrt", "math/sqrt"),
        ("path/join", "posixpath/join"),
        ("os.path/join", "posixpath/join"),
        ("OrderedDict", "collections/OrderedDict"),
        ("OrderedDict.", "collections/OrderedDict"),
        ("OrderedDict/popitem", "collections.OrderedDict/popitem"),
        ("OrderedDict/.popitem", "collections.OrderedDict/popitem"),
        ("collections/OrderedDict", "collections/OrderedDict"),
        ("python.str/upper", "builtins.str/upper"),
        ("Point.", "shop.main/Point"),
        ("Point/area", "shop.main.Point/area"),
        (".area", "shop.main.Point/area"),
        (".-area", "shop.main.Point/area"),
        (".popitem", "collections.OrderedDict/popitem"),
        (".bit-length", "builtins.int/bit_length"),
    ],
)
def test_a_clojure_name_may_be_one_of_pythons(name: str, full: str) -> None:
    assert found(name) == [full]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("shop.main", "shop.main/shop.main"),
        ("clojure.string", "basilisp.string/basilisp.string"),
        ("math", "math/math"),
        ("os.path", "posixpath/posixpath"),
    ],
)
def test_a_name_may_be_a_namespace(name: str, full: str) -> None:
    assert found(name) == [full]


def test_a_method_whose_receiver_is_unknown_may_be_that_of_any_class() -> None:
    assert found(".split") == ["builtins.bytes/split", "builtins.str/split"]


@pytest.mark.parametrize("name", ["", ":key", "nothing", "str/nothing", "nowhere/map", "hidden", "x" * 1000, "'", "1"])
def test_a_name_that_stands_for_nothing_is_not_found(name: str) -> None:
    assert found(name) == []


def test_in_a_namespace_that_is_not_loaded_core_is_known() -> None:
    assert found("map", ns="not.loaded") == ["basilisp.core/map"]


def test_names_that_stand_for_each_other_end_the_search() -> None:
    assert found("twin") == ["shop.main/twin"]
    assert found("round", language="python", ns="__main__") == ["__main__/round"]


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("Thing", "__main__/Thing"),
        ("Thing.method", "__main__.Thing/method"),
        ("thing.method", "__main__.Thing/method"),
        ("thing.method(", "__main__.Thing/method"),
        ("Other.popitem", "collections.OrderedDict/popitem"),
        ("Other.lost", "__main__.Other/lost"),
        ("__main__/Thing", "__main__/Thing"),
        ("m.sqrt", "math/sqrt"),
        ("math.sqrt", "math/sqrt"),
        ("os.path.join", "posixpath/join"),
        ("len", "builtins/len"),
        ("str.upper", "builtins.str/upper"),
        ("collections", "collections/collections"),
    ],
)
def test_a_python_name_is_followed_along_its_dots(name: str, full: str) -> None:
    assert found(name, language="python", ns="__main__") == [full]


def test_a_python_name_in_a_namespace_that_python_does_not_have_is_one_of_main() -> None:
    assert found("thing.method", language="python", ns="user") == ["__main__.Thing/method"]


@given(name=st.text("/.-'#@:(aé \0", max_size=12), ns=st.sampled_from([*CHANGES, "", "x"]), is_python=st.booleans())
def test_no_name_makes_the_search_fail(name: str, ns: str, is_python: bool) -> None:
    find(MIRROR, "python" if is_python else "basilisp", ns, name)


NAMES = st.sampled_from(["a", "b", "a.b", "a/b", "b/a"])


@given(
    st.dictionaries(NAMES, st.fixed_dictionaries({"target": NAMES, "class_name": NAMES}), max_size=4),
    st.dictionaries(NAMES, NAMES),
    st.sampled_from(["basilisp", "python"]),
    NAMES,
)
def test_no_circle_of_names_keeps_the_search_from_ending(
    symbols: dict[str, object], others: dict[str, str], lang: str, name: str
) -> None:
    change = {"lang": lang, "symbols": symbols, "refers": others, "aliases": others, "imports": others}
    mirror = apply(Mirror(), {"a": change, "b": change, "a.b": change}, {})  # type: ignore[dict-item]
    for language in ("basilisp", "python"):
        find(mirror, language, "a", name)


def test_a_name_of_any_length_is_answered_at_once() -> None:
    assert find(MIRROR, "python", "__main__", "a." * 10_000) == []
    assert find(MIRROR, "python", "__main__", ".".join("a" * (MAX_NAME_CHARS // 2))) == []
