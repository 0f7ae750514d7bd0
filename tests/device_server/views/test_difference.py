"""How two pictures differ."""

from __future__ import annotations

import pytest
from PIL import Image

from device_server.views.difference import difference
from device_server.views.geometry import Rect
from device_server.views.imaging import opened, png


def picture(*changes: tuple[int, int, int], size: tuple[int, int] = (10, 10)) -> bytes:
    """White; each change is x, y and how much darker."""
    image = Image.new("RGB", size, (255, 255, 255))
    for x, y, darker in changes:
        image.putpixel((x, y), (255 - darker, 255, 255))
    return png(image).data


def test_equal_pictures_have_no_difference() -> None:
    found = difference(picture(), picture())
    assert (found.is_same, found.changed, found.compared, found.largest, found.box, found.picture) == (
        True, 0, 100, 0, None, None,
    )  # fmt: skip


def test_changed_pixels_are_counted_and_shown_in_red() -> None:
    found = difference(picture(), picture((2, 3, 40), (5, 7, 9)))
    assert (found.changed, found.largest, found.box, found.ratio) == (2, 40, (2, 3, 6, 8), 0.02)
    assert found.picture is not None
    shown = opened(found.picture.data)
    assert (shown.getpixel((2, 3)), shown.getpixel((0, 0))) == ((255, 0, 64), (255, 255, 255))


def test_small_differences_may_be_let_pass() -> None:
    assert difference(picture(), picture((2, 3, 40), (5, 7, 9)), threshold=9).changed == 1
    assert difference(picture(), picture((2, 3, 40)), threshold=40).is_same


def test_what_is_masked_is_not_looked_at() -> None:
    found = difference(picture(), picture((2, 3, 40), (5, 7, 9)), masks=[Rect(0, 0, 5, 5), Rect(8, 8, 100, 100)])
    assert (found.changed, found.largest) == (1, 9)


def test_another_size_is_a_difference_everywhere() -> None:
    found = difference(picture(), picture(size=(8, 5)))
    assert (found.sizes, found.changed, found.ratio) == (((10, 10), (8, 5)), 40, 1.0)
    assert found.picture is not None


def test_what_can_be_seen_through_counts() -> None:
    clear, solid = (png(Image.new("RGBA", (2, 2), (0, 0, 0, alpha))).data for alpha in (0, 255))
    assert difference(clear, solid).changed == 4


def test_bad_arguments_are_refused() -> None:
    for threshold in (-1, 256):
        with pytest.raises(ValueError, match="threshold is from 0 to 255"):
            difference(picture(), picture(), threshold)
    with pytest.raises(ValueError, match="A side of a mask is from 0"):
        difference(picture(), picture(), masks=[Rect(-1, 0, 1, 1)])
    with pytest.raises(ValueError, match="At most 1000 masks"):
        difference(picture(), picture(), masks=[Rect(0, 0, 1, 1)] * 1001)
    with pytest.raises(ValueError, match="no picture"):
        difference(b"", picture())
