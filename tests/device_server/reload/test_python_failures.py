"""Edits of Python that fail at each step: of the program nothing has changed, down to the identities of its objects."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Iterator

import pytest

from device_server.languages import Source, buffers
from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Reloading
from device_server.reload.python_apply import PythonReloads
from device_server.reload.python_hooks import PythonHooks
from device_server.reload.reloader import Edited, Reloader
from tests.device_server.reload.injection import WatchedGate, failures_that_leave_nothing
from tests.device_server.reload.picture import Picture, picture

SHOP = """
import functools
from dataclasses import dataclass

RATE = 2
DOUBLE = RATE * 2
names = []

def price(n, factor=1):
    "What it costs."
    return n * RATE * factor

def logged(function):
    @functools.wraps(function)
    def call(*args):
        return function(*args)
    return call

@logged
def total(items):
    return sum(price(each) for each in items)

class Base:
    kind = "base"
    def cost(self):
        return 1

class Item(Base):
    limit = 10
    def cost(self):
        return super().cost() + 1
    @property
    def shown(self):
        return f"item {self.cost()}"
    @staticmethod
    def made():
        return Item()

@dataclass
class Row:
    name: str
    size: int = 0

items = [Item(), Item()]
row = Row("a", 1)
held = price
partly = functools.partial(price, 3)
callbacks = {"price": price, "bound": items[0].cost}
"""
TILL = "from shop_failing import price, RATE, Item\nALL = RATE + 1\n\ndef ring():\n    return price(1) + ALL\n"

EDITS = {
    "literal": [("RATE = 2", "RATE = 3"), ("limit = 10", "limit = 11")],
    "body": [("return n * RATE * factor", "extra = 1\n    return n * RATE * factor + extra"), ("+ 1\n", "+ 2\n")],
    "signature": [("factor=1", "factor=2, *, more=0"), ("def call(*args):", "def call(*args, **options):")],
    "bases": [("class Item(Base):", "class Item:"), ("super().cost() + 1", "5")],
    "class": [('kind = "base"', 'sort = "base"'), ("super().cost() + 1", "5")],
    "fields": [("size: int = 0", "size: int = 0\n    extra: int = 5")],
    "names": [("partly = functools.partial(price, 3)\n", ""), ("names = []", "names = [1]\nmore = 3\nimport json")],
    "imports": [
        ("import functools\n", "import functools\nimport colorsys\n"),
        ("DOUBLE = RATE * 2", "DOUBLE = RATE * 4"),
    ],
}


@pytest.fixture
def modules() -> Iterator[list[Loaded]]:
    files = [
        Loaded("shop_failing", "/src/shop_failing.py", "python", SHOP),
        Loaded("till_failing", "/src/till_failing.py", "python", TILL),
    ]
    for file in files:
        module = sys.modules[file.module] = types.ModuleType(file.module)
        module.__file__ = file.path
        buffers.remember_file(Source(file.text, file.path))
        exec(compile(file.text, file.path, "exec"), vars(module))
    yield files
    for file in files:
        del sys.modules[file.module]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edit_that_fails_at_any_step_leaves_nothing(modules: list[Loaded], edit: list[tuple[str, str]]) -> None:
    gate, loaded = WatchedGate(), LoadedSources()
    for file in modules:
        loaded.note(file)
    reloads = PythonReloads(loaded)
    reloader = Reloader(loaded, {"python": Reloading(reloads, PythonHooks(), lambda _: None)}, gate, lambda: False)

    def look() -> Picture:
        texts = [(each.path, each.text, linecache.getlines(each.path)) for each in loaded]
        roots: dict[str, object] = {each.module: sys.modules[each.module] for each in modules}
        return picture({**roots, "texts": repr(texts), "modules": repr([*sys.modules])})

    new = SHOP
    for before, after in edit:
        assert before in new
        new = new.replace(before, after)
    edits = ([Edited(modules[0].path, new)], [Edited(modules[0].path, SHOP)])
    assert failures_that_leave_nothing(reloader, edits, gate, look, strides=(1, 41)) > 10
