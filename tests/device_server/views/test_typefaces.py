"""The bundled fonts: widths and masks, of any script that is in them."""

from __future__ import annotations

import pytest

from device_server.views import typefaces
from device_server.views.fonts import Face
from device_server.views.geometry import Size
from device_server.views.imaging import png
from device_server.views.typefaces import Ruler

BODY, BOLD = Face(17, False), Face(17, True)


def test_widths_grow_with_the_size_and_the_weight() -> None:
    ruler = Ruler(1)
    assert ruler.width("", BODY) == 0
    assert ruler.width("Hello", BODY) < ruler.width("Hello", BOLD) < ruler.width("Hello", Face(34, True))
    assert ruler.width("x" * 1000, BODY) == pytest.approx(1000 * ruler.width("x", BODY), rel=0.05)


def test_lengths_are_nearly_the_same_at_each_scale() -> None:
    for face in (BODY, BOLD):
        assert Ruler(3).width("Hello World", face) == pytest.approx(Ruler(1).width("Hello World", face), rel=0.05)
        assert Ruler(3).line_height(face) == pytest.approx(Ruler(1).line_height(face), abs=1.5)


def test_a_mask_holds_all_of_the_letters() -> None:
    for text in ("Ägjf|", "", " ", "שלום", "😀👍"):
        mask = typefaces.mask(text, BODY, 2)
        edge = mask.image.crop((0, 0, mask.image.width, 1)).getextrema()
        assert edge == (0, 0)
    assert typefaces.mask("a", BODY, 1) is typefaces.mask("a", BODY, 1)


def test_an_endless_line_has_an_end() -> None:
    assert typefaces.mask("m" * 100_000, BODY, 1).image.width < 70_000


@pytest.mark.skipif(not typefaces.HAS_RAQM, reason="Pillow has no Raqm here: libfribidi is not installed")
def test_arabic_letters_are_joined_and_run_from_the_right() -> None:
    joined, apart = (typefaces.width(text, BODY, 1) for text in ("بيت", "ب\u200cي\u200cت"))
    assert joined < apart
    mixed = typefaces.mask("ab שלום", BODY, 1).image
    assert mixed.tobytes() != typefaces.mask("ab םולש", BODY, 1).image.tobytes()


def test_without_raqm_it_is_said_of_the_texts_that_need_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typefaces, "HAS_RAQM", False)
    assert [typefaces.unshaped(text) for text in ("plain", "שלום", "العربية")] == [False, True, True]
    monkeypatch.setattr(typefaces, "HAS_RAQM", True)
    assert not typefaces.unshaped("שלום")


def test_every_letter_of_the_languages_it_is_for_is_in_the_font() -> None:
    missing = typefaces.mask("\U000f0000", BODY, 1).image.tobytes()
    for letter in "ÄßñçŁőİθЖђאبپ€…←√✓😀":
        assert typefaces.mask(letter, BODY, 1).image.tobytes() != missing
    assert set(missing) > {0}  # what is not there is drawn as a box


def test_a_ruler_knows_pictures_and_is_equal_to_another_of_its_scale() -> None:
    image = typefaces.mask("a", BODY, 1).image
    assert Ruler(2).image_size(png(image).data) == Size(*map(float, image.size))
    assert Ruler(2) == Ruler(2)


def test_the_fingerprint_names_what_decides_how_text_looks() -> None:
    assert set(typefaces.fingerprint()) == {"pil", "freetype2", "raqm", "harfbuzz", "fonts"}
