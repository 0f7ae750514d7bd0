from __future__ import annotations

import functools

import pytest

from device_server.reload import When
from device_server.reload.hooks import ATTRIBUTE, after_reload, before_reload


def test_a_decorated_function_is_the_same_and_says_when_it_is_called() -> None:
    def stop() -> None:
        pass

    assert before_reload(stop) is stop
    assert getattr(stop, ATTRIBUTE) == {When.BEFORE}
    after_reload(stop)
    assert getattr(stop, ATTRIBUTE) == {When.BEFORE, When.AFTER}


async def wait() -> None:
    pass


@pytest.mark.parametrize("function", [wait, 3, functools.partial(print)])
def test_what_cannot_be_called_around_an_edit_is_refused(function: object) -> None:
    with pytest.raises(TypeError, match="must be a plain function without arguments, not"):
        before_reload(function)  # type: ignore[type-var]
