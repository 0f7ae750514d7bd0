from __future__ import annotations

import pytest

from tests.device_server.device import Answer, Host

HOOKED = """(ns {ns})
(def calls (atom []))
(defn ^:after-reload start [] (swap! calls conj :start))
(defn ^:before-reload stop [] (swap! calls conj :stop))
(defn ^:before-reload another [] (swap! calls conj :another))
"""


def load(host: Host, namespace: str, text: str) -> str:
    """Its path."""
    name = namespace.replace("-", "_")
    path = f"/src/{name.replace('.', '/')}.lpy"
    answer = host.ask("load", source=text, file=path, name=name, lang="basilisp")
    assert answer["op"] == "result", answer
    return path


def reload(host: Host, path: str, text: str) -> Answer:
    return host.ask("reload", files=[{"path": path, "source": text}])


@pytest.mark.parametrize("namespace", ["hooked.plain", "hooked.with-dash", "hooked.with_line", "hooked.both-and_more"])
def test_functions_are_called_in_the_order_of_their_lines(host: Host, namespace: str) -> None:
    load(host, namespace, HOOKED.format(ns=namespace))
    path = load(host, "edited", "(ns edited)\n(def x 1)")
    assert reload(host, path, f"(ns edited)\n(def x {len(namespace)})")["op"] == "result"
    assert host.eval(f"@{namespace}/calls", lang="basilisp")["value"] == "[:stop :another :start]"
    host.eval("(ns-unmap *ns* 'stop) (ns-unmap *ns* 'another)", ns=namespace, lang="basilisp")
    reload(host, path, "(ns edited)\n(def x 3)")
    assert host.eval(f"(last @{namespace}/calls)", lang="basilisp")["value"] == ":start"
    assert host.eval(f"(count @{namespace}/calls)", lang="basilisp")["value"] == "4"


def test_a_namespace_is_marked_by_its_metadata(host: Host) -> None:
    kept = load(host, "marked.kept", "(ns ^:no-reload marked.kept)\n(def x 1)")
    load(host, "marked.always", "(ns ^:always-reload marked.always)\n(def runs (atom []))")
    answer = reload(host, kept, "(ns marked.kept)\n(def x 2)")
    assert (answer["tier"], answer["reason"]) == ("none", "marked.kept is marked no-reload")
    host.eval("(swap! marked.always/runs conj 1)", lang="basilisp")
    path = load(host, "marked.edited", "(ns marked.edited)\n(def x 1)")
    assert {*reload(host, path, "(ns marked.edited)\n(def x 2)")["reloaded"]} == {"marked.edited", "marked.always"}
    assert host.eval("@marked.always/runs", lang="basilisp")["value"] == "[]"
    assert host.eval("marked.kept/x", lang="basilisp")["value"] == "1"
