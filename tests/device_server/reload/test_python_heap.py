"""Who holds what."""

from __future__ import annotations

import functools
import gc
import sys

from device_server.reload.python_heap import frames, functions_from, functions_of, referrers, running


def plain() -> None: ...


def test_functions_are_found_in_what_wraps_them() -> None:
    @functools.wraps(plain)
    def wrapper() -> None:
        plain()

    class Holder:
        def __init__(self) -> None:
            self.callback = [functools.partial(functools.lru_cache(plain))]

    found: list[object] = [plain, wrapper, staticmethod(plain), property(plain), {"a": plain}, Holder()]  # type: ignore[arg-type]
    for each in found:
        assert any(function is plain for function in functions_from(each))
    assert [*functions_from(None)] == []


def test_what_a_module_holds_is_not_in_reach_of_a_function() -> None:
    assert [*functions_from(plain)] == [plain]


def test_functions_of_a_namespace_are_found_wherever_they_are() -> None:
    namespace: dict[str, object] = {"__name__": "m"}
    exec("def make():\n  return lambda: 1", namespace)
    held = [namespace["make"]()]  # type: ignore[operator]
    gc.freeze()
    try:
        found = functions_of(namespace)
    finally:
        gc.unfreeze()
    assert namespace["make"] in found
    assert held[0] in found
    assert held in referrers(held[0])


def test_running_code_is_counted() -> None:
    code = sys._getframe().f_code
    assert running()[id(code)] == 1
    assert code in [frame.f_code for frame in frames()]
