"""In which order namespaces are loaded so that each comes after what it uses. Pure: names, texts and the mirror."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from middleware.mirror import Namespace
from middleware.project_sources import SourceFile

_NAME: Final = re.compile(r"[\w.*+!?<>=-]+")


def in_order(files: Mapping[str, SourceFile], known: Mapping[str, Namespace]) -> list[str]:
    """The names of `files`, each after those that it uses; in a circle, as good as can be.

    What a namespace uses is what it has been told to use, in `known`, and what its text, which may be newer, names.
    """
    ordered: dict[str, None] = {}
    begun: set[str] = set()

    def visit(start: str) -> None:
        """Depth first, without recursion: chains of imports may be long."""
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(uses(start)))]
        begun.add(start)
        while stack:
            name, rest = stack[-1]
            used = next(rest, None)
            if used is None:
                ordered[name] = None
                stack.pop()
            elif used not in begun:
                begun.add(used)
                stack.append((used, iter(uses(used))))

    def uses(name: str) -> list[str]:
        told = _uses(known[name]) if name in known else ()
        mentioned = {*told, *_NAME.findall(files[name].text)}
        return sorted({owner for each in mentioned if (owner := _owner(each, files)) not in (None, name)} - {None})

    for name in sorted(files):
        if name not in begun:
            visit(name)
    return [*ordered]


def _uses(namespace: Namespace) -> Iterable[str]:
    yield from namespace.aliases.values()
    yield from (name.partition("/")[0] for name in namespace.refers.values())
    yield from namespace.imports.values()


def _owner(name: str, files: Mapping[str, SourceFile]) -> str | None:
    """The longest beginning of a dotted name that is one of the files' names: `app.model` of `app.model.Item`."""
    while name and name not in files:
        name = name.rpartition(".")[0]
    return name or None
