"""Device servers and connections to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.device import Device, Host, running
from tests.device_server.follower import Descriptions, Follower


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


@pytest.fixture
def mirroring(device: Device) -> Iterator[Host]:
    """A host that is told what the worker defines."""
    with device.connect("out", "values", "symbols") as host:
        yield host


@pytest.fixture(scope="module")
def descriptions() -> Descriptions:
    """What followers of one file's tests have learned of libraries."""
    return Descriptions()


@pytest.fixture
def follower(mirroring: Host, descriptions: Descriptions) -> Follower:
    """Follows what `mirroring` is told."""
    return Follower(mirroring, descriptions)
