"""What the mirror knows of Python names: dotted ones are followed through modules, classes and values. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Final

from middleware.mirror import Mirror, Namespace, Symbol
from middleware.python_source import MAIN

_TRAIL: Final = re.compile(r"(?<![\w.])(?:[^\W\d]\w*\.)*(?:[^\W\d]\w*)?\Z")
_IMPORT: Final = re.compile(r"\s*(import|from)\b")
_NO_BEGINNING: Final = tuple(".])}'\"")
_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}
_BUILTINS: Final = Symbol("builtins", "module")


def module_of(mirror: Mirror, ns: str) -> Namespace:
    """The Python module that code in `ns` is evaluated in: that one, or `__main__` when it is none."""
    for name in (ns, MAIN):
        found = mirror.namespaces.get(name)
        if found is not None and found.lang == "python":
            return found
    return Namespace(MAIN, lang="python", is_described=False)


def may_have(module: Namespace, name: str) -> bool:
    """Whether what code says to be there can be: a crash or a rewind may have taken it, or its eval have failed."""
    return not module.is_described or name in module.symbols or name in module.imports


def stem_of(code: str) -> str:
    """Code without the name, maybe unfinished, that it ends in."""
    end = len(code)
    while end and (code[end - 1].isalnum() or code[end - 1] == "_"):
        end -= 1
    return code[:end]


def callee(code: str) -> str | None:
    """The code before the innermost `(` that is not closed; None when all are, or another bracket is open within."""
    closed: list[str] = []
    for index in range(len(code) - 1, -1, -1):
        char = code[index]
        if char in _BRACKETS:
            closed.append(_BRACKETS[char])
        elif char in _BRACKETS.values():
            if not closed:
                return code[:index] if char == "(" else None
            if closed.pop() != char:
                return None
    return None


def following(mirror: Mirror, ns: str, code: str) -> list[Symbol]:
    """What the device has that the code may end in, if the code ends in a name or the beginning of one."""
    trail = _trail(code)
    if trail is None or _IMPORT.match(code.rpartition("\n")[2]):
        return []
    holder, dot, beginning = trail.rpartition(".")
    found = find(mirror, ns, holder) if dot else None
    if found is not None:
        return [each for each in _attributes(mirror, found) if each.name.startswith(beginning)]
    return [] if dot else [each for each in _names_in(module_of(mirror, ns)) if each.name.startswith(beginning)]


def find(mirror: Mirror, ns: str, code: str) -> Symbol | None:
    """What the dotted name stands for that code ends in."""
    first, *rest = (_trail(code) or "").split(".")
    found = _in_module(module_of(mirror, ns), first) or _attribute(mirror, _BUILTINS, first)
    for name in rest:
        found = _attribute(mirror, found, name) if found is not None else None
    return found


def hint(mirror: Mirror, ns: str, code: str) -> str:
    """Python that says what the first name is of the dotted one that code ends in; "" when that is not known."""
    module, name = module_of(mirror, ns), (_trail(code) or "").partition(".")[0]
    found = _in_module(module, name)
    full_name = (found.target or found.class_name or "") if found is not None else ""
    if found is None or not all(part.isidentifier() for part in full_name.split(".")):
        return ""
    home, _, own_name = full_name.rpartition(".")
    if found.type == "module":
        return f"import {full_name} as {name}\n"
    if not home:
        return ""
    if found.target is not None:
        return f"from {home} import {own_name} as {name}\n"
    return f"{name}: {own_name}\n" if home == module.name else f"import {home}\n{name}: {full_name}\n"


def _trail(code: str) -> str | None:
    """The dotted name that code ends in, `x.ap` of `f(x.ap`; None when it ends in `f().ap`."""
    found = _TRAIL.search(code)
    return None if found is None or code[: found.start()].endswith(_NO_BEGINNING) else found[0]


def _names_in(module: Namespace) -> Iterable[Symbol]:
    imported = (Symbol(name, "module", target=target) for name, target in module.imports.items())
    return chain(module.symbols.values(), imported)


def _attributes(mirror: Mirror, of: Symbol) -> Iterable[Symbol]:
    if of.type == "module":
        module = mirror.namespaces.get(of.target or of.name)
        return _names_in(module) if module is not None else ()
    return _members(mirror, of)


def _members(mirror: Mirror, of: Symbol) -> Sequence[Symbol]:
    """What a class or value has; of one from elsewhere, what is known there."""
    if of.members:
        return of.members
    home, _, name = (of.class_name or of.target or "").rpartition(".")
    module = mirror.namespaces.get(home)
    found = module.symbols.get(name) if module is not None else None
    return found.members if found is not None else ()


def _attribute(mirror: Mirror, of: Symbol, name: str) -> Symbol | None:
    if of.type == "module":
        module = mirror.namespaces.get(of.target or of.name)
        return _in_module(module, name) if module is not None else None
    return next((each for each in _members(mirror, of) if each.name == name), None)


def _in_module(module: Namespace, name: str) -> Symbol | None:
    if name in module.imports:
        return Symbol(name, "module", target=module.imports[name])
    return module.symbols.get(name)
