"""Completion knows what the device defines, whatever becomes of the device; and CIDER hears of what has changed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import JsonLines, Nrepl
from tests.conformance.connections import connect
from tests.conformance.servers import Server, eventually
from tests.device_server.device import Host
from tests.device_server.parking import park

ENDLESS = "print('busy')\nsum(range(10**13))"
"""In C, where no interrupt is heard."""
CRASH = "import os; os.abort()"


def offered(nrepl: Nrepl, session: str, prefix: str, **keys: Bencode) -> list[Bencode]:
    reply = nrepl.ask({"op": "complete", "prefix": prefix, "session": session, **keys})
    assert reply["status"] == ["done"]
    completions = reply["completions"]
    assert isinstance(completions, list)
    return [each["candidate"] for each in completions if isinstance(each, dict)]


def in_endless_loop(nrepl: Nrepl, session: str) -> Bencode:
    """The id of the eval, which has begun."""
    id_ = nrepl.send({"op": "eval", "code": ENDLESS, "lang": "python", "session": session})
    nrepl.hear("busy")
    return id_


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Server]:
    """A device that a test may harm."""
    with servers.device(tmp_path / "device") as server:
        yield server


@pytest.fixture
def remote(tmp_path: Path, device: Server) -> Iterator[Nrepl]:
    """A client of a bridge for that device."""
    with (
        servers.bridge(tmp_path / "bridge", "--device", f"127.0.0.1:{device.port}") as bridge,
        Nrepl(bridge.port) as nrepl,
    ):
        yield nrepl


def test_what_an_eval_has_defined_is_offered_at_once(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(defn offered-at-once [x] x) (def offered-later 1)", session)
    assert offered(nrepl, session, "offered-") == ["offered-later", "offered-at-once"]
    nrepl.eval("(ns-unmap 'user 'offered-later)", session)
    assert offered(nrepl, session, "offered-") == ["offered-at-once"]


def test_what_a_file_has_defined_is_offered_at_once(nrepl: Nrepl, session: str) -> None:
    nrepl.talk(
        {"op": "load-file", "file": "(ns from.file) (def in-file 1)", "file-path": "from/file.lpy", "session": session}
    )
    assert offered(nrepl, session, "in-f", ns="from.file") == ["in-file"]
    assert offered(nrepl, session, "from.fi") == ["from.file"]


def test_one_client_is_offered_what_another_has_defined(nrepl: Nrepl, session: str, bridge: Server) -> None:
    with Nrepl(bridge.port) as other:
        other.eval("(def from-another-client 1)", other.clone())
        assert offered(nrepl, session, "from-ano") == ["from-another-client"]


def test_libraries_and_python_modules_are_offered_once_they_are_described(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("(require '[clojure.string :as s]) (import os.path)", session)
    for prefix in ("s/jo", "clojure.string/jo", "os.path/joi", "python/isinst", "merge-wi"):
        eventually(partial(_is_one, nrepl, session, prefix))
    assert offered(nrepl, session, "__", context='(.up__prefix__ "x")') == []
    assert offered(nrepl, session, ".uppe", context='(__prefix__ "x")') == [".upper"]


def test_keywords_of_evaluated_code_are_offered(nrepl: Nrepl, session: str) -> None:
    nrepl.eval("{:seen.somewhere/keyword ::own-keyword}", session)
    assert offered(nrepl, session, ":seen.s") == [":seen.somewhere/keyword"]
    assert offered(nrepl, session, "::own-k") == ["::own-keyword"]


def test_after_a_crash_what_is_back_is_offered(remote: Nrepl) -> None:
    session = remote.clone()
    for code in ("(def kept-one 1)", "(def kept-two 2)"):
        remote.eval(code, session)
    remote.eval(CRASH, session, lang="python")
    kept = [name for name in ("kept-one", "kept-two") if "value" in remote.eval(name, session)[0]]
    assert offered(remote, session, "kept-") == kept
    remote.eval("(def kept-three 3)", session)
    assert offered(remote, session, "kept-") == sorted([*kept, "kept-three"], key=lambda name: (len(name), name))


def test_what_a_rewind_has_undone_is_offered_no_more(remote: Nrepl, device: Server) -> None:
    session = remote.clone()
    for code in ("(def stays 1)", "(def stays-not 2)"):
        remote.eval(code, session)
        park_a_copy(device)
    assert offered(remote, session, "stays") == ["stays", "stays-not"]
    remote.ask({"op": "device-rewind", "steps": 2, "session": session})
    assert offered(remote, session, "stays") == ["stays"]


def test_a_device_that_hangs_and_one_that_is_gone_delay_no_completion(remote: Nrepl, device: Server) -> None:
    session = remote.clone()
    remote.eval("(def known 1)", session)
    eventually(lambda: "reduce-kv" in offered(remote, session, "reduce"))
    in_endless_loop(remote, session)
    for prefix in ("know", "reduce-k"):
        assert len(offered(remote, session, prefix)) == 1
    device.end(signal.SIGKILL)
    for prefix in ("know", "reduce-k"):
        assert len(offered(remote, session, prefix)) == 1


def test_a_device_that_is_back_is_learned_anew(remote: Nrepl, device: Server, tmp_path: Path) -> None:
    session = remote.clone()
    remote.eval("(def of-the-old 1)", session)
    device.end(signal.SIGKILL)
    with servers.device(tmp_path / "again", port=device.port):
        eventually(lambda: offered(remote, session, "of-the-o") == [])
        remote.eval("(def of-the-new 1)", session)
        assert offered(remote, session, "of-the-n") == ["of-the-new"]


def test_a_bridge_learns_what_a_running_device_defines_as_soon_as_that_can_tell(device: Server, tmp_path: Path) -> None:
    with JsonLines(device.port) as host:
        host.ask("eval", code="(def there-before 1)")
        park_a_copy(device)
        busy = host.send("eval", code=ENDLESS, lang="python")
        eventually(lambda: host.ask("ping")["busy"] != [])
        with (
            servers.bridge(tmp_path / "b", "--device", f"127.0.0.1:{device.port}") as bridge,
            Nrepl(bridge.port) as nrepl,
        ):
            session = nrepl.clone()
            assert offered(nrepl, session, "there-b") == []
            host.ask("interrupt", target=busy)
            eventually(lambda: offered(nrepl, session, "there-b") == ["there-before"])


def test_cider_hears_what_an_eval_has_changed_and_others_do_not(nrepl: Nrepl, session: str) -> None:
    code = "(ns conformance.state (:require [basilisp.string :as s])) (defmacro wrapped [x & body] x)"
    nrepl.eval(code, session)
    assert [reply for reply in nrepl.unread() if "changed-namespaces" in reply] == []
    cider = nrepl.clone(**{"client-name": "CIDER", "client-version": "2.1.0"})
    last = nrepl.eval("(defn plain [] 1)", cider, ns="conformance.state", id="told")[-1]
    assert "done" in str(last["status"])
    (state,) = [reply for reply in nrepl.unread() if "changed-namespaces" in reply]
    assert (state["id"], state["session"], state["status"], state["repl-type"]) == ("told", cider, ["state"], "clj")
    assert _changed(state)["conformance.state"] == {
        "aliases": {"s": "basilisp.string"},
        "interns": {"wrapped": {"macro": "true", "style/indent": "1"}, "plain": {"fn": "true"}},
    }
    nrepl.eval("(+ 1 2)", cider)
    nrepl.eval("(def x 1)", cider, ns="conformance.state")
    (state,) = [reply for reply in nrepl.unread() if "changed-namespaces" in reply]
    assert "conformance.state" in _changed(state)


def park_a_copy(device: Server) -> None:
    """Return when there is a copy of the worker as it is now. It takes an eval."""
    with Host(connect(device.port)) as host:
        park(host)


def _is_one(nrepl: Nrepl, session: str, prefix: str) -> bool:
    return len(offered(nrepl, session, prefix)) == 1


def _changed(state: Message) -> dict[str, Bencode]:
    changed = state["changed-namespaces"]
    assert isinstance(changed, dict)
    return changed
