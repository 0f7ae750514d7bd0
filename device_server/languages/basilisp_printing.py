"""Basilisp's printer as Clojure's users expect it, pretty if wanted, and within a quota. Imported with Basilisp only.

Basilisp prints through a few functions that its collection types look up by name; they are replaced, so that
`pr-str` and everything else that prints goes the same way. Quota and lines hold only while a value is printed for a
client.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeAlias

from basilisp.lang import keyword, obj, runtime, vector
from basilisp.lang import map as lmap
from basilisp.lang import symbol as sym

from device_server import wire
from device_server.languages.pretty import Group, laid_out
from device_server.languages.shown import BoundedWriter, Budget, QuotaExceededError, Shown, Style, first, shortened

Settings: TypeAlias = dict[str, object]
"""What Basilisp's printers pass on to each other: `print_length` and so on."""
SeqPrinter: TypeAlias = Callable[..., str]
Pair: TypeAlias = tuple[object, object]

_ESCAPES = str.maketrans({
    '"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f", "\b": "\\b",
})  # fmt: skip
_ELLIPSIS = sym.symbol("...")


@dataclass(frozen=True, slots=True)
class _Printing:
    """A value that is being printed for a client."""

    budget: Budget
    style: Style

    @property
    def is_structured(self) -> bool:
        """Whether Basilisp's own printers will not do."""
        return self.style.width is not None or self.style.atom is not None


class _Now(threading.local):
    """What is being printed for a client, if anything is. Other threads print without a quota meanwhile."""

    printing: _Printing | None = None


_now = _Now()


def bounded_pr_str(value: object, style: Style) -> Shown:
    """As `pr-str`, at most `style.quota` characters of it."""
    budget = Budget(style.quota)
    _now.printing = printing = _Printing(budget, style)
    try:
        with _limits(style):
            text = _item(value, runtime.lrepr, printing) if printing.is_structured else str(runtime.lrepr(value))
    finally:
        _now.printing = None
    return budget.shown(text if style.width is None else laid_out(text, style.width))


def written(printer: Callable[..., object], value: object, options: wire.Message, quota: int) -> Shown:
    """What a printer `(fn [value writer options])` writes, until the quota is used up. Raises: what it raises."""
    writer = BoundedWriter(quota)
    try:
        printer(value, writer, _clojure(options))
    except QuotaExceededError:
        return Shown(writer.text, is_cut=True)
    return Shown(writer.text, is_cut=False)


def _clojure(value: wire.JSON) -> object:
    """JSON as Clojure's data, keys as keywords."""
    if isinstance(value, dict):
        return lmap.map({keyword.keyword(key): _clojure(each) for key, each in value.items()})
    return vector.vector(map(_clojure, value)) if isinstance(value, list) else value


@contextmanager
def _limits(style: Style) -> Iterator[None]:
    """Where the style says nothing, the program's settings hold."""
    wanted = {"*print-length*": style.length, "*print-level*": style.level}
    bound = {
        runtime.Var.find_safe(sym.symbol(name, ns=runtime.CORE_NS)): value
        for name, value in wanted.items()
        if value is not None
    }
    for var, value in bound.items():
        var.push_bindings(value)
    try:
        yield
    finally:
        for var in bound:
            var.pop_bindings()


def install() -> None:
    """Replace Basilisp's printers of strings and collections."""
    obj.lrepr.register(str, _string)
    obj.lrepr.register(list, lambda o, **settings: _python("[", "]", obj.seq_lrepr, o, settings))
    obj.lrepr.register(tuple, lambda o, **settings: _python("(", ")", obj.seq_lrepr, o, settings))
    obj.lrepr.register(set, lambda o, **settings: _python("#{", "}", obj.seq_lrepr, o, settings))
    obj.lrepr.register(dict, lambda o, **settings: _python("{", "}", lmap.map_lrepr, o.items, settings))
    _replace("seq_lrepr", obj.seq_lrepr, _bounded_seq(obj.seq_lrepr))
    _replace("map_lrepr", lmap.map_lrepr, _bounded_map(lmap.map_lrepr))


def _python(begin: str, end: str, printer: SeqPrinter, content: object, settings: Settings) -> str:
    """Python's own collections; Basilisp puts their mark before what is printed already, which loses the groups."""
    return printer(content, f"#py {begin}", end, **settings)


def _replace(name: str, original: SeqPrinter, new: SeqPrinter) -> None:
    """In every module of Basilisp that has imported the function, under its own name or with an underscore."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("basilisp.lang."):
            for known in (name, f"_{name}"):
                if getattr(module, known, None) is original:
                    setattr(module, known, new)


def _string(o: str, human_readable: bool = False, print_readably: bool = True, **_: object) -> str:
    """Basilisp escapes everything beyond ASCII; Clojure, and so every client, expects the text itself."""
    text = o if _now.printing is None else _within(o, _now.printing)
    return text if human_readable or not print_readably else f'"{text.translate(_ESCAPES)}"'


def _within(text: str, printing: _Printing) -> str:
    atom = printing.style.atom
    if atom is None or len(text) <= atom:
        return printing.budget.text(text)
    return printing.budget.text(text[:atom]) + "..."


def _bounded_seq(original: SeqPrinter) -> SeqPrinter:
    def seq_lrepr(iterable: Iterable[object], start: str, end: str, **settings: object) -> str:
        printing = _now.printing
        if printing is None:
            return original(iterable, start, end, **settings)
        if printing.is_structured and not _has_prefix(settings):
            return _structured(iterable, start, end, settings, printing)
        return original(printing.budget.items(iterable, _ELLIPSIS), start, end, **settings)

    return seq_lrepr


def _bounded_map(original: SeqPrinter) -> SeqPrinter:
    def map_lrepr(entries: Callable[[], Iterable[Pair]], start: str, end: str, **settings: object) -> str:
        printing = _now.printing
        if printing is None:
            return original(entries, start, end, **settings)
        if printing.is_structured and not _has_prefix(settings):
            return _structured(map(_Entry, entries()), start, end, settings, printing, ", ")
        return original(lambda: printing.budget.items(entries()), start, end, **settings)

    return map_lrepr


class _Entry:
    """A key and its value, on two lines where one does not hold both."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair


def _has_prefix(settings: Settings) -> bool:
    """Whether metadata or a namespace may have to be printed before the bracket."""
    return bool(settings["print_namespace_maps"] or (settings["print_meta"] and settings.get("meta")))


def _structured(
    items: Iterable[object], start: str, end: str, settings: Settings, printing: _Printing, separator: str = " "
) -> str:
    """A collection as a group, by the rules of Basilisp's own printers."""
    level, length = settings["print_level"], settings["print_length"]
    within = {key: value for key, value in settings.items() if key != "meta"} | {"human_readable": False}
    if isinstance(level, int):
        if level < 1:
            return str(obj.SURPASSED_PRINT_LEVEL)
        within["print_level"] = level - 1
    if not isinstance(length, int) or settings["print_dup"]:
        length = None

    def printed(item: object) -> str:
        if isinstance(item, _Entry):
            return Group("", (printed(each) for each in item.pair), "", " ")
        return _item(item, lambda each: obj.lrepr(each, **within), printing)

    some = printing.budget.items(first(length, items, _ELLIPSIS), _ELLIPSIS)
    return Group(start, map(printed, some), end, separator)


def _item(item: object, lrepr: Callable[[object], str], printing: _Printing) -> str:
    """What is neither text nor a group is cut by its printed form."""
    text = lrepr(item)
    return text if isinstance(item, str) or isinstance(text, Group) else shortened(text, printing.style.atom)
