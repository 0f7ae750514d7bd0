"""Async tests run under trio, with a clock that skips waiting if they ask for it; none may take longer than LIMIT_S."""

from __future__ import annotations

import inspect
from typing import Final

import pytest
import trio
from trio.testing import MockClock

from tests.bridge.fakes import close_all

LIMIT_S: Final = 60


@pytest.fixture
def autojump_clock() -> MockClock:
    """A clock that jumps to the next deadline when all tasks wait."""
    return MockClock(autojump_threshold=0.01)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a coroutine function under trio; leave others to pytest."""
    test = pyfuncitem.obj
    if not inspect.iscoroutinefunction(test):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(test).parameters}

    async def limited() -> None:
        with trio.fail_after(LIMIT_S):
            try:
                await test(**arguments)
            finally:
                close_all()

    clock = pyfuncitem.funcargs.get("autojump_clock")
    trio.run(limited, clock=clock if isinstance(clock, MockClock) else None)
    return True
