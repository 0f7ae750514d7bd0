"""The page about edits tells what becomes of edits in the tables, which are run on real devices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from device_server.reload.python_apply import PythonReloads
from tests.device_server.reload import basilisp_edits
from tests.device_server.reload.edits.program import Program
from tests.device_server.reload.edits.table import edits

PAGE = (Path(__file__).parents[3] / "docs/reload.md").read_text()
ROW = re.compile(r"^\| (.+?) \| (\w+) \| (\w+) \|$", re.MULTILINE)


def rows(language: str) -> list[tuple[str, str, str]]:
    """Edit, tier and state of each line about a language."""
    section = PAGE.partition(f"### {language}\n")[2].partition("\n##")[0]
    return [found for found in ROW.findall(section) if found[0] != "edit"]


@pytest.mark.parametrize(("kind", "tier", "state"), rows("Python"))
def test_what_the_page_says_of_python_is_so(kind: str, tier: str, state: str) -> None:
    edit = next(each for each in edits() if each.kind == kind)
    with Program(edit.before) as program:
        program.start(edit.setup)
        answer = program.save(edit.last_save, PythonReloads(program.loaded))
    assert (answer.tier.name.lower(), answer.state.name.lower()) == (tier, state)


@pytest.mark.parametrize(("kind", "tier", "state"), rows("Basilisp"))
def test_what_the_page_says_of_basilisp_is_what_its_table_says(kind: str, tier: str, state: str) -> None:
    edit = next(each for each in basilisp_edits.EDITS if each.kind == kind)
    assert (edit.tier.name.lower(), edit.state.name.lower()) == (tier, state)


def test_the_page_has_both_languages() -> None:
    assert min(len(rows("Python")), len(rows("Basilisp"))) > 20
