"""Worlds in which files are edited."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.reload.basilisp_world import World, worlds


@pytest.fixture
def world() -> Iterator[World]:
    """Basilisp in this process."""
    with worlds() as world:
        yield world
