"""What may be written at a place in Clojure code."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from middleware.clojure_context import place
from middleware.clojure_names import Surroundings, groups
from middleware.mirror import Mirror, Namespace, apply
from middleware.sorted_names import SortedNames

CORE: wire.Message = {
    "map": {"type": "function", "arglists": ["[f coll]"], "doc": "Maps."},
    "mapv": {"type": "function"},
    "map-indexed": {"type": "function"},
    "merge-with": {"type": "function"},
    "when-let": {"type": "macro"},
    "if": {"type": "special-form", "doc": "Chooses."},
    "^:secret": {"type": "function", "is_private": True},
}
THING: wire.Message = {
    "run": {"type": "method"},
    "name": {"type": "field"},
    "make": {"type": "static-method"},
    "_own": {"type": "method"},
}
WORLD: wire.Message = {
    "basilisp.core": {"symbols": CORE},
    "basilisp.string": {"symbols": {"join": {"type": "function"}, "blank?": {}, "hidden": {"is_private": True}}},
    "app.core": {
        "symbols": {
            "main": {"type": "function"},
            "my-secret": {"type": "function", "is_private": True},
            "state": {"class_name": "app.things.Thing"},
            "P": {"type": "record", "members": {"area": {"type": "method"}}},
        },
        "aliases": {"str": "basilisp.string", "db": "app.db"},
        "refers": {
            "map": "basilisp.core/map",
            "mapv": "basilisp.core/mapv",
            "map-indexed": "basilisp.core/map-indexed",
            "merge-with": "basilisp.core/merge-with",
            "blank?": "basilisp.string/blank?",
            "lost": "nowhere/lost",
        },
        "imports": {"math": "math", "os.path": "posixpath", "Thing": "app.things.Thing", "dt": "datetime"},
    },
    "clojure.core": {},
    "app.db": {"symbols": {"id": {}}},
    "app.things": {"lang": "python", "symbols": {"Thing": {"type": "class", "members": THING}}},
    "math": {"lang": "python", "symbols": {"sqrt": {"type": "function"}, "pi": {}, "_hidden": {}}},
    "posixpath": {"lang": "python", "symbols": {"join": {"type": "function"}}},
    "datetime": {
        "lang": "python",
        "symbols": {
            "date": {"type": "class", "members": {"today": {"type": "static-method"}, "year": {"type": "field"}}}
        },
    },
    "builtins": {
        "lang": "python",
        "symbols": {
            "abs": {"type": "function"},
            "str": {"type": "class", "members": {"upper": {"type": "method"}, "join": {"type": "method"}}},
            "int": {"type": "class", "members": {"bit_length": {"type": "method"}, "real": {"type": "field"}}},
        },
    },
}
MIRROR = apply(Mirror(), WORLD, {})
KEYWORDS = SortedNames([":name", ":app.core/name", ":app.db/id", ":nothing"])


def offered(prefix: str, context: str = "", ns: str = "app.core") -> list[str]:
    """The candidates, those of the nearest group first."""
    here = MIRROR.namespaces.get(ns) or Namespace(ns)
    around = Surroundings(MIRROR, here, place(context.replace("|", "__prefix__")), KEYWORDS)
    return [each.candidate for group in groups(around, prefix) for each in group]


@pytest.mark.parametrize(
    ("prefix", "candidates"),
    [
        ("main", ["main", "map-indexed"]),
        ("ma", ["main", "map", "map-indexed", "mapv", "math/"]),
        ("my", ["my-secret"]),
        ("m-w", ["merge-with"]),
        ("mi", ["map-indexed"]),
        ("bl", ["blank?"]),
        ("lost", ["lost"]),
        ("when-l", []),  # not referred here
        ("if", ["if"]),
        ("tr", ["true", "try"]),
        ("let*", []),
        ("str", ["str/"]),
        ("Th", ["Thing"]),
        ("py", ["python/"]),
        ("app.", ["app.core", "app.db"]),
        ("a.c", ["app.core"]),
        ("clojure.st", ["clojure.string"]),
        ("cloj", ["clojure.core", "clojure.string"]),
        ("str/jo", ["str/join"]),
        ("str/", ["str/blank?", "str/join"]),
        ("clojure.string/jo", ["clojure.string/join"]),
        ("clojure.core/mapv", ["clojure.core/mapv"]),
        ("basilisp.string/hid", []),
        ("#'basilisp.string/hid", ["#'basilisp.string/hidden"]),
        ("app.core/my", ["app.core/my-secret"]),
        ("@sta", ["@state"]),
        ("#'ma", ["#'main", "#'map", "#'map-indexed", "#'mapv", "#'math/"]),
        ("math/s", ["math/sqrt"]),
        ("math/", ["math/pi", "math/sqrt"]),
        ("math/_", ["math/_hidden"]),
        ("os.path/j", ["os.path/join"]),
        ("python/ab", ["python/abs"]),
        ("Thing/m", ["Thing/make"]),
        ("dt/da", ["dt/date"]),
        ("dt.date/to", []),
        ("datetime.date/to", ["datetime.date/today"]),
        ("nowhere/x", []),
        (":na", [":name"]),
        (":app.", [":app.core/name", ":app.db/id"]),
        ("::na", ["::name"]),
        ("::d", ["::db/"]),
        ("::db/i", ["::db/id"]),
        ("::app.db/", ["::app.db/id"]),
        (".up", [".upper"]),
        (".ru", [".run"]),
        (".-n", [".-name"]),
        (".a", [".area"]),
        ("/", []),
        ("..", []),
    ],
)
def test_what_a_prefix_may_become(prefix: str, candidates: Sequence[str]) -> None:
    assert offered(prefix) == candidates


@pytest.mark.parametrize(
    ("prefix", "context", "candidates"),
    [
        ("ma", "(let [many 1] (f |))", ["many", "main", "map", "map-indexed", "mapv", "math/"]),
        ("app", "(ns x (:require [|]))", ["app.core", "app.db"]),
        ("app", "(require '[|])", ["app.core", "app.db"]),
        ("m", "(require '|)", []),
        ("app", "(in-ns '|)", ["app.core", "app.db"]),
        ("app", "(ns |)", ["app.core", "app.db"]),
        ("jo", "(ns x (:require [basilisp.string :refer [|]]))", ["join"]),
        ("jo", "(ns x (:require [clojure.string :as s :refer [a |]]))", ["join"]),
        ("ma", "(ns x (:import [|]))", ["math"]),
        ("ma", "(import |)", ["math"]),
        (".", '(.| "x")', [".join", ".upper"]),
        (".", "(.| 1)", [".bit_length", ".-real"]),
        (".", "(.| state)", [".make", ".-name", ".run"]),
        (".", '(-> "x" .|)', [".join", ".upper"]),
        (".", '(-> "x" (.|))', [".join", ".upper"]),
        (".", '(let [s "x" t s] (.| t))', [".join", ".upper"]),
        (".", "(.| (Thing))", [".make", ".-name", ".run"]),
        (".", "(.| (app.things/Thing.))", [".make", ".-name", ".run"]),
        (".-", "(.| (->P 1))", []),
        (".", "(.| (->P 1))", [".area"]),
        (".up", "(let [x (f)] (.| x))", [".upper"]),
        (":my", "{:mine 1 :k |}", []),  # the op adds the keywords of the context
    ],
)
def test_the_code_around_says_what_can_stand_there(prefix: str, context: str, candidates: Sequence[str]) -> None:
    assert offered(prefix, context) == candidates


def test_an_unknown_namespace_offers_what_is_known_without_it() -> None:
    assert offered("tr", ns="new") == ["true", "try"]
    assert offered("clojure.string/jo", ns="new") == ["clojure.string/join"]


def test_candidates_say_what_they_are() -> None:
    around = Surroundings(MIRROR, MIRROR.namespaces["app.core"], place(None), KEYWORDS)
    (found,) = [each for group in groups(around, "map") for each in group if each.candidate == "map"]
    assert (found.type, found.ns, found.arglists, found.doc) == ("function", "basilisp.core", ("[f coll]",), "Maps.")


@given(st.text("abm:/.#'@~^-_(", max_size=8), st.text("([{}])|a:refer require import . ->\"'", max_size=30))
def test_nothing_that_is_typed_is_too_strange(prefix: str, context: str) -> None:
    assert all(offered(prefix, context))
