from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from device_server.languages import Form, Source
from device_server.reload import Change, State, Tier
from device_server.reload.whole_files import WholeFiles


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = sys.modules["whole_module"] = types.ModuleType("whole_module")
    made.x = 1  # type: ignore[attr-defined]
    yield made
    del sys.modules["whole_module"]


def read(source: Source, name: str | None, session: str) -> Iterator[Form]:
    """Each line is a form."""
    compile(source.text.partition("\n")[0], "<first>", "exec")
    for line in source.text.splitlines():
        yield partial(exec, line, vars(sys.modules[str(name)]))


def test_a_file_runs_again_and_can_be_taken_back(module: types.ModuleType) -> None:
    reloads = WholeFiles(read)
    plan = reloads.plan(Change("whole_module", "/src/w.py", "x = 1", "x = 2\ny = 3"))
    assert (plan.tier, module.x) == (Tier.STRUCTURAL, 1)
    with ExitStack() as undo:
        outcome = reloads.apply([plan], undo)
        assert (outcome.reloaded, outcome.state) == (("whole_module",), State.RESET)
        assert (module.x, module.y) == (2, 3)
    assert (module.x, hasattr(module, "y")) == (1, False)


def test_what_cannot_be_read_is_refused_before_anything_runs(module: types.ModuleType) -> None:
    with pytest.raises(SyntaxError):
        WholeFiles(read).plan(Change("whole_module", "/src/w.py", "x = 1", "x = ("))
