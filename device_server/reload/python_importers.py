"""Which loaded files import a module, or names from it, by their texts. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from device_server.loaded import Loaded, LoadedSources

_FROM = re.compile(r"^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*([^\n#;]*)", re.MULTILINE)
_IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n#;]*)", re.MULTILINE)
_NAME = re.compile(r"(?:^|,)[\s(]*([.\w]+)")


class Importers:
    """Looked up for every edit of a value, so what the texts say is kept until they change."""

    def __init__(self, loaded: LoadedSources) -> None:
        self._loaded = loaded
        self._seen: dict[str, Loaded] = {}
        self._sources: dict[str, tuple[str, ...]] = {}

    def of(self, module: str) -> list[Loaded]:
        """The files that import the module, or names from it, in the order in which they were loaded."""
        return [each for each in self._loaded if each.lang == "python" and module in self._modules(each)]

    def _modules(self, file: Loaded) -> tuple[str, ...]:
        """Those that a file may import, or import names from."""
        if self._seen.get(file.path) is not file:
            self._seen[file.path] = file
            self._sources[file.path] = tuple(_imported(file))
        return self._sources[file.path]


def _imported(file: Loaded) -> Iterator[str]:
    for name, names in set(_FROM.findall(file.text)):
        source = absolute(name, file.module, file.path)
        yield source
        yield from (f"{source}.{each}" for each in _NAME.findall(names))
    for names in set(_IMPORT.findall(file.text)):
        yield from _NAME.findall(names)


def absolute(name: str, module: str, path: str) -> str:
    """The full name of a module that another imports as `name`, with leading dots when it is relative."""
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    if level == 0:
        return name
    parts = module.split(".")
    is_package = path.endswith("__init__.py")
    package = parts[: len(parts) - level + is_package]
    return ".".join([*package, *([bare] if bare else [])])
