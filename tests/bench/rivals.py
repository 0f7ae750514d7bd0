"""Other tools that bring edits into a running program, jurigged and autoreload, driven as their own watchers do it."""

from __future__ import annotations

import contextlib
import io
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from tests.bench.reload_project import HOT, KINDS
from tests.device_server.reload.edits.judge import Probe, behaviour
from tests.device_server.reload.edits.program import Program, outcome
from tests.device_server.reload.edits.table import Edit

Apply = Callable[[Iterable[Path]], None]
"""Bring these saved files into the program. To be called once without any when the modules have been imported."""

RIGHT, STALE, WRONG = VERDICTS = ("right", "stale", "wrong")


def jurigged(folder: Path) -> Apply:
    """What its watcher does when a file was saved, without the wait for it."""
    import jurigged.live

    watcher = jurigged.live.watch(
        lambda name: name.startswith(f"{folder}/"), logger=lambda _event: None, autostart=False, debounce=0
    )

    def apply(paths: Iterable[Path]) -> None:
        for path in paths:
            watcher.refresh(str(path))

    return apply


def autoreload(_folder: Path) -> Apply:
    """What `%autoreload 2` does before each cell. It sees a save by its time, so each gets a later one."""
    from IPython.extensions.autoreload import ModuleReloader

    reloader = ModuleReloader()
    reloader.enabled = True
    age = 0

    def apply(paths: Iterable[Path]) -> None:
        nonlocal age
        age += 10
        for path in paths:
            later = path.stat().st_mtime + age
            os.utime(path, (later, later))
        reloader.check(check_all=True)

    return apply


TOOLS = {"jurigged": jurigged, "autoreload": autoreload}


def verdicts(tool: str, rows: list[Edit]) -> list[str]:
    """Each row in a process of its own: right, stale (it does what it did before), or wrong."""
    context = multiprocessing.get_context("fork")
    with context.Pool(os.cpu_count(), maxtasksperchild=1) as workers:
        pending = [workers.apply_async(_verdict, (tool, edit)) for edit in rows]
        return [_result(each.get) for each in pending]


def _result(get: Callable[[float], str]) -> str:
    try:
        return get(60)
    except multiprocessing.TimeoutError:
        return WRONG


def _verdict(tool: str, edit: Edit) -> str:
    with Program(edit.before) as unedited:
        unedited.start(edit.setup)
        stale = set(behaviour(edit, True, unedited.probe))
    with tempfile.TemporaryDirectory() as name, contextlib.redirect_stderr(io.StringIO()):
        wrong = set(behaviour(edit, True, _edited(TOOLS[tool], edit, Path(name))))
    return RIGHT if not wrong else STALE if wrong <= stale else WRONG


def _edited(tool: Callable[[Path], Apply], edit: Edit, folder: Path) -> Probe:
    """Run the program, make the edit; how to ask the program what it does now."""
    sys.path.insert(0, str(folder))
    apply = tool(folder)
    write(folder, edit.before)
    program: dict[str, object] = {}
    exec(compile(f"import m\n{edit.setup}", "<setup>", "exec", dont_inherit=True), program)
    apply([])
    for save in [*edit.between, edit.last_save]:
        with contextlib.suppress(BaseException):  # a broken save is reported in many ways; what counts is what it does
            apply(write(folder, save))
    return lambda expressions: [outcome(expression, program) for expression in expressions]


def write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """The files, below the folder."""
    paths = [folder / name for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return paths


def times(tool: str, folder: Path, rounds: int) -> dict[str, tuple[list[float], int]]:
    """By kind of edit, the seconds that each took, and in how many rounds the program did not follow.

    In this process, which has `import main` behind it afterwards. `nothing` is no edit at all.
    """
    sys.path.insert(0, str(folder))
    apply = TOOLS[tool](folder)
    program: dict[str, object] = {}
    exec("import main, work.hot, work.buyer", program)
    apply([])
    taken: dict[str, tuple[list[float], int]] = {"nothing": ([_timed(apply, []) for _ in range(rounds)], 0)}
    for name, kind in KINDS.items():
        seconds, missed = list[float](), 0
        for number in range(rounds):
            paths = write(folder, {HOT: kind.text(number)})
            seconds.append(_timed(apply, paths))
            missed += repr(eval(kind.probe, program)) != kind.says(number)
        taken[name] = seconds, missed
    return taken


def _timed(apply: Apply, paths: list[Path]) -> float:
    started = time.perf_counter()
    apply(paths)
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(times(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
