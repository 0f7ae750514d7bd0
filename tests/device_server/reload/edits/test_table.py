"""The table keeps its own word: an edit that is not applied is seen, and a fresh interpreter shows what must change."""

from __future__ import annotations

import pytest

from device_server.reload import Tier
from tests.device_server.reload.edits.judge import behaviour
from tests.device_server.reload.edits.program import Program
from tests.device_server.reload.edits.table import Edit, edits

ROWS = edits()


def test_no_two_rows_have_the_same_name() -> None:
    assert len({edit.kind for edit in ROWS}) == len(ROWS)


@pytest.mark.parametrize("edit", ROWS, ids=str)
def test_without_the_edit_all_that_must_change_is_as_it_was(edit: Edit) -> None:
    with Program(edit.before) as program:
        program.start(edit.setup)
        wrong = behaviour(edit, True, program.probe)
    assert len(wrong) == len(edit.changed) + len(edit.moved), "a row expects what is so anyway, or kept nothing"


@pytest.mark.parametrize("edit", [edit for edit in ROWS if edit.changed], ids=str)
def test_a_fresh_interpreter_shows_what_must_change(edit: Edit) -> None:
    with Program(edit.after) as program:
        program.start(edit.setup)
        wrong = behaviour(edit, False, program.probe)
    assert [each for each in wrong if each.partition(" gives ")[0] in edit.changed] == []


@pytest.mark.parametrize("edit", ROWS, ids=str)
def test_each_row_asks_for_something(edit: Edit) -> None:
    assert edit.kept or edit.changed or edit.moved
    assert edit.last_save or edit.between
    if edit.error or edit.tiers == {Tier.NONE}:
        assert not edit.moved
