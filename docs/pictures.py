"""Draws the pictures of docs/views.md with the toolkit that they show: `python -m docs.pictures`, or `make docs`.

Each picture is a view of the guide: the code between the lines "```python" after its image is what is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from device_server import views as v
from device_server.views.pictures import Picture
from device_server.views.scene import render
from device_server.views.traits import Traits

GUIDE: Final = Path(__file__).with_name("views.md")
FOLDER: Final = Path(__file__).with_name("pictures")
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


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, picture in examples():
        (FOLDER / f"{name}.png").write_bytes(picture.data)


if __name__ == "__main__":
    main()
