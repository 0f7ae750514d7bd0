"""Which names code can change: held against what running it does change."""

from __future__ import annotations

import pytest

from device_server.languages.python_stores import Stores, stores_of


def stores(source: str) -> Stores:
    return stores_of(compile(source, "<test>", "exec"))


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("1 + 1", set()),
        ("x = 1", {"x"}),
        ("x, (y, *z) = 1, (2, 3)", {"x", "y", "z"}),
        ("x += 1", {"x"}),
        ("x: int = 1", {"x", "__annotations__"}),
        ("del x", {"x"}),
        ("for i in []: pass", {"i"}),
        ("with open('f') as f: pass", {"f"}),
        ("try: pass\nexcept OSError as e: pass", {"e"}),
        ("import os.path, json as j", {"os", "j"}),
        ("from os import path as p", {"p"}),
        ("def f(): y = 1", {"f"}),
        ("async def f(): pass", {"f"}),
        ("class A:\n  y = 1", {"A"}),
        ("if x:\n  y = 1\nelse:\n  z = 1", {"y", "z"}),
        ("[(y := x) for x in [1]]", {"y"}),
        ("def f():\n  global g\n  g = 1", {"f", "g"}),
        ("def f():\n  def h():\n    global g\n    del g", {"f", "g"}),
        ("class A:\n  def m(self):\n    global g\n    g = 1", {"A", "g"}),
        ("match 1:\n  case n: pass", {"n"}),
    ],
)
def test_every_statement_that_binds_a_name_is_known(source: str, names: set[str]) -> None:
    assert stores(source).lines.keys() - {"__annotations__"} == names - {"__annotations__"}


def test_the_line_is_that_of_the_last_store() -> None:
    assert stores("x = 1\n\nx = 2\ny = 1\nclass A:\n  pass\n").lines == {"x": 3, "y": 4, "A": 5}


def test_names_beyond_the_reach_of_one_byte_are_read() -> None:
    source = "\n".join(f"x{number} = {number}" for number in range(70000))
    assert stores(source).lines == {f"x{number}": number + 1 for number in range(70000)}


def test_imports_are_seen_wherever_they_are() -> None:
    assert not stores("x = 1").imports
    assert stores("import os").imports
    assert stores("def f():\n  import os").imports
    assert not stores("from os import path").imports_all
    assert stores("from os import *").imports_all
