"""Basilisp's printer as Clojure's users expect it, and within a quota. Imported with Basilisp only.

Basilisp prints through a few functions that its collection types look up by name; they are replaced, so that
`pr-str` and everything else that prints goes the same way. The quota holds only while a value is printed for a
client.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from basilisp.lang import map as lmap
from basilisp.lang import obj, runtime
from basilisp.lang import symbol as sym

from device_server.languages.shown import Budget, Shown

_ESCAPES = str.maketrans({
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\b": "\\b",
})  # fmt: skip
_ELLIPSIS = sym.symbol("...")


class _Printing:
    """What is being printed for a client, if anything is."""

    budget: Budget | None = None


def bounded_pr_str(value: object, quota: int) -> Shown:
    """As `pr-str`, at most `quota` characters of it."""
    _Printing.budget = budget = Budget(quota)
    try:
        return budget.shown(str(runtime.lrepr(value)))
    finally:
        _Printing.budget = None


def install() -> None:
    """Replace Basilisp's printers of strings and collections."""
    obj.lrepr.register(str, _string)
    _replace("seq_lrepr", obj.seq_lrepr, _bounded_seq(obj.seq_lrepr))
    _replace("map_lrepr", lmap.map_lrepr, _bounded_map(lmap.map_lrepr))


def _replace(name: str, original: Callable[..., str], new: Callable[..., str]) -> None:
    """In every module of Basilisp that has imported the function, under its own name or with an underscore."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("basilisp.lang."):
            for known in (name, f"_{name}"):
                if getattr(module, known, None) is original:
                    setattr(module, known, new)


def _string(o: str, human_readable: bool = False, print_readably: bool = True, **_: object) -> str:
    """Basilisp escapes everything beyond ASCII; Clojure, and so every client, expects the text itself."""
    text = o if _Printing.budget is None else _Printing.budget.text(o)
    return text if human_readable or not print_readably else f'"{text.translate(_ESCAPES)}"'


def _bounded_seq(original: Callable[..., str]) -> Callable[..., str]:
    def seq_lrepr(iterable: Iterable[object], start: str, end: str, **settings: object) -> str:
        budget = _Printing.budget
        return original(iterable if budget is None else budget.items(iterable, _ELLIPSIS), start, end, **settings)

    return seq_lrepr


def _bounded_map(original: Callable[..., str]) -> Callable[..., str]:
    def map_lrepr(entries: Callable[[], Iterable[object]], start: str, end: str, **settings: object) -> str:
        budget = _Printing.budget
        within = entries if budget is None else lambda: budget.items(entries())
        return original(within, start, end, **settings)

    return map_lrepr
