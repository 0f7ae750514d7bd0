"""Imports the project's modules in a worker whose generation begins. Which ones, and in which order, it is told."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from device_server import platforms, wire

_listdir, _import = os.listdir, importlib.import_module  # bound here: user code may replace them


def import_all(names: Sequence[str]) -> list[wire.JSON]:
    """Import each; `{module, error}` for those that cannot be imported."""
    return [{"module": name, "error": error} for name in names if (error := _attempt(name))]


def import_for_sharing(names: Sequence[str]) -> list[wire.JSON]:
    """As `import_all`, up to the first that forks could not share: it fails, or leaves something open."""
    for name in names:
        before = _open_things()
        error = _attempt(name) or _opened(before, _open_things())
        if error:
            return [{"module": name, "error": error}]
    return []


def _attempt(name: str) -> str:
    """What importing it fails with; empty when it does not."""
    if name in sys.modules:
        return ""
    try:
        _import(name)
    except BaseException as error:  # a module may raise anything, SystemExit too
        return f"{type(error).__name__}: {error}"
    return ""


def _open_things() -> dict[str, int]:
    """How many there are of what a fork does not have, or has in common with the process that it was forked from."""
    return {
        "a thread": len(_listdir("/proc/self/task")),
        "a child process": len(platforms.children()),
        "a file or a socket": len(_listdir("/proc/self/fd")),
    }


def _opened(before: dict[str, int], after: dict[str, int]) -> str:
    opened = [what for what, count in after.items() if count > before[what]]
    return f"importing it leaves {' and '.join(opened)} open" if opened else ""
