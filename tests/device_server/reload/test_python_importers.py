"""Who imports from whom, as the texts say."""

from __future__ import annotations

import pytest

from device_server.loaded import Loaded, LoadedSources
from device_server.reload.python_importers import Importers, absolute


def test_importers_are_those_of_the_texts_as_they_are_now() -> None:
    loaded = LoadedSources()
    importers = Importers(loaded)
    loaded.note(Loaded("a", "/a.py", "python", "from m import x\n"))
    loaded.note(Loaded("p.b", "/p/b.py", "python", "if x:\n    from .m import y\n"))
    loaded.note(Loaded("c", "/c.lpy", "basilisp", "from m import x\n"))
    assert [each.module for each in importers.of("m")] == ["a"]
    assert [each.module for each in importers.of("p.m")] == ["p.b"]
    loaded.note(Loaded("a", "/a.py", "python", "import n, o.p as q  # m\n"))
    assert importers.of("m") == []
    assert [[each.module for each in importers.of(name)] for name in ("n", "o.p", "p.m.y")] == [["a"], ["a"], ["p.b"]]


@pytest.mark.parametrize(
    ("name", "path", "full"),
    [("x.y", "/p/a.py", "x.y"), (".x", "/p/a.py", "p.x"), (".x", "/p/a/__init__.py", "p.a.x"), ("..", "/p/a.py", "")],
)
def test_relative_names_are_made_whole(name: str, path: str, full: str) -> None:
    assert absolute(name, "p.a", path) == full
