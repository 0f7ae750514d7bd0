"""Completion and lookup for Python: what its code says, read by another process, joined with what the device tells.

The device knows what names really are, the code what has not been evaluated, and what values have that no class tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from bridge.analyst_link import AnalystLink
from bridge.analyst_questions import Answer, Name, Question
from middleware.candidates import Candidate
from middleware.mirror import BUILTINS, MAIN, Mirror, Namespace, Symbol
from middleware.python_code import callee, is_import, stem_of, trail_of
from middleware.python_mirror_names import MirrorNames
from middleware.python_source import PythonSource

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
        self._told = MirrorNames()

    async def complete(
        self, source: PythonSource, prefix: str, mirror: Mirror, ns: str, *, documented: bool = False
    ) -> list[Candidate]:
        """See PythonNames."""
        if len(prefix) > MAX_CODE_CHARS:
            return []
        question = self._question("complete", source, prefix, mirror, ns, documented=documented)
        answer = await self._link.ask(source, question) or _NOTHING
        trail = trail_of(prefix)
        told: list[Candidate] = []
        if trail is not None and not is_import(prefix):
            told = await self._told.complete(source, trail, mirror, ns, documented=documented)
            told = [each._replace(candidate=prefix.removesuffix(trail) + each.candidate) for each in told]
        module, stem = mirror.module(ns), stem_of(prefix)
        guessed = [each for each in told if each.ns == BUILTINS]  # the device may not have told what they are
        found = [each for each in told if each.ns != BUILTINS]
        found += (
            Candidate(stem + name, _CIDER_TYPES.get(kind, kind), module.name)
            for name, kind in answer["typed"].items()
            if _may_have(module, name)
        )
        found += (_candidate(each, stem) for each in answer["names"])
        return _joined(prefix, [*found, *guessed])

    async def lookup(self, source: PythonSource, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        """See PythonNames."""
        if len(symbol) > MAX_CODE_CHARS:
            return None
        question = self._question("look_up", source, symbol, mirror, ns, documented=True)
        answer = await self._link.ask(source, question) or _NOTHING
        if answer["names"]:
            return _symbol(answer["names"][0])
        trail = trail_of(callee(symbol) or symbol)
        found = await self._told.lookup(source, trail, mirror, ns) if trail else None
        return replace(found, file=None, line=None, column=None) if found else None  # it is the device's file

    def _question(
        self, op: str, source: PythonSource, code: str, mirror: Mirror, ns: str, *, documented: bool
    ) -> Question:
        module = mirror.module(ns)
        return {
            "op": op,
            "code": code,
            "typed": source.typed(module.name),
            "file": str(self._project / module.file) if module.file and module.name != MAIN else None,
            "hint": _hint(module, code),
            "unsaved": {str(self._project / path): text for path, text in source.files().items()},
            "documented": documented,
        }


def _may_have(module: Namespace, name: str) -> bool:
    """Whether what code says to be there can be: a crash or a rewind may have taken it, or its eval have failed."""
    return not module.is_described or name in module.symbols or name in module.imports


def _hint(module: Namespace, code: str) -> str:
    """Python that says what the first name is of the dotted one that code ends in; "" when the device does not."""
    name = (trail_of(code) or "").partition(".")[0]
    found = module.symbols.get(name)
    if name in module.imports:
        found = Symbol(name, "module", target=module.imports[name])
    full_name = (found.target or found.class_name or "") if found is not None else ""
    home, _, own_name = full_name.rpartition(".")
    if found is None or not all(part.isidentifier() for part in full_name.split(".")):
        return ""
    if found.type == "module":
        return f"import {full_name} as {name}\n"
    if not home:
        return ""
    if found.target is not None:
        return f"from {home} import {own_name} as {name}\n"
    return f"{name}: {own_name}\n" if home == module.name else f"import {home}\n{name}: {full_name}\n"


def _joined(prefix: str, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Each once, as it was told first: what begins as typed before what goes with its parts, private names last."""

    def rank(each: Candidate) -> tuple[bool, bool, bool, str, str]:
        name = each.candidate.rpartition(".")[2]
        is_near = each.candidate.startswith(prefix)
        return not is_near, name.startswith("__"), name.startswith("_"), name.casefold(), name

    first: dict[str, Candidate] = {}
    for each in candidates:
        first.setdefault(each.candidate, each)
    return sorted(first.values(), key=rank)


def _candidate(read: Name, stem: str) -> Candidate:
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
