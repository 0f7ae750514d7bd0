"""Pictures as bytes, and what an Image element may show."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from device_server.views.imaging import jpeg, opened, png, size
from device_server.views.pictures import JPEG, PNG
from device_server.views.traits import MOST_PIXELS


def test_a_png_is_the_same_bytes_for_the_same_pixels() -> None:
    image = Image.effect_mandelbrot((60, 40), (-2, -1, 1, 1), 20)
    first, second = png(image, 2, ("said",)), png(image.copy(), 2)
    assert first.data == second.data
    assert (first.mime, first.width, first.height, first.scale, first.notices) == (PNG, 60, 40, 2, ("said",))
    assert opened(first.data).convert("L").tobytes() == image.tobytes()


@pytest.mark.slow
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10))
def test_what_is_written_is_read_again(width: int, height: int, seed: int) -> None:
    image = Image.effect_noise((width, height), seed * 20).convert("RGB")
    assert opened(png(image).data).tobytes() == image.tobytes()


def test_a_jpeg_has_a_quality() -> None:
    image = Image.effect_mandelbrot((60, 40), (-2, -1, 1, 1), 20)
    good, bad = jpeg(image, 90), jpeg(image, 5)
    assert (good.mime, len(good.data) > len(bad.data)) == (JPEG, True)
    for quality in (0, 96):
        with pytest.raises(ValueError, match="quality of a JPEG is from 1 to 95"):
            jpeg(image, quality)


def test_images_bytes_and_files_are_opened(tmp_path: Path) -> None:
    image = Image.new("RGB", (3, 2), "red")
    path = tmp_path / "a.png"
    path.write_bytes(png(image).data)
    for source in (image, png(image).data, path, str(path)):
        assert size(source) == (3, 2)
        assert opened(source).convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    for side in (3, 4):
        path.write_bytes(png(Image.new("RGB", (side, side))).data)
        os.utime(path, ns=(side, side))
        assert size(path) == (side, side)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    cut = png(Image.effect_noise((50, 50), 50)).data[:900]
    for source in (b"", b"no picture", cut):
        with pytest.raises((ValueError, OSError)):
            opened(source)
    with pytest.raises(OSError, match="missing"):
        opened(tmp_path / "missing.png")
    with pytest.raises(ValueError, match="0x5 pixels has nothing to show"):
        opened(Image.new("RGB", (0, 5)))
    with pytest.raises(TypeError, match="shows a Pillow image, bytes or a path, not 3"):
        opened(3)


def test_too_many_pixels_are_refused_before_they_are_decoded() -> None:
    file = io.BytesIO()
    Image.new("1", (6000, 6000)).save(file, "PNG")
    with pytest.raises(ValueError, match=f"6000x6000 pixels is too large: at most {MOST_PIXELS:,}"):
        opened(file.getvalue())
