"""Edits leave nothing behind for the collector: what waits holds old code, and the heap is searched for it."""

from __future__ import annotations

import gc

import pytest

from device_server.reload.python_apply import PythonReloads
from tests.device_server.reload.edits.program import Program

TEXTS = {
    "a literal": "def f(x):\n    return x + {n}\n",
    "a body": "def f(x):\n    return [x, *range({n})]\n",
    "a signature": "def f(x, y{n}=1):\n    return x\n",
    "a value": "N = {n}\nM = N + 1\n",
}


@pytest.mark.parametrize("kind", TEXTS)
def test_edits_leave_no_garbage(kind: str) -> None:
    with Program({"m.py": TEXTS[kind].format(n=0)}) as program:
        reloads = PythonReloads(program.loaded)
        program.start("")
        for number in range(1, 5):
            assert not program.save({"m.py": TEXTS[kind].format(n=number)}, reloads).error
        gc.collect()
        gc.disable()
        try:
            assert not program.save({"m.py": TEXTS[kind].format(n=5)}, reloads).error
            assert gc.collect() == 0
        finally:
            gc.enable()
