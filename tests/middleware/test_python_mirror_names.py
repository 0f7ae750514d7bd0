"""Python names from the mirror alone."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware.mirror import Mirror, Symbol, apply
from middleware.python_mirror_names import MirrorNames
from middleware.python_source import PythonSource
from tests.middleware.fakes import finish

WORLD: wire.Message = {
    "__main__": {
        "lang": "python",
        "symbols": {
            "thing": {"class_name": "app.Thing"},
            "things": {},
            "app": {"type": "module", "target": "app"},
            "Thing": {"type": "class", "target": "app.Thing"},
        },
    },
    "app": {"lang": "python", "symbols": {"Thing": {"type": "class", "members": {"run": {"type": "method"}}}}},
    "user": {"symbols": {"clojure-thing": {}}},
}
MIRROR = apply(Mirror(), WORLD, {})


def offered(prefix: str, ns: str = "__main__") -> list[str]:
    found: list[str] = []

    async def ask() -> None:
        found.extend(each.candidate for each in await MirrorNames().complete(PythonSource(), prefix, MIRROR, ns))

    finish(ask())
    return found


@pytest.mark.parametrize(
    ("prefix", "candidates"),
    [
        ("thi", ["thing", "things"]),
        ("thing.", ["thing.run"]),
        ("app.T", ["app.Thing"]),
        ("app.Thing.r", ["app.Thing.run"]),
        ("Thing.r", ["Thing.run"]),
        ("things.", []),
        ("nothing.x", []),
        ("isinst", ["isinstance"]),
        ("lam", ["lambda"]),
    ],
)
def test_what_a_prefix_may_become(prefix: str, candidates: list[str]) -> None:
    assert offered(prefix) == candidates


def test_an_unknown_module_is_taken_for_the_main_one() -> None:
    assert offered("thin", ns="user") == ["thing", "things"]


def test_a_dotted_name_is_looked_up() -> None:
    async def ask() -> None:
        names = MirrorNames()
        assert await names.lookup(PythonSource(), "thing.run", MIRROR, "__main__") == Symbol("run", "method")
        assert await names.lookup(PythonSource(), "thing.walk", MIRROR, "__main__") is None

    finish(ask())
