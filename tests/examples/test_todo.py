"""The example project keeps its own promises: its tests and what its README shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def todo(project_root: Path) -> Path:
    return project_root / "examples" / "todo"


def run(folder: Path, *arguments: str) -> str:
    """What `python -m <arguments>` prints, run in a folder. Raises: AssertionError when it fails."""
    # With the bytecode cache on, even where it is switched off for the tests: Basilisp takes seconds without.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


@pytest.mark.slow
def test_its_own_tests_pass_in_both_languages(todo: Path) -> None:
    report = run(todo, "pytest", "--verbose", "-p", "no:cacheprovider")
    for path in todo.glob("tests/test_*"):
        assert f"tests/{path.name}::" in report
    assert "README.md::README.md PASSED" in report


@pytest.mark.slow
def test_its_readme_shows_what_the_clojure_in_it_prints(todo: Path) -> None:
    block = re.search(r"```clojure\n(.*?)```", (todo / "README.md").read_text(), re.DOTALL)
    assert block is not None
    shown = re.findall(r"^;; (.*)$", block[1], re.MULTILINE)
    assert run(todo, "basilisp.cli", "run", "-c", block[1]).splitlines() == shown
