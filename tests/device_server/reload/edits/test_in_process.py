"""Each edit of the table, in this process."""

from __future__ import annotations

import pytest

from device_server.reload import State
from device_server.reload.python_apply import PythonReloads
from tests.device_server.reload.edits.judge import behaviour, words
from tests.device_server.reload.edits.program import Program
from tests.device_server.reload.edits.table import Edit, edits


@pytest.mark.parametrize("edit", edits(), ids=str)
def test_an_edit_reaches_the_program(edit: Edit) -> None:
    with Program(edit.before) as program:
        reloads = PythonReloads(program.loaded)
        program.start(edit.setup)
        for save in edit.between:
            program.save(save, reloads)
        answer = program.save(edit.last_save, reloads)
        faults = words(edit, answer) + behaviour(edit, answer.state is State.RESET, program.probe)
    assert faults == []
