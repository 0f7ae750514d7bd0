"""Completion and lookup for Python: what its code says, read by another process, joined with what the device tells.

The device knows what names really are, the code what has not been evaluated, and what values have that no class tells.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from bridge.analyst_link import AnalystLink
from bridge.python_questions import Answer, Name, Question
from middleware import python_mirror
from middleware.candidates import Candidate
from middleware.mirror import Mirror, Symbol
from middleware.python_source import MAIN, PythonSource

MAX_CODE_CHARS: Final = 4096
"""Nothing is known of longer code, which is not what somebody types."""

_CIDER_TYPES: Final = {"variable": "var", "module": "namespace"}
_NOTHING: Final[Answer] = {"names": [], "typed": {}}


class NamesOfPython:
    """See middleware.python_names.PythonNames."""

    def __init__(self, project: Path, link: AnalystLink) -> None:
        """Files of `project` may be told by a path that begins there."""
        self._project = project
        self._link = link

    async def complete(
        self, source: PythonSource, prefix: str, mirror: Mirror, ns: str, *, documented: bool = False
    ) -> list[Candidate]:
        """See PythonNames."""
        if len(prefix) > MAX_CODE_CHARS:
            return []
        question = self._question("complete", source, prefix, mirror, ns, documented=documented)
        answer = await self._link.ask(source, question) or _NOTHING
        module = python_mirror.module_of(mirror, ns)
        told = python_mirror.following(mirror, ns, prefix)
        typed = {name: kind for name, kind in answer["typed"].items() if python_mirror.may_have(module, name)}
        stem = python_mirror.stem_of(prefix)
        return _joined(
            *(_of_symbol(each, stem, documented=documented) for each in told),
            *(Candidate(stem + name, _CIDER_TYPES.get(kind, kind), module.name) for name, kind in typed.items()),
            *(_of_name(each, stem) for each in answer["names"]),
        )

    async def lookup(self, source: PythonSource, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        """See PythonNames."""
        if len(symbol) > MAX_CODE_CHARS:
            return None
        question = self._question("look_up", source, symbol, mirror, ns, documented=True)
        answer = await self._link.ask(source, question) or _NOTHING
        if answer["names"]:
            return _symbol(answer["names"][0])
        return python_mirror.find(mirror, ns, python_mirror.callee(symbol) or symbol)

    def _question(
        self, op: str, source: PythonSource, code: str, mirror: Mirror, ns: str, *, documented: bool
    ) -> Question:
        module = python_mirror.module_of(mirror, ns)
        return {
            "op": op,
            "code": code,
            "typed": source.typed(module.name),
            "file": str(self._project / module.file) if module.file and module.name != MAIN else None,
            "hint": python_mirror.hint(mirror, ns, code),
            "unsaved": {str(self._project / path): text for path, text in source.files().items()},
            "documented": documented,
        }


def _joined(*candidates: Candidate) -> list[Candidate]:
    """Each once, as it was told first; private names after the others."""
    first: dict[str, Candidate] = {}
    for each in candidates:
        first.setdefault(each.candidate, each)
    return sorted(first.values(), key=_rank)


def _rank(candidate: Candidate) -> tuple[bool, bool, str, str]:
    name = candidate.candidate.rpartition(".")[2]
    return name.startswith("__"), name.startswith("_"), name.casefold(), name


def _of_symbol(told: Symbol, stem: str, *, documented: bool) -> Candidate:
    kind = _CIDER_TYPES.get(told.type, told.type)
    if not documented:
        return Candidate(stem + told.name, kind)
    return Candidate(stem + told.name, kind, arglists=told.arglists, doc=told.doc)


def _of_name(read: Name, stem: str) -> Candidate:
    ns, arglists, doc = read.get("module") or None, tuple(read.get("arglists", ())), read.get("doc") or None
    return Candidate(stem + read["name"], read["type"], ns, arglists, doc)


def _symbol(read: Name) -> Symbol:
    return Symbol(
        read["name"],
        read["type"],
        arglists=tuple(read.get("arglists", ())),
        doc=read.get("doc") or None,
        file=read.get("file"),
        line=read.get("line"),
        column=read.get("column"),
        class_name=read.get("class_name"),
        target=read.get("full_name") or None,
    )
