"""The Emacs commands: ERT in a batch Emacs, against a device server and a bridge that run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conformance import servers

ELISP: Final = Path(__file__).resolve().parents[2] / "elisp"
FILES: Final = tuple(sorted(path.name for path in ELISP.glob("*.el")))
TESTS: Final = re.findall(r"^\(ert-deftest (\S+)", (ELISP / "ios-eval-tests.el").read_text(), re.MULTILINE)
PATIENCE_S: Final = 120.0
"""How long all of them together may take. They take a tenth of that."""


def emacs(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a batch Emacs in a folder, with the project's files in its load path and no settings of anybody's."""
    return subprocess.run(
        ["emacs", "-Q", "--batch", "--directory", str(ELISP), *arguments],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "LC_ALL": "C.UTF-8", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",  # half a surrogate pair is among what is shown
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What ERT says about all tests."""
    folders = (tmp_path_factory.mktemp(name) for name in ("device", "doomed", "bridge", "emacs"))
    with (
        servers.device(next(folders)) as device,
        servers.device(next(folders)) as doomed,
        servers.bridge(next(folders)) as bridge,
    ):
        yield emacs(
            next(folders),
            *("--load", "ios-eval-tests.el", "--funcall", "ert-run-tests-batch-and-exit"),
            IOS_EVAL_DEVICE=str(device.port),
            IOS_EVAL_BRIDGE=str(bridge.port),
            IOS_EVAL_DOOMED=f"{doomed.port} {doomed.process.pid}",
        ).stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", TESTS)
def test_ert_passes(report: str, name: str) -> None:
    assert re.search(rf"^ +passed +\d+/\d+ +{name} ", report, re.MULTILINE), report


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_it_compiles_without_warnings(tmp_path: Path, name: str) -> None:
    shutil.copy(ELISP / name, tmp_path)
    as_errors = ("--eval", "(setq byte-compile-error-on-warn t)")
    done = emacs(tmp_path, *as_errors, "--funcall", "batch-byte-compile", name)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
def test_checkdoc_has_nothing_to_say(tmp_path: Path, name: str) -> None:
    done = emacs(tmp_path, "--eval", f'(checkdoc-file "{ELISP / name}")')
    assert (done.returncode, done.stdout) == (0, "")
