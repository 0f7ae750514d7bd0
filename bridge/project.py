"""Where a project begins, and what its files are called in an import. It reads no source."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Final

MARKERS: Final = ("pyproject.toml", "basilisp.edn", "setup.cfg")
PACKAGE_FILES: Final = ("__init__.py", "__init__.lpy")
SOURCE_ROOT: Final = "src"


class ProjectError(Exception):
    """The project's settings cannot be used; the text says which and what to do."""


def root_of(directory: Path) -> Path:
    """The nearest directory, upwards, that holds a project file; else the one around the package that it is in."""
    directory = directory.resolve()
    for candidate in (directory, *directory.parents):
        if any((candidate / marker).is_file() for marker in MARKERS):
            return candidate
    while any((directory / name).is_file() for name in PACKAGE_FILES) and directory.parent != directory:
        directory = directory.parent
    return directory


def settings(root: Path) -> dict[str, object]:
    """The table [tool.tether] of the project at `root`. Raises: ProjectError."""
    file = root / "pyproject.toml"
    if not file.is_file():
        return {}
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8")).get("tool", {}).get("tether", {})
    except (OSError, ValueError, AttributeError) as error:
        raise ProjectError(f"{file}: {error}") from error
    if not isinstance(table, dict):
        raise ProjectError(f"{file}: tool.tether must be a table")
    return table


@lru_cache(maxsize=64)
def source_roots(root: Path) -> tuple[Path, ...]:
    """The folders of the project at `root` in which imports are looked for; the first may be missing.

    Raises: ProjectError, when the project's own list of them cannot be used.
    """
    listed = settings(root).get("paths", [])
    if not isinstance(listed, list) or not all(isinstance(each, str) and each for each in listed):
        raise ProjectError(f'{root / "pyproject.toml"}: paths must be a list of folders, like ["lib", "tools"]')
    folders = [(root / each).resolve() for each in listed]
    for missing in (folder for folder in folders if not folder.is_dir()):
        raise ProjectError(f"{root / 'pyproject.toml'}: paths has {missing}, which is no folder")
    return tuple(dict.fromkeys((root / SOURCE_ROOT, root, *folders)))


def module_name(root: Path, file: str) -> str | None:
    """The dotted name by which the project at `root` imports `file`; None when it cannot."""
    path = root / file
    for base in sorted(source_roots(root), key=lambda each: len(each.parts), reverse=True):  # the innermost has it
        if path.is_relative_to(base):
            parts = path.relative_to(base).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)
            return name if name and all(part.isidentifier() for part in name.split(".")) else None
    return None
