"""What is told of an application, and what is taken back of its imports."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import ModuleType

from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Outcome, State
from device_server.reload.python_lineage import Lineage
from device_server.reload.python_program import Program


def test_what_was_done_is_told_in_one_sentence() -> None:
    program = Program(ExitStack(), LoadedSources(), Lineage())
    assert program.outcome() == Outcome((), State.KEPT)
    program.note_reloaded("b")
    program.note_reloaded("a")
    program.classes.migrated.append("2 of A")
    assert program.outcome() == Outcome(("b", "a"), State.MIGRATED, "moved to the new class: 2 of A")
    program.resets.append("app")
    program.kept.append("N")
    reason = "made again: app; moved to the new class: 2 of A; as the program has set it: N"
    assert program.outcome() == Outcome(("b", "a"), State.RESET, reason)


def test_modules_that_were_imported_are_gone_when_it_is_undone() -> None:
    loaded, undo = LoadedSources(), ExitStack()
    package = sys.modules["a_package"] = ModuleType("a_package")
    try:
        Program(undo, loaded, Lineage()).before_running()
        sys.modules["a_package.new"] = package.new = ModuleType("a_package.new")  # type: ignore[attr-defined]
        loaded.note(Loaded("a_package.new", "/a_package/new.py", "python", ""))
        undo.close()
        assert "a_package.new" not in sys.modules
        assert not hasattr(package, "new")
        assert [*loaded] == []
    finally:
        del sys.modules["a_package"]
