"""Where a project begins, and what its files are called in an import. It reads no source."""

from __future__ import annotations

from pathlib import Path
from typing import Final

MARKERS: Final = ("pyproject.toml", "basilisp.edn", "setup.cfg")
SOURCE_ROOT: Final = "src"


def root_of(directory: Path) -> Path:
    """The nearest directory, upwards, that holds a project file; else the directory itself."""
    directory = directory.resolve()
    for candidate in (directory, *directory.parents):
        if any((candidate / marker).is_file() for marker in MARKERS):
            return candidate
    return directory


def source_roots(root: Path) -> tuple[Path, ...]:
    """The folders of the project at `root` in which imports are looked for; the first may be missing."""
    return (root / SOURCE_ROOT, root)


def module_name(root: Path, file: str) -> str | None:
    """The dotted name by which the project at `root` imports `file`; None when it cannot."""
    path = root / file
    for base in source_roots(root):
        if path.is_relative_to(base):
            parts = path.relative_to(base).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)
            return name if name and all(part.isidentifier() for part in name.split(".")) else None
    return None
