"""Device servers and connections to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.device import Device, Host, running


@pytest.fixture(scope="module")
def device() -> Iterator[Device]:
    """A device server for the tests of one file. At the end nothing of its own may have raised."""
    with running("--name", "test") as device:
        yield device
        assert not device.has_broken(), device.log()


@pytest.fixture
def host(device: Device) -> Iterator[Host]:
    """A host with every capability, as the bridge has."""
    with device.connect("out", "values") as host:
        yield host


@pytest.fixture
def netcat(device: Device) -> Iterator[Host]:
    """A host that has not said hello: whatever a person types into netcat."""
    with device.connect() as host:
        yield host
