from __future__ import annotations

import sys

import pytest

from repl.own_bridge import BridgeError, OwnBridge

LISTENS = "import sys; print('nREPL server started on port 7 on host x', flush=True); sys.stdin.read()"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_it_tells_its_port_and_ends_at_the_end_of_its_input() -> None:
    bridge = OwnBridge(python(LISTENS))
    assert bridge.port() == 7
    assert bridge.is_running
    bridge.close()
    assert not bridge.is_running


def test_a_bridge_that_cannot_start_says_why() -> None:
    bridge = OwnBridge(python("raise SystemExit('the port is taken')"))
    with pytest.raises(BridgeError, match="the port is taken"):
        bridge.port()
    bridge.close()


def test_a_bridge_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repl.own_bridge.GRACE_S", 0.05)
    bridge = OwnBridge(python(LISTENS + "; __import__('threading').Event().wait()"))
    assert bridge.port() == 7
    bridge.close()
    assert not bridge.is_running
