"""The user's own files: those that a bridge names by URI, and those that the user names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

SUFFIXES: Final = (".lpy", ".clj", ".cljc", ".py")


def path_of(uri: str) -> Path:
    """The path that a file URI means."""
    return Path(unquote(urlsplit(uri).path))


def read(uri: str) -> str | None:
    """The text of the file at a URI; None when it is not to be had here."""
    if not uri.startswith("file:"):
        return None
    try:
        return path_of(uri).read_text(errors="replace")
    except OSError:
        return None


def picture(path: str) -> bytes:
    """The bytes of a picture's file; none when it is not to be had here."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def source(name: str) -> tuple[str, str]:
    """The text of a file that the user has named, and its whole path. Raises: OSError."""
    path = Path(name).expanduser().absolute()
    return path.read_text(errors="replace"), str(path)


def candidates(typed: str) -> Sequence[str]:
    """The files and folders that a path may go on to, as far as there is code in them."""
    path = Path(typed).expanduser()
    folder, begun = (path, "") if typed.endswith("/") or not typed else (path.parent, path.name)
    try:
        found = sorted(each for each in folder.iterdir() if each.name.startswith(begun))
    except OSError:
        return ()
    return [f"{each}/" if each.is_dir() else str(each) for each in found if each.is_dir() or each.suffix in SUFFIXES]
