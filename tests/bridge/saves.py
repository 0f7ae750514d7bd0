"""The five ways in which editors save a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

Save: TypeAlias = Callable[[Path, str], None]
"""Path of a file, its new text."""


def in_place(path: Path, text: str) -> None:
    """Truncate it, and write it in two pieces: Emacs with `file-precious-flag` off, VS Code, nano."""
    with path.open("w") as file:
        file.write(text[: len(text) // 2])
        file.flush()
        file.write(text[len(text) // 2 :])


def rename_in_folder(path: Path, text: str) -> None:
    """Write another file beside it and put that in its place: PyCharm, Kate."""
    fresh = path.with_name(f"{path.name}.tmp")
    fresh.write_text(text)
    fresh.replace(path)


def rename_from_elsewhere(path: Path, text: str) -> None:
    """The same with a file of another folder."""
    fresh = path.parent.parent / f"elsewhere-{os.getpid()}"
    fresh.write_text(text)
    fresh.replace(path)


def unlink_and_create(path: Path, text: str) -> None:
    """Delete it, and write a new one: git."""
    path.unlink(missing_ok=True)
    path.write_text(text)


def backup_and_create(path: Path, text: str) -> None:
    """Let the old one be the backup, and write a new one: Vim, Emacs when it makes a backup."""
    path.replace(path.with_name(f"{path.name}~"))
    path.write_text(text)


SAVES: Final[tuple[Save, ...]] = (
    in_place, rename_in_folder, rename_from_elsewhere, unlink_and_create, backup_and_create,
)  # fmt: skip
