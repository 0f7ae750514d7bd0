"""The import of a project of a thousand modules: from the host over loopback, and as Python does it from the disk."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Final

from tests.conformance import servers
from tests.conformance.clients import JsonLines

PACKAGES: Final = 50
MODULES: Final = 20
ROUNDS: Final = 5
FORMS: Final = 41
CODE: Final = "import time\nbegun = time.perf_counter()\nimport big.main\n(time.perf_counter() - begun) * 1000"
MODULE: Final = '''"""Module {number} of package {package}."""

from __future__ import annotations

from dataclasses import dataclass
{imports}
LIMIT = {number}


class Item:
    """A thing of this module."""

    def __init__(self, name: str, count: int = 0) -> None:
        self.name = name
        self.count = count

    def grow(self, by: int) -> int:
        """More of it, up to a limit."""
        self.count = min(self.count + by, LIMIT * 100)
        return self.count


def total(items: list[Item]) -> int:
    """How many there are of all of them."""
    return sum(item.count for item in items if item.name != "none")


def describe(item: Item) -> str:
    """For a person."""
    return f"{{item.name}}: {{item.count}} of {{LIMIT}}"
'''


def run() -> None:
    """Print the medians, and the ratios that are promised."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Python is to keep what it has compiled, too
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        write_project(project)
        figures: dict[str, list[float]] = {"disk, first": [], "disk, again": [], "host, first": [], "host, again": []}
        for number in range(ROUNDS):
            for name, times in (("disk", _from_disk), ("host", _from_host)):
                first, again = times(project, Path(folder, f"{name}{number}"))
                figures[f"{name}, first"].append(first)
                figures[f"{name}, again"].append(again)
    medians = {name: statistics.median(times) for name, times in figures.items()}
    for name, median in medians.items():
        print(f"{PACKAGES * MODULES} modules from the {name:12} {median:7.0f} ms (worst {max(figures[name]):.0f})")
    for when, promised in (("first", 2.0), ("again", 1.1)):
        print(f"host to disk, {when}: {medians[f'host, {when}'] / medians[f'disk, {when}']:.2f} (promised {promised})")
    _compare_namespaces()


def _compare_namespaces() -> None:
    """One namespace of Basilisp: Basilisp's own importer, with its bytecode cache, beside ours."""
    with tempfile.TemporaryDirectory() as folder:
        project, elsewhere = Path(folder, "project"), Path(folder, "elsewhere")
        for place in (project, elsewhere):
            place.mkdir()
        body = "(let [y (inc x)] (if (odd? y) (str y) (map inc [x y])))"
        forms = [f"(defn f{number} [x] {body})\n" for number in range(FORMS)]
        (project / "names.lpy").write_text("".join(["(ns names)\n", *forms]))
        with servers.device_in(project, "--checkpoints", "0") as device, JsonLines(device.port) as host:
            disk = [_required(host) for _ in range(ROUNDS)]
        with (
            servers.device_in(elsewhere, "--checkpoints", "0") as device,
            servers.bridge_in(project, "--device", f"127.0.0.1:{device.port}"),
            JsonLines(device.port) as host,
        ):
            ours = [_required(host) for _ in range(ROUNDS)]
    for name, (first, *again) in (("disk", disk), ("host", ours)):
        print(f"a namespace of {FORMS} forms from the {name}: {first:.0f} ms, again {statistics.median(again):.1f} ms")


def _required(host: JsonLines) -> float:
    """Milliseconds that the require takes; the worker is replaced by a fresh one afterwards."""
    milliseconds = host.ask("eval", code="(require 'names)", lang="basilisp")["ms"]
    host.ask("eval", code="import os; os._exit(0)", lang="python")
    return float(str(milliseconds))


def write_project(root: Path, packages: int = PACKAGES, modules: int = MODULES) -> None:
    """A project whose `big.main` imports all of its modules."""
    (root / "big").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\nname = 'big'\n")
    (root / "big/__init__.py").write_text("")
    (root / "big/main.py").write_text("".join(f"import big.part{number}\n" for number in range(packages)))
    for package in range(packages):
        folder = root / f"big/part{package}"
        folder.mkdir()
        names = [f"mod{number}" for number in range(modules - 1)]
        (folder / "__init__.py").write_text("".join(f"from big.part{package} import {name}\n" for name in names))
        for number, name in enumerate(names):
            others = "".join(
                f"from .mod{each} import Item as Item{each}\n" for each in range(max(0, number - 2), number)
            )
            (folder / f"{name}.py").write_text(MODULE.format(number=number, package=package, imports=others))


def _from_disk(project: Path, folder: Path) -> tuple[float, float]:
    """By the ordinary finders of a device that works in the project, without and with bytecode caches."""
    shutil.copytree(project, folder)
    with servers.device_in(folder, "--checkpoints", "0") as device, JsonLines(device.port) as host:
        return _measured(host), _measured(host)


def _from_host(project: Path, folder: Path) -> tuple[float, float]:
    """From a bridge, by a device without caches; and again when device and bridge have found each other again."""
    folder.mkdir()
    with servers.device_in(folder) as device, servers.bridge_in(project, "--device", f"127.0.0.1:{device.port}"):
        with JsonLines(device.port) as host:
            first = _measured(host)
        device.end()
        with servers.device_in(folder, port=device.port), JsonLines(device.port) as host:
            servers.eventually(lambda: host.ask("status")["clients"] == 2)
            return first, _measured(host)


def _measured(host: JsonLines) -> float:
    """Milliseconds that the import takes; the worker is replaced by a fresh one afterwards."""
    answer = host.ask("eval", code=CODE, lang="python")
    assert "value" in answer, answer
    value = answer["value"]
    host.ask("eval", code="import os; os._exit(0)", lang="python")
    return float(str(value))
