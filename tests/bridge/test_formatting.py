"""Python formatted by black, in its own process."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
import trio.testing

from bridge.formatting import AT_ONCE, PROCESSES, format_python

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("code", "formatted"),
    [
        ("x = {  'a':1 }\n", 'x = {"a": 1}\n'),
        ("x=1", "x = 1"),
        ("", ""),
        ("    if x :\n        y=1\n", "    if x:\n        y = 1\n"),
        ("name = 'ä'", 'name = "ä"'),
    ],
)
async def test_code_is_laid_out_as_black_does(tmp_path: Path, code: str, formatted: str) -> None:
    assert await format_python(tmp_path, code) == formatted


async def test_the_project_has_its_settings(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nskip-string-normalization = true\n")
    assert await format_python(tmp_path, "x='a'") == "x = 'a'"


async def test_what_cannot_be_parsed_says_where(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="Cannot be parsed at line 2, column 5"):
        await format_python(tmp_path, "y = 1\nx = = 1")


async def test_no_module_of_the_project_is_run(tmp_path: Path) -> None:
    (tmp_path / "black.py").write_text("raise SystemExit('the project has run')")
    (tmp_path / "click.py").write_text("raise SystemExit('the project has run')")
    assert await format_python(tmp_path, "x=1") == "x = 1"


async def test_it_does_not_take_for_ever(
    tmp_path: Path, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_arguments: object, **_settings: object) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr(trio, "run_process", never)
    with pytest.raises(ValueError, match="not finished"):
        await format_python(tmp_path, "x=1")


async def test_so_many_are_formatted_at_once_and_the_others_wait(tmp_path: Path) -> None:
    async with trio.open_nursery() as nursery:
        for _ in range(AT_ONCE + 3):
            nursery.start_soon(format_python, tmp_path, "x=1")
        await trio.testing.wait_all_tasks_blocked()
        waiting = PROCESSES.statistics()
        nursery.cancel_scope.cancel()
    assert (waiting.borrowed_tokens, waiting.tasks_waiting) == (AT_ONCE, 3)
