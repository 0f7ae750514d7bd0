"""The servers in which the fault matrix is tried, and a device server alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance import servers
from tests.conformance.servers import Server
from tests.faults.run import Labs


@pytest.fixture(scope="session")
def labs() -> Iterator[Labs]:
    """One lab for all rows; a row that goes wrong spoils it for no other."""
    with Labs() as labs:
        yield labs


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Server]:
    """A device server for one test."""
    with servers.device(tmp_path, "--grace", "0.3") as server:
        yield server
