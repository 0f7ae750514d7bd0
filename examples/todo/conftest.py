from collections.abc import Iterator

import pytest

from todo import store


@pytest.fixture(autouse=True)
def _empty_list() -> Iterator[None]:
    store.clear()
    yield
    store.clear()
