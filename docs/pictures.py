"""Draws the pictures of docs/views.md and of the README with the toolkit that they show: `make docs`.

Each picture of the guide is a view there: the code between the lines "```python" after its image is what is drawn.
Those of the README are previews of the example project.
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from device_server import views as v
from device_server.views.pictures import Picture
from device_server.views.scene import render
from device_server.views.traits import Traits

GUIDE: Final = Path(__file__).with_name("views.md")
FOLDER: Final = Path(__file__).with_name("pictures")
PROJECT: Final = Path(__file__).parents[1] / "examples" / "todo"
PREVIEWS: Final = (("todo-list", "sample_list", ()), ("todo-list-dark", "sample_list", ("dark",)))
"""The name of a picture, the function of todo.screens that it is of, and presets of traits."""
_EXAMPLE: Final = re.compile(
    r"^!\[[^\]]*\]\(pictures/(?P<name>[\w-]+)\.png(?: \"(?P<traits>[^\"]*)\")?\)\n\n```python\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


def examples() -> Iterator[tuple[str, Picture]]:
    """The name of each picture, and what its code draws; the last thing that the code defines is the view."""
    for example in _EXAMPLE.finditer(GUIDE.read_text()):
        scope: dict[str, object] = {"v": v}
        exec(example["code"], scope)
        names = dict(each.split("=") for each in (example["traits"] or "").split())
        traits = Traits().with_traits(size=names.pop("size", "fit"), scale=2, **names)
        yield example["name"], render(list(scope.values())[-1], traits=traits).picture()


def previews() -> Iterator[tuple[str, Picture]]:
    """The same for the previews of the example project."""
    sys.path.insert(0, str(PROJECT))
    try:
        screens = importlib.import_module("todo.screens")
    finally:
        sys.path.remove(str(PROJECT))
    for name, function, presets in PREVIEWS:
        traits = Traits().with_traits(*presets, size=(390, 320), scale=2)
        yield name, render(getattr(screens, function), traits=traits).picture()


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in (*examples(), *previews()):
        (FOLDER / f"{name}.png").write_bytes(picture.data)


if __name__ == "__main__":
    main()
