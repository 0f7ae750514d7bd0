"""Projects of any size, one file of which is edited again and again: what the benchmarks of reloading measure on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

_BRANCHES: Final = 8
"""So many modules import one: a tree, lest the imports of a big project nest too deeply."""
_PART: Final = '''"""Part {number} of the project."""

import math
{imports}

NAME = "part {number}"
TABLE = {{name: number for number, name in enumerate(("alpha", "beta", "gamma", "delta"))}}


class Part:
    """Counts, and knows its name."""

    def __init__(self, amount=0):
        self.amount = amount
        self.history = []

    def add(self, amount):
        self.history.append(amount)
        self.amount += amount
        return self

    def mean(self):
        return sum(self.history) / len(self.history) if self.history else 0.0


def area(radius):
    return math.pi * radius**2


def described(part):
    lines = [f"{{NAME}}: {{part.amount}}"]
    for place, amount in enumerate(part.history):
        lines.append(f"{{place:3}} {{amount:8.2f}}")
    return "\\n".join(lines)


def total(parts):
    return sum(part.amount for part in parts if part.amount > 0)
'''
_HOT: Final = '''"""The file that is edited."""

from work.part0 import Part

COUNT = 0
RATE = {rate}


class Plain:
    pass


class Fancy:
    pass


class Item({base}):
    def price(self):
        return 3


{more}


def order(amount{argument}):
    global COUNT
    COUNT += 1
    return {body}


ITEMS = [Item() for _ in range(10)]
'''
_MORE: Final = '''def helper{number}(part, amount):
    """One of many beside the one that is edited."""
    if amount > {number}:
        return Part(amount).add({number}).mean()
    return [part.amount + each for each in range(amount)]
'''
_BUYER: Final = """from work.hot import RATE

DOUBLE = RATE * 2
"""

HOT: Final = "work/hot.py"
"""The edited file, below the project."""


def hot(rate: int = 1, body: str = "amount + 1", argument: str = "", base: str = "Plain") -> str:
    """The text of the edited file, some 150 lines."""
    more = "\n\n".join(_MORE.format(number=number) for number in range(20))
    return _HOT.format(rate=rate, body=body, argument=argument, base=base, more=more)


def write(folder: Path, size: int) -> None:
    """A project of `size` modules; `import main` imports them all."""
    work = folder / "work"
    work.mkdir(parents=True)
    (work / "__init__.py").write_text("")
    for number in range(size):
        imports = f"from work.part{(number - 1) // _BRANCHES} import Part as Base" if number else ""
        (work / f"part{number}.py").write_text(_PART.format(number=number, imports=imports))
    (folder / HOT).write_text(hot())
    (work / "buyer.py").write_text(_BUYER)
    everything = "".join(f"import work.part{number}\n" for number in range(size))
    (folder / "main.py").write_text(f"{everything}import work.hot\nimport work.buyer\n")


class Kind:
    """A kind of edit: the text of each round, and what the program says when it is there."""

    def __init__(self, text: Callable[[int], str], probe: str, says: Callable[[int], str]) -> None:
        self.text = text
        self.probe = probe
        """An expression; `work.hot` and `work.buyer` are imported."""
        self.says = says
        """Its repr, by round."""


KINDS: Final[Mapping[str, Kind]] = {
    "literal": Kind(lambda n: hot(body=f"amount + {n + 2}"), "work.hot.order(1)", lambda n: str(n + 3)),
    "body": Kind(
        lambda n: hot(body=f"sum([amount, {n}])" if n % 2 else f"amount * 2 + {n}"),
        "work.hot.order(1)",
        lambda n: str(1 + n if n % 2 else 2 + n),
    ),
    "structural: signature": Kind(
        lambda n: hot(argument=f", extra{n}=0"),
        "work.hot.order.__code__.co_varnames",
        lambda n: f"('amount', 'extra{n}')",
    ),
    "structural: derived": Kind(lambda n: hot(rate=n + 2), "work.buyer.DOUBLE", lambda n: str(2 * n + 4)),
    "structural: base": Kind(
        lambda n: hot(base="Plain" if n % 2 else "Fancy"),
        "work.hot.Item.__bases__[0].__name__",
        lambda n: repr("Plain" if n % 2 else "Fancy"),
    ),
}
