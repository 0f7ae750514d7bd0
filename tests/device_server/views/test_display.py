"""Any value as something to look at, or as one to be printed."""

from __future__ import annotations

import base64
import sys
from types import ModuleType, SimpleNamespace

import pytest
from PIL import Image

from device_server import views as v
from device_server.views.display import display
from device_server.views.imaging import opened, png
from device_server.views.pictures import HTML, PNG, SVG, Picture
from device_server.views.traits import Traits

DOT = png(Image.new("RGB", (3, 2), "red")).data


class Shows:
    """Shows itself by the methods it is given."""

    def __init__(self, **methods: object) -> None:
        for name, result in methods.items():
            setattr(self, f"_repr_{name}_", lambda result=result, **_: result)


def shown(value: object) -> Picture:
    picture = display(value)
    assert picture is not None
    return picture


@pytest.mark.parametrize(
    "value", [1, "text", None, [v.Text("a")], Shows, v.Text, print, Shows(png=None), Shows(mimebundle={})]
)
def test_what_has_no_look_is_left_to_be_printed(value: object) -> None:
    assert display(value) is None


def test_an_element_is_as_large_as_it_needs_to_be() -> None:
    picture = shown(v.Rectangle().frame(30, 20))
    assert (picture.mime, picture.width, picture.height) == (PNG, 30, 20)
    sized = display(v.Text("a"), Traits().with_traits(size=(50, 40), scale=2))
    assert sized is not None
    assert (sized.width, sized.height, sized.scale) == (100, 80, 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "F", "HSV"])
def test_a_pillow_image_is_shown_whatever_its_mode(mode: str) -> None:
    picture = shown(Image.new(mode, (3, 2)))
    assert opened(picture.data).size == (picture.width, picture.height) == (3, 2)


def test_a_pillow_image_that_is_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        display(Image.new("1", (6000, 6000)))


def test_rich_display_methods_are_asked_the_best_first() -> None:
    assert shown(Shows(png=DOT, html="<b>a</b>")) == Picture(DOT, PNG, 3, 2)
    assert shown(Shows(png=base64.b64encode(DOT).decode())).data == DOT
    assert shown(Shows(png=(DOT, {"width": 3}))).data == DOT
    assert shown(Shows(mimebundle={"text/html": "<i>", PNG: DOT, "text/plain": "x"}, png=b"")).data == DOT
    assert shown(Shows(mimebundle=({"text/html": "<i>"}, {}))) == Picture(b"<i>", HTML, None, None)
    assert shown(Shows(html="<b>ä</b>")).data == "<b>ä</b>".encode()


def test_an_svg_has_the_size_it_says() -> None:
    assert shown(Shows(svg='<?xml?><svg width="30px" height="20.4">')) == Picture(
        b'<?xml?><svg width="30px" height="20.4">', SVG, 30, 20
    )
    assert shown(Shows(svg='<svg viewBox="0 0 1 1"><rect width="5"/></svg>')).width is None


def test_an_object_that_claims_to_have_any_method_is_printed() -> None:
    class Anything:
        def __getattr__(self, name: str) -> object:
            return lambda **_: DOT

    assert display(Anything()) is None


@pytest.mark.parametrize("given", [b"no picture", "no base64!", 3, b"x" * (16 * 1024 * 1024 + 1)])
def test_what_is_not_what_it_claims_to_be_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=r"no picture|base64|int for image/png|at most 16,777,216"):
        display(Shows(png=given))


def test_what_a_display_method_raises_reaches_the_caller() -> None:
    class Broken:
        def _repr_png_(self) -> bytes:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        display(Broken())


def test_a_figure_of_matplotlib_and_its_axes_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a module of that name: the real one is not among the dependencies."""

    class Figure:
        def savefig(self, file: object, *, format: str, metadata: object) -> None:  # noqa: A002 - matplotlib's word
            assert (format, metadata) == ("png", {"Software": None})
            file.write(DOT)  # type: ignore[attr-defined]

    module = ModuleType("matplotlib.figure")
    module.__dict__["Figure"] = Figure
    monkeypatch.setitem(sys.modules, "matplotlib.figure", module)
    assert shown(Figure()).data == DOT
    assert shown(SimpleNamespace(figure=Figure())).data == DOT
    assert display(SimpleNamespace(figure=3)) is None
