"""What Basilisp namespaces define, as a host follows it: every way in which that can change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from middleware.mirror import Symbol
from tests.device_server.device import Answer, Host
from tests.device_server.follower import Follower

Evaluate = Callable[..., Answer]


@pytest.fixture
def lisp(mirroring: Host) -> Evaluate:
    """Evaluates in a fresh namespace `fresh`, and shows that nothing of it went wrong."""

    def evaluate(code: str, **keys: object) -> Answer:
        answer = mirroring.eval(code, **{"lang": "basilisp", "ns": "fresh", **keys})
        assert answer["op"] == "result", answer
        return answer

    evaluate("(remove-ns 'fresh) (ns fresh) (in-ns 'user)", ns="user")
    return evaluate


def symbol(follower: Follower, name: str) -> Symbol:
    found = follower.symbol("fresh", name)
    assert found is not None
    return found


def test_a_function_has_arglists_doc_and_place(follower: Follower, lisp: Evaluate) -> None:
    lisp('\n (defn f "Adds." {:added "1.2"} ([] 0) ([a & {:keys [b] :or {b 1}}] a))', file="/p/fresh.lpy", line=7)
    assert symbol(follower, "f") == Symbol(
        "f",
        "function",
        ("[]", "[a & {:keys [b] :or {b 1}}]"),
        doc="Adds.",
        file="/p/fresh.lpy",
        line=8,
        column=2,
        added="1.2",
    )
    assert follower.namespace("fresh").file == "/p/fresh.lpy"


@pytest.mark.parametrize(
    ("code", "name", "type_"),
    [
        ("(defmacro m [x & body] nil)", "m", "macro"),
        ("(def n 1)", "n", "variable"),
        ("(declare later)", "later", "variable"),
        ("(defmulti mm :kind)", "mm", "function"),
        ("(defprotocol Shape (area [this]))", "Shape", "protocol"),
        ("(defprotocol Shape (area [this]))", "area", "function"),
        ("(defrecord Point [x y])", "Point", "record"),
        ("(defrecord Point [x y])", "->Point", "function"),
        ("(deftype Cell [value])", "Cell", "type"),
        ("(deftype Cell [value])", "->Cell", "function"),
        ("(definterface Thing (touch []))", "Thing", "class"),
        ("(def Lock python/object)", "Lock", "class"),
    ],
)
def test_each_sort_of_definition_has_its_type(
    follower: Follower, lisp: Evaluate, code: str, name: str, type_: str
) -> None:
    lisp(code)
    assert symbol(follower, name).type == type_


def test_what_a_value_is_and_how_it_is_marked_is_told(follower: Follower, lisp: Evaluate) -> None:
    lisp('(def ^:private p [1]) (def ^{:deprecated "2.0"} d {}) (def ^{:deprecated true} e nil)')
    assert symbol(follower, "p").is_private
    assert symbol(follower, "p").class_name == "basilisp.lang.vector.PersistentVector"
    assert [symbol(follower, name).deprecated for name in "de"] == ["2.0", "true"]


def test_a_macro_is_told_without_its_hidden_arguments(follower: Follower, lisp: Evaluate) -> None:
    lisp("(defmacro m [x & body] nil)")
    assert symbol(follower, "m").arglists == ("[x & body]",)


def test_records_and_types_know_their_fields_and_places(follower: Follower, lisp: Evaluate) -> None:
    lisp("(defrecord Point [x y])\n(deftype Cell [value])", file="/p/shapes.lpy")
    point, cell = symbol(follower, "Point"), symbol(follower, "Cell")
    assert {"x", "y"} <= {each.name for each in point.members if each.type == "field"}
    assert [each.name for each in cell.members if each.type == "field"] == ["value"]
    assert [(each.file, each.line) for each in (point, cell)] == [("/p/shapes.lpy", 1), ("/p/shapes.lpy", 2)]


def test_a_redefinition_tells_doc_arglists_and_line_anew(follower: Follower, lisp: Evaluate) -> None:
    lisp('(defn f "Old." [a] a)')
    before = symbol(follower, "f")
    lisp('\n(defn f "New." [a b] a)')
    after = symbol(follower, "f")
    assert [(each.doc, each.arglists, each.line) for each in (before, after)] == [
        ("Old.", ("[a]",), 1),
        ("New.", ("[a b]",), 2),
    ]


@pytest.mark.parametrize(
    ("code", "type_"),
    [
        ("(alter-var-root #'x (fn [_] inc))", "function"),
        ("(do (ns-unmap 'fresh 'x) (intern 'fresh 'x inc))", "function"),
        ("(.bind-root #'x inc)", "function"),
        ("(ns-unmap 'fresh 'x)", None),
        ("(alter-meta! #'x assoc :macro true)", "macro"),
        ("(reset-meta! #'x {:macro true})", "macro"),
    ],
)
def test_every_way_to_change_a_var_is_noticed(follower: Follower, lisp: Evaluate, code: str, type_: str | None) -> None:
    lisp("(def x 1)")
    assert symbol(follower, "x").type == "variable"
    lisp(code)
    found = follower.symbol("fresh", "x")
    assert (found and found.type) == type_


def test_aliases_refers_and_imports_are_told(follower: Follower, lisp: Evaluate) -> None:
    lisp("(require '[basilisp.set :as s :refer [union]]) (import [os.path :as p :refer [join]] json)")
    fresh = follower.namespace("fresh")
    assert fresh.aliases["s"] == "basilisp.set"
    assert fresh.refers["union"] == "basilisp.set/union"
    assert fresh.refers["map"] == "basilisp.core/map"
    assert {name: fresh.imports[name] for name in ("p", "join", "json")} == {
        "p": "os.path",
        "join": "os.path.join",
        "json": "json",
    }
    union = follower.symbol("basilisp.set", "union")
    assert union is not None
    assert union.doc is not None
    dumps = follower.symbol("json", "dumps")
    assert dumps is not None
    assert dumps.type == "function"


def test_an_alias_that_is_taken_away_is_gone(follower: Follower, lisp: Evaluate) -> None:
    lisp("(require '[basilisp.set :as s])")
    assert "s" in follower.namespace("fresh").aliases
    lisp("(ns-unalias 'fresh 's)")
    assert "s" not in follower.namespace("fresh").aliases


def test_a_namespace_that_is_removed_is_gone(follower: Follower, lisp: Evaluate) -> None:
    lisp('(ns gone "Soon.") (def x 1)', ns="user")
    assert follower.namespace("gone").doc == "Soon."
    lisp("(in-ns 'user) (remove-ns 'gone)", ns="user")
    assert "gone" not in follower.follow().namespaces


def test_the_core_has_its_special_forms(follower: Follower) -> None:
    core = follower.namespace("basilisp.core")
    assert core.symbols["if"].type == "special-form"
    assert core.symbols["map"].arglists == ("[f]", "[f coll]", "[f coll & colls]")
    assert core.symbols["map"].file is not None


def test_a_required_file_is_told_by_its_hash_until_it_is_changed(
    mirroring: Host, lisp: Evaluate, tmp_path: Path
) -> None:
    (tmp_path / "part.lpy").write_text('(ns part)\n(defn f "In a file." [] 1)\n')
    follower = Follower(mirroring)
    mirroring.eval(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")
    lisp("(require 'part)")
    (told,) = [each["changes"]["part"] for each in mirroring.taken("symbols") if "part" in each.get("changes", {})]
    assert set(told) == {"lang", "hash"}
    answer = mirroring.ask("symbols", describe=[told["hash"]])["changes"]["part"]
    assert answer["hash"] == told["hash"]
    assert answer["symbols"]["f"]["doc"] == "In a file."
    lisp("(alter-var-root #'part/f identity)")
    assert "hash" not in mirroring.ask("symbols", describe=[told["hash"]])["changes"]["part"]
    (tmp_path / "part.lpy").write_text("(ns part)\n(defn g [] 1)\n")
    lisp("(require 'part :reload)")
    follower = Follower(mirroring)
    assert {"f", "g"} <= set(follower.namespace("part").symbols)


def test_a_loaded_and_a_reloaded_file_are_told(mirroring: Host, follower: Follower) -> None:
    def send(op: str, **keys: object) -> None:
        assert mirroring.ask(op, **keys)["op"] == "result"

    send("load", source="(ns loaded) (def a 1) (def b 2)", file="/p/loaded.lpy", lang="basilisp", name="loaded")
    assert {"a", "b"} <= set(follower.namespace("loaded").symbols)
    file = {"path": "/p/loaded.lpy", "source": "(ns loaded)\n\n(defn a [x] 1)", "lang": "basilisp", "name": "loaded"}
    send("reload", files=[file])
    assert follower.symbol("loaded", "a") == Symbol("a", "function", ("[x]",), file="/p/loaded.lpy", line=3, column=1)


def test_what_a_thread_defines_is_told_though_nobody_asks(mirroring: Host, follower: Follower, lisp: Evaluate) -> None:
    follower.follow()
    lisp("(import threading time)")
    mirroring.taken("symbols")
    code = "(.start (threading/Timer 0.05 (fn [] (intern 'fresh 'from-thread 1) (time/sleep 3))))"
    lisp(code)
    told = mirroring.wait_for("symbols")
    assert "from-thread" in told["changes"]["fresh"]["symbols"]


def test_a_hostile_value_or_arglists_tells_no_more_than_it_can(follower: Follower, lisp: Evaluate) -> None:
    lisp(
        "(def endless (map inc (range))) (do (alter-meta! #'endless assoc :arglists (range) :doc 3) nil)"
        "(def ^{:arglists '([python/abs [[[[[[1]]]]]]])} deep 1)"
        '(deftype Loud [] (__repr__ [this] (throw (python/ValueError "told")))) (def loud (->Loud))'
    )
    assert symbol(follower, "endless").arglists == ()
    assert symbol(follower, "endless").doc is None
    assert symbol(follower, "deep").arglists == ("[python/abs [[[[[...]]]]]]",)
    assert symbol(follower, "loud").class_name == "fresh.Loud"
