"""Edits of Basilisp files as a program meets them."""

from __future__ import annotations

import sys

import pytest

from tests.device_server.reload.basilisp_edits import EDITS, Edit, file_text
from tests.device_server.reload.basilisp_world import World, holdings


def load(world: World, edit: Edit) -> None:
    world.load("shop", file_text(edit.before))
    if edit.beside:
        world.load("till", edit.beside)
    world.value(edit.meanwhile)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.kind)
def test_an_edit_reaches_the_program_and_leaves_its_state(world: World, edit: Edit) -> None:
    load(world, edit)
    plan, outcome = world.edit("shop", file_text(edit.after))
    assert (plan.tier, outcome.state) == (edit.tier, edit.state)
    assert edit.says in outcome.reason
    assert edit.stale in " ".join(outcome.stale) if edit.stale else not outcome.stale
    for code, wanted in edit.then:
        assert world.value(f"(= {code} {wanted})") is True, (code, world.value(f"(pr-str {code})"))


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.kind)
def test_an_edit_that_is_taken_back_has_changed_nothing(world: World, edit: Edit) -> None:
    load(world, edit)
    before, modules = holdings("shop"), {**sys.modules}
    world.edit("shop", file_text(edit.after))
    world.undo.close()
    assert holdings("shop") == before
    assert sys.modules == modules
