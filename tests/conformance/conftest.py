"""The programs that the whole suite shares. What would disturb others starts its own: see servers.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance import servers
from tests.conformance.clients import Nrepl
from tests.conformance.servers import Server


@pytest.fixture(scope="session")
def device_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A device server that no bridge uses."""
    with servers.device(tmp_path_factory.mktemp("device-alone")) as server:
        yield server


@pytest.fixture(scope="session")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A bridge with the device it starts itself."""
    with servers.bridge(tmp_path_factory.mktemp("bridge")) as server:
        yield server


@pytest.fixture(scope="session")
def second_device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A device server elsewhere, for bridges."""
    with servers.device(tmp_path_factory.mktemp("second-device"), "--name", "second") as server:
        yield server


@pytest.fixture(scope="session")
def bridge_elsewhere(tmp_path_factory: pytest.TempPathFactory, second_device: Server) -> Iterator[Server]:
    """A bridge whose sessions start on the second device."""
    folder = tmp_path_factory.mktemp("bridge-elsewhere")
    with servers.bridge(folder, "--device", f"127.0.0.1:{second_device.port}") as server:
        yield server


@pytest.fixture
def nrepl(bridge: Server) -> Iterator[Nrepl]:
    """A client of the bridge."""
    with Nrepl(bridge.port) as client:
        yield client


@pytest.fixture
def session(nrepl: Nrepl) -> Iterator[str]:
    """A session of that client."""
    session = nrepl.clone()
    yield session
    with Nrepl(nrepl.socket.getpeername()[1]) as closer:
        closer.talk({"op": "close", "session": session})
