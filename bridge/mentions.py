"""What modules a source text may import: found by looking for names, not by running or parsing it. Pure.

It may name too many, which costs a look at the disk, or too few, and then a device asks once more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_PYTHON: Final = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<dots>\.*)[ \t]*(?P<base>[\w.]*)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n;#]*)"
    r"|import[ \t]+(?P<modules>[^\n;#]*))",
    re.MULTILINE,
)
_NAME: Final = re.compile(r"[^\W\d][\w.]*")
_RENAMED: Final = re.compile(r"\bas\s+\w+")
_LISP_NAME: Final = re.compile(r"[A-Za-z_][\w*+!?<>=-]*(?:\.[\w*+!?<>=-]+)*")


def python_mentions(text: str) -> tuple[str, ...]:
    """`a.b` for `import a.b`, and for `from a import b` both `a` and `a.b`; relative ones begin with their dots."""
    return tuple(dict.fromkeys(_python(text)))


def _python(text: str) -> Iterator[str]:
    for match in _PYTHON.finditer(text):
        if (modules := match["modules"]) is not None:
            yield from _NAME.findall(_RENAMED.sub("", modules))
            continue
        base = match["dots"] + match["base"]
        yield base
        joint = "" if not match["base"] else "."
        yield from (base + joint + name for name in _NAME.findall(_RENAMED.sub("", match["names"])))


def basilisp_mentions(text: str) -> tuple[str, ...]:
    """Every name that could be a namespace's, as Python has it."""
    return tuple(dict.fromkeys(name.replace("-", "_") for name in _LISP_NAME.findall(text)))


def absolute(mention: str, module: str, *, is_package: bool) -> str | None:
    """The full name of what a module mentions; None when that is above its top."""
    name = mention.lstrip(".")
    level = len(mention) - len(name)
    if level == 0:
        return name
    parts = module.split(".")
    kept = len(parts) - level + is_package
    return ".".join([*parts[:kept], *([name] if name else [])]) if kept > 0 else None
