"""Approved pictures in a real folder, compared with drawn ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from bridge.golden_pictures import (
    Golden,
    GoldenError,
    Shot,
    Verdict,
    approve,
    compared,
    of_project,
    recorded_renderer,
    renderer_changes,
)

RENDERER = {"pil": "12.0", "fonts": "abc"}


def png(color: tuple[int, int, int], spot: tuple[int, int, int] | None = None) -> bytes:
    """Ten times ten pixels, the first of which may have another colour."""
    image = Image.new("RGB", (10, 10), color)
    if spot is not None:
        image.putpixel((0, 0), spot)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


WHITE, GREY = (255, 255, 255), (250, 250, 250)
LIST = Shot("app.screens", "List", "", png(WHITE))
DARK = Shot("app.screens", "List", "dark", png(GREY))


@pytest.fixture
def golden(tmp_path: Path) -> Golden:
    made = Golden(tmp_path / "views")
    approve(made, compared(made, [LIST, DARK], is_all=True), RENDERER)
    return made


def verdicts(golden: Golden, *shots: Shot, is_all: bool = True) -> list[str]:
    return [str(each.verdict) for each in compared(golden, shots, is_all=is_all)]


def test_what_is_approved_is_the_same_from_then_on(golden: Golden) -> None:
    assert verdicts(golden, LIST, DARK) == ["same", "same"]
    assert sorted(path.name for path in golden.folder.rglob("*.png")) == ["List.png", "List@dark.png"]


def test_one_pixel_is_a_difference_that_is_shown(golden: Golden) -> None:
    (found,) = compared(golden, [Shot("app.screens", "List", "", png(WHITE, GREY))], is_all=False)
    assert (found.verdict, found.pixels, found.share) == (Verdict.DIFFERENT, 1, 0.01)
    assert found.difference is not None
    assert Image.open(io.BytesIO(found.difference)).size == (10, 10)


def test_what_the_threshold_allows_is_the_same(golden: Golden) -> None:
    paler = Shot("app.screens", "List", "", png(GREY))
    assert verdicts(Golden(golden.folder, threshold=5), paler, DARK) == ["same", "same"]
    assert verdicts(Golden(golden.folder, threshold=4), paler, DARK) == ["different", "same"]


def test_what_a_mask_covers_is_the_same(golden: Golden) -> None:
    masked = Golden(golden.folder, masks={"List": [(0, 0, 2, 2)]})
    assert verdicts(masked, Shot("app.screens", "List", "", png(WHITE, GREY)), DARK) == ["same", "same"]


def test_previews_come_and_go(golden: Golden) -> None:
    assert verdicts(golden, LIST, Shot("app.screens", "Form", "", png(WHITE))) == ["same", "new", "gone"]
    assert verdicts(golden, LIST, is_all=False) == ["same"]


def test_a_preview_that_cannot_be_drawn_has_failed_and_keeps_its_picture(golden: Golden) -> None:
    failed = Shot("app.screens", "List", "", None, "ValueError: no")
    found = compared(golden, [failed, DARK], is_all=True)
    assert [(each.verdict, each.error) for each in found] == [(Verdict.FAILED, "ValueError: no"), (Verdict.SAME, "")]
    assert approve(golden, found, RENDERER) == []
    assert verdicts(golden, LIST, DARK) == ["same", "same"]


def test_approving_writes_and_removes(golden: Golden) -> None:
    now = Shot("app.screens", "List", "", png(GREY))
    written = approve(golden, compared(golden, [now], is_all=True), RENDERER)
    assert [str(each.verdict) for each in written] == ["different", "gone"]
    assert verdicts(golden, now) == ["same"]


def test_two_previews_with_one_file_are_refused(golden: Golden) -> None:
    twins = [Shot("app", "a b", "", png(WHITE)), Shot("app", "a/b", "", png(WHITE))]
    with pytest.raises(GoldenError, match=r"would have the same file, app/a-b\.png"):
        compared(golden, twins, is_all=True)


def test_no_name_leads_out_of_the_folder(golden: Golden) -> None:
    shot = Shot("app", "../../" + "x" * 300, "size=1x1,dark", png(WHITE))
    assert shot.file.startswith("app/..-..-xxx")
    assert (golden.folder / shot.file).resolve().parent == (golden.folder / "app").resolve()
    assert len(Path(shot.file).name) < 255


def test_a_broken_approved_picture_is_named(golden: Golden) -> None:
    (golden.folder / "app.screens/List.png").write_bytes(b"no picture")
    with pytest.raises(GoldenError, match=r"List\.png"):
        compared(golden, [LIST], is_all=False)


def test_the_renderer_is_recorded(golden: Golden) -> None:
    assert recorded_renderer(golden) == RENDERER
    (golden.folder / "renderer.json").write_text("{")
    with pytest.raises(GoldenError, match=r"renderer\.json"):
        recorded_renderer(golden)


@pytest.mark.parametrize(
    ("before", "now", "changes"),
    [
        (None, RENDERER, []),
        (RENDERER, RENDERER, []),
        ({"pil": "11.0", "raqm": "0.1"}, {"pil": "12.0", "raqm": "0.1"}, ["pil 11.0, now 12.0"]),
        ({}, {"pil": "12.0"}, ["pil none, now 12.0"]),
    ],
)
def test_another_renderer_is_told_part_by_part(
    before: dict[str, str] | None, now: dict[str, str], changes: Sequence[str]
) -> None:
    assert renderer_changes(before, now) == changes


def written(root: Path, table: str) -> Golden:
    (root / "pyproject.toml").write_text(f"[tool.tether.views]\n{table}")
    return of_project(root)


def test_a_project_without_settings_has_a_folder(tmp_path: Path) -> None:
    assert of_project(tmp_path) == Golden(tmp_path / "views")


def test_the_settings_are_those_of_the_project(tmp_path: Path) -> None:
    table = 'folder = "a/b"\nvariants = ["dark", "rtl", "dark"]\nthreshold = 3\nmasks.List = [[0, 1, 2, 3.5]]'
    told = written(tmp_path, table)
    assert told == Golden(tmp_path / "a/b", ("dark", "rtl"), 3, {"List": [(0, 1, 2, 3.5)]})


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("folder = 1", "folder"),
        ('variants = "dark"', "variants"),
        ("threshold = 256", "threshold"),
        ("threshold = true", "threshold"),
        ("masks = [1]", "masks"),
        ("masks.List = [[1, 2]]", "masks"),
        ("masks.List = [[1, 2, 3, -4]]", "masks"),
        ("variant = []", "knows no variant"),
        ("[", "pyproject"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(table: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(GoldenError, match=told):
        written(tmp_path, table)
