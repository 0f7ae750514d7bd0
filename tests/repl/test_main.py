from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

from repl.main import history_file


def test_each_project_has_a_history_that_only_its_user_reads(tmp_path: Path) -> None:
    first, second = (history_file(tmp_path / "state", tmp_path / name / "app") for name in ("a", "b"))
    assert first != second
    assert first == history_file(tmp_path / "state", tmp_path / "a" / "app")
    assert first.name.startswith("app-")
    assert stat.S_IMODE(first.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.parent.stat().st_mode) & 0o077 == 0


def test_a_pipe_needs_nothing_to_draw_with() -> None:
    code = "import sys, repl.main; print({'prompt_toolkit', 'pygments', 'trio'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
