"""Painting on pixels: through masks, within a part, seen through."""

from __future__ import annotations

from PIL import Image

from device_server.views.canvas import Box, Canvas, blank, blurred, disc, ring, rounded, silhouette
from device_server.views.colors import Rgba

RED, WHITE, HALF_BLACK = Rgba(255, 0, 0), Rgba(255, 255, 255), Rgba(0, 0, 0, 128)


def pixels(canvas: Canvas) -> set[tuple[tuple[int, int], object]]:
    """Where it is no longer white."""
    width, height = canvas.image.size
    found = {((x, y), canvas.image.getpixel((x, y))) for x in range(width) for y in range(height)}
    return {(place, color) for place, color in found if color != (255, 255, 255)}


def test_a_colour_fills_a_box_as_far_as_there_are_pixels() -> None:
    canvas = blank((4, 4), WHITE)
    canvas.paint(RED, Box(3, 2, 9, 3))
    canvas.paint(RED, Box(-5, -5, 0, 0))
    assert pixels(canvas) == {((3, 2), (255, 0, 0))}


def test_a_colour_that_can_be_seen_through_is_mixed() -> None:
    canvas = blank((1, 1), WHITE)
    canvas.paint(HALF_BLACK, Box(0, 0, 1, 1))
    assert canvas.image.getpixel((0, 0)) == (127, 127, 127)


def test_a_mask_is_cut_where_the_canvas_ends() -> None:
    canvas = blank((2, 1), WHITE)
    mask = Image.new("L", (2, 1))
    mask.putpixel((1, 0), 255)
    canvas.paint(RED, Box(-1, 0, 1, 1), mask)
    assert pixels(canvas) == {((0, 0), (255, 0, 0))}


def test_a_part_is_painted_and_no_more() -> None:
    canvas = blank((4, 1), WHITE)
    canvas.clipped(Box(1, 0, 3, 1)).paint(RED, Box(0, 0, 4, 1))
    assert {place for place, _ in pixels(canvas)} == {(1, 0), (2, 0)}


def test_a_copy_is_laid_over_what_it_was_copied_from() -> None:
    canvas = blank((4, 4), WHITE)
    part = canvas.copy(Box(1, 1, 9, 9))
    part.paint(RED, Box(0, 0, 9, 2))
    assert pixels(canvas) == set()
    canvas.lay(part, opacity=51)
    assert pixels(canvas) == {((x, 1), (255, 204, 204)) for x in (1, 2, 3)}
    canvas.lay(canvas.copy(Box(9, 9, 12, 12)))


def test_a_picture_is_shown_where_it_is_not_seen_through() -> None:
    canvas, picture = blank((2, 1), WHITE), Image.new("RGBA", (2, 1), (0, 0, 255, 0))
    picture.putpixel((0, 0), (0, 0, 255, 255))
    canvas.show(picture, Box(0, 0, 2, 1))
    canvas.show(picture, Box(5, 5, 7, 6))
    assert pixels(canvas) == {((0, 0), (0, 0, 255))}


def test_a_silhouette_knows_only_where_something_is() -> None:
    shape = silhouette(Box(0, 0, 3, 1))
    shape.paint(WHITE, Box(0, 0, 1, 1))
    shape.show(Image.new("L", (1, 1), 0), Box(1, 0, 2, 1))
    assert list(shape.image.tobytes()) == [255, 255, 0]
    assert list(shape.copy(Box(1, 0, 3, 1)).image.tobytes()) == [255, 0]


def test_corners_are_smooth_and_alike() -> None:
    mask = rounded((20, 10), 5)
    corner = [mask.getpixel(place) for place in ((0, 0), (19, 0), (0, 9), (19, 9))]
    assert len(set(corner)) == 1
    assert corner[0] == 0
    assert {0, 255} < set(mask.tobytes())
    assert set(rounded((4, 4), 0).tobytes()) == {255}
    assert rounded((5, 3), 99).size == (5, 3)


def test_a_ring_is_hollow() -> None:
    mask = ring((10, 10), 2, 0)
    assert [mask.getpixel((x, 5)) for x in (0, 1, 2, 5, 8)] == [255, 255, 0, 0, 255]
    assert set(ring((3, 3), 2, 0).tobytes()) == {255}


def test_a_disc_is_round_at_any_size() -> None:
    for side in (3, 9, 2000):
        mask = disc(side)
        assert mask.size == (side, side)
        assert mask.getpixel((side // 2, side // 2)) == 255
    assert disc(9).getpixel((0, 0)) == 0


def test_a_blurred_mask_keeps_its_size_and_loses_its_edge() -> None:
    mask = Image.new("L", (20, 1))
    mask.paste(255, (10, 0, 20, 1))
    assert blurred(mask, 2).size == mask.size
    assert 0 < int(str(blurred(mask, 2).getpixel((9, 0)))) < 255
