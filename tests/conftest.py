"""Settings and fixtures that every test may rely on."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run, and no deadline that a busy machine could miss.
settings.register_profile("tether", derandomize=True, deadline=None)
settings.load_profile("tether")


@pytest.fixture(scope="session")
def project_root() -> Path:
    """The checkout."""
    return Path(__file__).parent.parent
