"""What an edit has changed so far, and which other forms that concerns: by the names they use."""

from __future__ import annotations

from collections import defaultdict
from typing import TypeAlias

from basilisp.lang import runtime
from basilisp.lang import symbol as sym

from device_server.reload.basilisp_definitions import defined, is_function, used, used_at_once
from device_server.reload.basilisp_forms import Form, head, tree

Name: TypeAlias = tuple[str, str]
"""A namespace, and a name in it."""
_MACRO = "(defmacro"


class Effects:
    """Grows while the edit is applied."""

    def __init__(self) -> None:
        self.compiled_in: set[Name] = set()
        """What is part of the compiled code of those who use it: macros and inline functions."""
        self.values: set[Name] = set()
        """Vars whose value is another one, not a renewed one."""
        self.gone: set[Name] = set()
        """Vars that have been taken out."""
        self.functions: set[Name] = set()
        """Functions that do something else now: whatever macro calls them expands to something else."""
        self.rebound: defaultdict[str, set[str]] = defaultdict(set)
        """Namespace -> the aliases and referred names that mean something else there now."""

    def may_concern(self, text: str, *, has_macros: bool) -> bool:
        """Whether a file can have a form that they concern; quick, and no is certain."""
        names = self.compiled_in | self.values | self.gone | (self.functions if has_macros else set())
        return any(name in text for _, name in names)

    def concern(self, form: Form) -> bool:
        """Whether the form must be evaluated for them. Goes on from a macro whose expansions change to its users."""
        rebound = self.rebound.get(form.namespace, ())
        hard = self.compiled_in | {name for name in self.gone if name[0] == form.namespace}
        names = {name for _, name in hard | self.values | self.functions}
        if not any(name in form.text for name in names) and not any(name in form.text for name in rebound):
            return False
        shape = tree(form.text)
        symbols = used(shape)
        if any(symbol in rebound or symbol.partition("/")[0] in rebound for symbol in symbols):
            return True
        if self._meant(symbols, names, form.namespace) & hard:
            return True
        if self._meant(used_at_once(shape), names, form.namespace) & self.values:
            return True
        self._spread(form, self._meant(symbols, names, form.namespace))
        return False

    def users_of_gone(self, form: Form) -> set[Name]:
        """Which names of those that are gone a form of another namespace uses."""
        gone = {name for name in self.gone if name[0] != form.namespace and name[1] in form.text}
        return self._meant(used(tree(form.text)), {name for _, name in gone}, form.namespace) & gone if gone else set()

    def _spread(self, form: Form, meant: set[Name]) -> None:
        if not meant & self.functions:
            return
        shape = tree(form.text)
        names = {(form.namespace, name) for name in defined(shape)}
        if head(shape) == "defmacro":
            self.compiled_in |= names
        elif is_function(shape):
            self.functions |= names

    def _meant(self, symbols: frozenset[str], names: set[str], namespace: str) -> set[Name]:
        """What those of the symbols that have one of these names refer to."""
        owner = runtime.Namespace.get(sym.symbol(namespace))
        found: set[Name] = set()
        for symbol in symbols:
            prefix, slash, name = symbol.rpartition("/")
            if owner is not None and name in names:
                resolved = runtime.resolve_alias(sym.symbol(name, ns=prefix if slash and prefix else None), owner)
                found.add((resolved.ns or namespace, resolved.name))
        return found


def has_macros(text: str) -> bool:
    """Whether a file defines macros, as far as its text tells."""
    return _MACRO in text
