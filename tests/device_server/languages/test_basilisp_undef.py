"""Names that are taken out of namespaces."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from tests.device_server.device import Answer, Device, Host

_numbers = itertools.count()
NS = "(ns {ns} (:require [basilisp.string :as text :refer [join]])) (def a 1) (defn b [] a) (defn ask? [] 2)"


@pytest.fixture
def namespace(host: Host) -> str:
    """A namespace of the test's own, with names in it."""
    name = f"undef.n{next(_numbers)}"
    host.eval(NS.format(ns=name), lang="basilisp", session=name)
    return name


@pytest.fixture
def lisp(host: Host, namespace: str) -> Callable[[str], Answer]:
    """Evaluates there."""
    return lambda code: host.eval(code, lang="basilisp", ns=namespace)


def undef(host: Host, ns: str, name: str | None = None, lang: str = "basilisp") -> list[str]:
    keys = {} if name is None else {"name": name}
    removed: list[str] = host.ask("undef", ns=ns, lang=lang, **keys)["removed"]
    return removed


@pytest.mark.parametrize(
    ("name", "code"), [("a", "a"), ("ask?", "(ask?)"), ("text", "(text/trim 1)"), ("join", "(join [])")]
)
def test_a_name_that_is_gone_cannot_be_resolved(
    name: str, code: str, host: Host, namespace: str, lisp: Callable[[str], Answer]
) -> None:
    assert lisp(code)["op"] in ("result", "error")
    assert undef(host, namespace, name) == [name]
    assert "unable to resolve symbol" in lisp(code)["error"]
    assert undef(host, namespace, name) == []


@pytest.mark.parametrize(("name", "part"), [("a", "symbols"), ("text", "aliases"), ("join", "refers")])
def test_that_a_name_is_gone_is_told(name: str, part: str, device: Device, host: Host, namespace: str) -> None:
    with device.connect("symbols") as watching:
        undef(watching, namespace, name)
        told = [message for message in watching.unread() if message["op"] == "symbols" and "changes" in message]
    assert told[-1]["changes"][namespace][part].get(name, "as it was") is None


def test_a_name_can_be_defined_again(host: Host, namespace: str, lisp: Callable[[str], Answer]) -> None:
    undef(host, namespace, "a")
    lisp("(def a 2)")
    assert lisp("a")["value"] == "2"
    assert lisp("(b)")["value"] == "2"


@pytest.mark.parametrize("by", ["{ns}", "other"])
def test_a_qualified_name_is_that_of_the_other_namespace(by: str, host: Host, namespace: str) -> None:
    host.eval(f"(ns undef.asks (:require [{namespace} :as other]))", lang="basilisp", session="undef-asks")
    assert undef(host, "undef.asks", f"{by.format(ns=namespace)}/a") == [f"{by.format(ns=namespace)}/a"]
    assert host.eval(f"(resolve '{namespace}/a)", lang="basilisp")["value"] == "nil"


@pytest.mark.parametrize("name", ["nothing", "no.where/a", "a/", "/a"])
def test_a_name_that_nobody_has_takes_nothing_away(name: str, host: Host, namespace: str) -> None:
    assert undef(host, namespace, name) == []


def test_everything_of_a_namespace_can_be_taken_away_but_core(
    host: Host, namespace: str, lisp: Callable[[str], Answer]
) -> None:
    assert {"a", "ask?", "b", "join", "text"} <= set(undef(host, namespace))
    assert "unable to resolve" in lisp("(b)")["error"]
    assert lisp("(inc 1)")["value"] == "2"
    assert lisp(NS.format(ns=namespace) + " (b)")["value"] == "1"


def test_what_clients_send_first_still_works_in_user(host: Host) -> None:
    undef(host, "user")
    found = "(resolve 'clojure.main/repl-requires)"
    code = f"(when-let [requires {found}] (clojure.core/apply clojure.core/require @requires))"
    assert host.eval(code, lang="basilisp", ns="user")["op"] == "result"


def test_a_namespace_that_is_not_there_is_an_error(host: Host) -> None:
    for lang in ("basilisp", "python"):
        assert host.ask("undef", ns="not.there", lang=lang)["type"] == "namespace"


def test_a_python_name_is_deleted(host: Host) -> None:
    host.eval("gone = 1; kept = 2")
    assert undef(host, "__main__", "gone", "python") == ["gone"]
    assert host.eval("gone")["ex"] == "NameError"
    assert host.eval("kept")["value"] == "2"
    assert undef(host, "__main__", "gone", "python") == []


def test_a_python_name_may_say_its_module(host: Host) -> None:
    host.ask("load", source="x = 1", file="/src/undef_m.py", name="undef_m", lang="python")
    assert undef(host, "__main__", "undef_m.x", "python") == ["undef_m.x"]
    assert host.eval("import undef_m; undef_m.x")["ex"] == "AttributeError"


def test_all_of_a_python_module_but_what_it_was_born_with(host: Host) -> None:
    host.ask("load", source="x = 1\ndef f(): ...", file="/src/undef_all.py", name="undef_all", lang="python")
    assert undef(host, "undef_all", lang="python") == ["x", "f"]
    assert host.eval("import undef_all; undef_all.__name__")["value"] == "'undef_all'"
