"""What editors have in their buffers, for whoever shows the lines of a traceback or the source of a function.

`linecache` is where Python, `inspect` and Basilisp look; a file whose text is on the disk is left to it.
"""

from __future__ import annotations

import linecache
import os
import stat

from device_server.languages import Source

_open, _stat = open, os.stat  # bound here: user code may replace them
LIMIT_CHARACTERS = 1024 * 1024
"""Longer texts are not kept."""
_LIMIT_LINES = 100_000


def remember_file(source: Source) -> None:
    """The text is all that its file has."""
    if source.file is not None and len(source.text) <= LIMIT_CHARACTERS:
        lines = source.text.splitlines(keepends=True)
        if lines == on_disk(source.file):
            _forget(source.file)
        else:
            _keep(source.file, lines)


def remember_part(source: Source) -> None:
    """The text stands where it says in its file; around it is what was known before, or what the disk has."""
    file, first = source.file, source.line - 1
    if file is None or file.startswith("<") or first > _LIMIT_LINES or len(source.text) > LIMIT_CHARACTERS:
        return
    saved = on_disk(file)
    if "".join(saved[first:])[source.column - 1 :].startswith(source.text):
        _forget(file)
        return
    known = linecache.getlines(file) if _is_kept(file) else saved
    before = [*known[:first], *["\n"] * (first - len(known))]
    indent = (known[first] if first < len(known) else "").rstrip("\n")[: source.column - 1].ljust(source.column - 1)
    part = (indent + source.text.removesuffix("\n") + "\n").splitlines(keepends=True)
    _keep(file, [*before, *part, *known[first + len(part) :]])


def on_disk(file: str) -> list[str]:
    """The lines of a file; none when it is no file of text, or too long."""
    try:
        status = _stat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LIMIT_CHARACTERS:
            return []
        with _open(file, encoding="utf-8") as stream:
            return stream.readlines()
    except (OSError, ValueError):  # a name that no file can have, or no text
        return []


def _keep(file: str, lines: list[str]) -> None:
    # without a time of change nobody compares it with the disk
    linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def _forget(file: str) -> None:
    if _is_kept(file):
        del linecache.cache[file]


def _is_kept(file: str) -> bool:
    entry = linecache.cache.get(file, ())
    return len(entry) == 4 and entry[1] is None
