"""Golden pictures: scenes, and pictures of them that were looked at and found right.

`python -m tests.device_server.views.golden` from the root draws all of them anew. Look at each before you commit it.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from PIL import Image

from device_server import views as v
from device_server.views import typefaces
from device_server.views.difference import Difference, difference
from device_server.views.imaging import png
from device_server.views.scene import Scene, render
from device_server.views.traits import Traits

FOLDER: Final = Path(__file__).with_name("golden")
FINGERPRINT: Final = FOLDER / "fingerprint.json"
THRESHOLD: Final = 2
"""Of 255: rounding of another processor. Anything that can be seen is more."""


def picture() -> bytes:
    """A small picture with a part that is seen through."""
    image = Image.new("RGBA", (40, 20), (255, 149, 0, 255))
    image.paste((0, 122, 255, 128), (10, 5, 30, 15))
    return png(image).data


def form() -> object:
    name = v.State("Ada")
    return v.VStack(
        v.Text("Settings").font("title").bold(),
        v.Toggle("Sound", True),
        v.Toggle("Vibration", False).disabled(),
        v.TextField("Name", name),
        v.TextField("City", ""),
        v.Slider(0.3),
        v.HStack(v.Button("Cancel", print), v.Spacer(), v.Button("Save", print).disabled()),
        alignment="leading",
    ).padding()


def card() -> object:
    title = v.VStack(v.Text("Milk").font("headline"), v.Text("2 litres").font("footnote").foreground("secondary"))
    return (
        v.HStack(v.Circle().foreground("green").frame(24, 24), title, v.Spacer(), v.Text("1.20 €"))
        .padding()
        .background("secondary_background")
        .corner_radius(12)
        .shadow(8, "#00000066", 0, 4)
        .padding(20)
    )


def shapes() -> object:
    return v.HStack(
        v.Rectangle(8).foreground("blue").frame(40, 40),
        v.Circle().foreground("red").opacity(0.5).frame(40, 40).background("yellow"),
        v.Rectangle().foreground("fill").frame(40, 40).border("accent", 2, 6),
        v.ZStack(v.Rectangle().foreground("mint"), v.Circle().foreground("purple")).frame(40, 40).corner_radius(10),
        v.Text("no").hidden(),
    ).padding(8)


def texts() -> object:
    long = "The quick brown fox jumps over the lazy dog, and over the fence behind it."
    return v.VStack(
        v.Text(long),
        v.Text(long).line_limit(1),
        v.Text(long).line_limit(1, "middle").foreground("accent"),
        v.Text(long).font("caption").text_alignment("trailing").line_limit(2),
        v.Text("unbreakable" * 4).font(11),
        alignment="leading",
    ).padding(8)


def scripts() -> object:
    words = ("Ünïcödé", "Ελληνικά", "Кириллица", "עברית", "العربية", "a שלום b", "😀 👍🏽 🇩🇪 ✓")
    return v.VStack(*map(v.Text, words), alignment="leading", spacing=2).padding(8)


def rows() -> object:
    def row(number: int) -> object:
        return v.HStack(v.Text(f"Row {number}"), v.Spacer(), v.Text("→").foreground("tertiary"))

    return v.List(v.ForEach(range(6), row))


def grid() -> object:
    return v.Grid(*(v.Text(f"{n}²={n * n}").padding(4).background("fill") for n in range(1, 10)), columns=3).padding(8)


def pictures() -> object:
    return v.HStack(
        v.Image(picture()),
        *(v.Image(picture(), mode).frame(40, 40).border("separator") for mode in ("fit", "fill", "stretch")),
    ).padding(8)


SCENES: Final[dict[str, Callable[[], Scene]]] = {
    "form": lambda: scene(form, size=(260, 320)),
    "form-dark": lambda: scene(form, "dark", size=(260, 320)),
    "form-rtl-bold-xxl": lambda: scene(form, "rtl", "bold", "xx_large", size=(260, 400)),
    "card": lambda: scene(card, size=(280, 110)),
    "card-2x-dark": lambda: scene(card, "dark", size=(280, 110), scale=2),
    "shapes": lambda: scene(shapes, size="fit"),
    "shapes-3x": lambda: scene(shapes, size="fit", scale=3),
    "texts": lambda: scene(texts, size=(220, 220)),
    "scripts": lambda: scene(scripts, size="fit"),
    "scripts-rtl": lambda: scene(scripts, "rtl", size="fit"),
    "rows": lambda: scene(rows, size=(200, 200)),
    "grid": lambda: scene(grid, size="fit"),
    "pictures": lambda: scene(pictures, size="fit"),
}


def scene(view: object, *presets: str, **traits: object) -> Scene:
    """A view for these traits."""
    return render(view, traits=Traits().with_traits(*presets, **traits))


def compare(name: str, drawn: bytes, report: Path) -> Difference:
    """The difference to the golden picture; the report shows both, and what has changed."""
    golden = (FOLDER / f"{name}.png").read_bytes()
    found = difference(golden, drawn, THRESHOLD)
    if not found.is_same:
        changed = b"" if found.picture is None else found.picture.data
        pictures = {"golden": golden, "drawn": drawn, "difference": changed}
        report.write_text(
            "".join(f"<figure>{_img(data)}<figcaption>{name}</figure>" for name, data in pictures.items())
        )
    return found


def drawn_with_what() -> str:
    """Whether the golden pictures were drawn with the same fonts and Pillow as here."""
    then, now = json.loads(FINGERPRINT.read_text()), typefaces.fingerprint()
    changes = [f"{name} {then.get(name)} -> {version}" for name, version in now.items() if then.get(name) != version]
    return f"The renderer is another one: {', '.join(changes)}" if changes else "The renderer is the same"


def _img(data: bytes) -> str:
    return f'<img style="image-rendering: pixelated" src="data:image/png;base64,{base64.b64encode(data).decode()}">'


def main() -> None:
    """Draw them all."""
    FOLDER.mkdir(exist_ok=True)
    for name, draw in SCENES.items():
        (FOLDER / f"{name}.png").write_bytes(draw().picture().data)
    FINGERPRINT.write_text(json.dumps(typefaces.fingerprint(), indent=1) + "\n")


if __name__ == "__main__":
    main()
