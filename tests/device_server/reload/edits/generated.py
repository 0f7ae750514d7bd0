"""Modules made at random: each name has a few things that it may be, and each edit chooses anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from hypothesis import strategies as st

Choice = Mapping[str, str]
"""Name -> the text that defines it; empty where the module has it not."""

HEAD: Final = """\
COUNT = 0
def step():
    global COUNT
    COUNT += 1
    return COUNT
def add(n):
    def decorate(f):
        def wrapper(*args):
            return f(*args) + n
        return wrapper
    return decorate
"""
"""What no edit changes: a counter, which must never go back."""

_numbers = st.integers(0, 3)
_comments = st.sampled_from(["", "# a word\n", "\n\n", "# two\n# words\n"])
_expressions = st.sampled_from(
    ["{k}", "x + {k}", "x * {k}", "[x, {k}]", "sum(i + {k} for i in range(x))", "(lambda y: y + {k})(x)", "A + {k}"]
)
_bodies = st.sampled_from(
    [
        "    return {e}\n",
        "    y = {e}\n    return y\n",
        "    def inner(x):\n        return {e}\n    return inner(x)\n",
        '    """Says something."""\n    if x > {k}:\n        return {e}\n    return None\n',
        "    yield {e}\n",
        "    for y in range(2):\n        yield {e}\n",
        "    return A, {e}\n",
    ]
)


def _filled(parts: tuple[str, str, int]) -> str:
    body, expression, number = parts
    return body.replace("{e}", expression).replace("{k}", str(number))


_filled_bodies = st.tuples(_bodies, _expressions, _numbers).map(_filled)
_plain_bodies = st.tuples(st.just("    return {e}\n"), st.sampled_from(["{k}", "x + {k}", "x * {k}"]), _numbers).map(
    _filled
)


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _function(name: str, before: str = "", arguments: str = "x=2") -> st.SearchStrategy[str]:
    return st.tuples(_comments, _filled_bodies).map(
        lambda both: f"{both[0]}{before}def {name}({arguments}):\n{both[1]}"
    )


def _class(name: str, bases: list[str], optional: str) -> st.SearchStrategy[str]:
    method = _filled_bodies.map(lambda body: _indented(f"def f(self, x=2):\n{body}"))
    more = _plain_bodies.map(lambda body: _indented(f"{optional}def g(self, x=2):\n{body}"))
    attribute = _numbers.map(lambda number: f"    n = {number}\n")
    parts = st.tuples(st.sampled_from(bases), attribute | st.just(""), method, more | st.just(""))
    return parts.map(lambda each: f"class {name}{each[0]}:\n{each[1]}{each[2]}{each[3]}")


_always = {
    "A": _numbers.map(lambda number: f"A = {number}\n"),
    "f": _function("f"),
    "decorated": st.tuples(_comments, _plain_bodies).map(
        lambda both: f"{both[0]}@add(10)\ndef decorated(x=2):\n{both[1]}"
    ),
    "Base": _class("Base", [""], ""),
    "Derived": _class("Derived", ["(Base)"], ""),
    "make": _plain_bodies.map(
        lambda body: f"def make(a):\n    def inner(x=2):\n        a\n{_indented(body)}    return inner\n"
    ),
}
"""What every version has, always of the same kind: so what the program holds of it must follow."""

_sometimes = {
    "B": st.sampled_from(["B = A + {k}\n", "B = [A] * {k}\n", "B = {k}\n"]),
    "C": st.sampled_from(["C = str(A)\n", "C = 'text'\n", "C: int = {k}\n", "C = D = {k}\n"]),
    "g": _function("g") | _function("g", before="@add(1)\n") | _function("g", arguments="x, /, y={k}"),
    "h": _function("h", arguments="x=A"),
    "lazy": st.sampled_from(["lazy = lambda x=1: x + {k}\n", "lazy = [lambda x: x, lambda x: x + {k}]\n"]),
    "Other": _class("Other", ["", "(Base)", "(Derived)"], ""),
    "Point": st.sampled_from(
        [
            "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int = {k}\n",
            "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int = {k}\n    y: int = 2\n",
            "from typing import NamedTuple\nclass Point(NamedTuple):\n    x: int = {k}\n",
            "class Point:\n    __slots__ = ('x',)\n    def __init__(self):\n        self.x = {k}\n",
        ]
    ),
    "choice": st.tuples(_plain_bodies, _plain_bodies).map(
        lambda both: "if A > 1:\n" + "else:\n".join(_indented(f"def choice(x=2):\n{body}") for body in both)
    ),
    "Props": st.tuples(
        st.sampled_from(["", "@property\n", "@staticmethod\n", "@classmethod\n"]),
        st.sampled_from(["", "x=2"]),
        _numbers,
    ).map(lambda each: f"class Props:\n    n = A\n{_indented(f'{each[0]}def p(*x):{chr(10)}    return {each[2]}')}"),
    "Super": _plain_bodies.map(
        lambda body: f"class Super(Base):\n    def f(self, x=2):\n        super().f()\n{_indented(body)}"
    )
    | _plain_bodies.map(lambda body: f"class Super(Base):\n    def f(self, x=2):\n{_indented(body)}"),
    "Color": st.sampled_from(
        [
            "from enum import Enum\nclass Color(Enum):\n    RED = {k}\n",
            "from enum import Enum\nclass Color(Enum):\n    RED = 7\n    BLUE = {k}\n",
        ]
    ),
    "math": st.sampled_from(["import math\n", "from math import pi as math\n"]),
    "TABLE": st.sampled_from(["TABLE = {i: A for i in range({k})}\n", "TABLE = [{k}, A]\n", "TABLE = {k}, {k}\n"]),
}

choices: st.SearchStrategy[Choice] = st.fixed_dictionaries(
    {
        **_always,
        **{
            name: st.just("") | st.tuples(text, _numbers).map(lambda both: both[0].replace("{k}", str(both[1])))
            for name, text in _sometimes.items()
        },
    }
)


def text(choice: Choice) -> str:
    """The module, its names always in the same order: each uses only those above it as it is imported."""
    return HEAD + "".join(choice[name] for name in (*_always, *_sometimes))
