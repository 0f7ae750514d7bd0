"""Painting: golden pictures, the same bytes in every process, and nothing painted where it should not be."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from device_server import views as v
from device_server.views import typefaces
from device_server.views.difference import difference
from device_server.views.imaging import opened
from tests.device_server.views.golden import FOLDER, SCENES, compare, drawn_with_what, scene


@pytest.mark.skipif(not typefaces.HAS_RAQM, reason="The golden pictures are drawn with Raqm: install libfribidi")
@pytest.mark.parametrize("name", SCENES)
def test_a_scene_looks_like_its_golden_picture(name: str, tmp_path: Path) -> None:
    drawn, report = SCENES[name]().picture().data, tmp_path / f"{name}.html"
    found = compare(name, drawn, report)
    assert found.is_same, (
        f"{found.changed} pixels differ, by up to {found.largest}. {drawn_with_what()}. Look: {report}"
    )


def test_every_golden_picture_has_a_scene() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(SCENES)


def test_a_difference_is_reported_with_both_pictures(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    found = compare("grid", SCENES["shapes"]().picture().data, report)
    assert not found.is_same
    assert report.read_text().count("<img") == 3
    assert "renderer" in drawn_with_what()


DRAWS = """
import hashlib
from tests.device_server.views.golden import SCENES
print(*(hashlib.sha256(draw().picture().data).hexdigest() for draw in SCENES.values()))
"""


@pytest.mark.slow
def test_another_process_draws_the_same_bytes(project_root: Path) -> None:
    command = [sys.executable, "-c", DRAWS]
    runs = [
        subprocess.run(command, cwd=project_root, capture_output=True, text=True, check=True, timeout=60) for _ in "ab"
    ]
    here = [hashlib.sha256(draw().picture().data).hexdigest() for draw in SCENES.values()]
    assert [run.stdout.split() for run in runs] == [here, here]


def pixel(view: object, x: int, y: int, *presets: str, **traits: object) -> object:
    picture = scene(view, *presets, **{"size": (40, 40), **traits}).picture()
    return opened(picture.data).convert("RGB").getpixel((x, y))


RED, WHITE, BLACK = (255, 59, 48), (255, 255, 255), (0, 0, 0)
FILLED = v.Rectangle().foreground("red")


def test_the_background_is_that_of_the_colour_scheme() -> None:
    assert pixel(v.Spacer(), 1, 1) == WHITE
    assert pixel(v.Spacer(), 1, 1, "dark") == BLACK


def test_what_is_hidden_is_not_painted_and_what_is_behind_it_is() -> None:
    assert pixel(FILLED.hidden(), 20, 20) == WHITE
    assert pixel(FILLED.opacity(0), 20, 20) == WHITE
    assert pixel(v.Text("").frame(40, 40).hidden().background("red"), 20, 20) == RED


def test_opacity_is_that_of_the_whole() -> None:
    two = v.ZStack(FILLED, v.Rectangle().foreground("black")).opacity(0.5)
    assert pixel(two, 20, 20) in ((127, 127, 127), (128, 128, 128))


def test_what_stands_out_of_a_window_or_of_round_corners_is_cut() -> None:
    tall = FILLED.frame(40, 100)
    assert pixel(v.VStack(v.ScrollView(tall).frame(40, 20), spacing=0), 20, 35) == WHITE
    assert pixel(tall.frame(40, 20).corner_radius(0), 20, 35) == WHITE
    assert pixel(tall.frame(40, 20), 20, 35) == RED
    assert pixel(FILLED.corner_radius(20), 1, 1) == WHITE


def test_neighbours_leave_no_gap() -> None:
    thirds = v.HStack(FILLED, FILLED, FILLED, spacing=0)
    image = opened(scene(thirds, size=(40, 40)).picture().data).convert("RGB")
    assert {image.getpixel((x, 20)) for x in range(40)} == {RED}


def test_a_shadow_lies_around_and_below() -> None:
    shown = FILLED.frame(20, 20).shadow(4, "black", 0, 4)
    above, below = pixel(shown, 20, 6), pixel(shown, 20, 33)
    assert above == WHITE or (isinstance(above, tuple) and isinstance(below, tuple) and above > below)
    assert below != WHITE


def test_what_is_partly_outside_of_the_picture_is_painted_as_far_as_it_is_seen() -> None:
    for view in (FILLED, FILLED.corner_radius(4), FILLED.opacity(0.99), FILLED.shadow(2), FILLED.border("blue")):
        assert pixel(view.frame(200, 200), 20, 20) != WHITE
    far = v.HStack(
        FILLED.frame(500, 40), v.Text("out").corner_radius(2).shadow().opacity(0.5), v.Circle(), v.Image(b"")
    )
    with pytest.raises(ValueError, match="no picture"):
        scene(far, size=(40, 40))


def test_a_picture_drawn_twice_has_no_difference() -> None:
    first, second = (SCENES["form"]().picture().data for _ in range(2))
    assert first == second
    assert difference(first, second).is_same


def test_of_a_long_text_only_the_lines_that_are_seen_are_painted() -> None:
    used = typefaces.mask.used_bytes
    assert pixel(v.ScrollView(v.Text("\n".join(f"unseen {n}" for n in range(5000)))), 39, 39) is not None
    assert typefaces.mask.used_bytes - used < 20_000
