"""Approved pictures of previews, in a folder of the project, and how what is drawn now differs from them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from bridge.project import ProjectError, settings

FOLDER: Final = "views"
RENDERER_FILE: Final = "renderer.json"
REPORT_FILE: Final = "report.html"
_NOT_IN_NAMES: Final = re.compile(r"[^\w.=+-]+")
_LONGEST_NAME: Final = 120

Mask = tuple[float, float, float, float]
"""A rectangle in pixels: x, y, width, height."""


class GoldenError(Exception):
    """Pictures cannot be compared or approved; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Golden:
    """The table [tool.tether.views] of a project."""

    folder: Path
    """Where the approved pictures are."""
    variants: tuple[str, ...] = ()
    """Sets of traits, `dark` or `rtl,xx_large`, that each preview is drawn for besides its own."""
    threshold: int = 0
    """Parts of colours that differ by no more are equal, 0 to 255."""
    masks: Mapping[str, Sequence[Mask]] = field(default_factory=dict)
    """By the name of a preview, where nothing counts."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A preview as it is drawn now."""

    module: str
    preview: str
    variant: str
    """The set of traits; empty for the preview's own."""
    picture: bytes | None
    error: str = ""
    """Why there is no picture."""

    @property
    def file(self) -> str:
        """Where its approved picture is, below the folder."""
        names = [_NOT_IN_NAMES.sub("-", name)[:_LONGEST_NAME] for name in (self.preview, self.variant) if name]
        return f"{self.module}/{'@'.join(names)}.png"

    def __str__(self) -> str:
        return f"{self.module}: {self.preview}" + (f" ({self.variant})" if self.variant else "")


class Verdict(StrEnum):
    """What came of comparing a picture."""

    SAME = "same"
    DIFFERENT = "different"
    NEW = "new"
    """There is no approved picture."""
    GONE = "gone"
    """There is an approved picture of no preview."""
    FAILED = "failed"
    """There is no picture now."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One picture, as it was approved and as it is."""

    verdict: Verdict
    what: str
    """For a person."""
    file: str
    approved: bytes | None = None
    now: bytes | None = None
    difference: bytes | None = None
    """What has changed, in red."""
    pixels: int = 0
    """How many have."""
    share: float = 0.0
    """Of all, 0 to 1."""
    error: str = ""


def of_project(root: Path) -> Golden:
    """The settings of the project there. Raises: GoldenError."""
    try:
        table = settings(root).get("views", {})
    except ProjectError as error:
        raise GoldenError(str(error)) from error
    table = table if isinstance(table, dict) else {"views": table}
    if unknown := sorted({*table} - {"folder", "variants", "threshold", "masks"}):
        raise GoldenError(f"[tool.tether.views] knows no {unknown[0]}; valid are: folder, variants, threshold, masks")
    folder, variants = table.get("folder", FOLDER), table.get("variants", [])
    threshold, masks = table.get("threshold", 0), table.get("masks", {})
    if not isinstance(folder, str) or not folder:
        raise GoldenError('folder of [tool.tether.views] must be a path, like "views"')
    if not isinstance(variants, list) or not all(isinstance(each, str) and each for each in variants):
        raise GoldenError('variants of [tool.tether.views] must be a list of traits, like ["dark", "rtl,xx_large"]')
    if type(threshold) is not int or not 0 <= threshold <= 255:
        raise GoldenError("threshold of [tool.tether.views] must be a number from 0 to 255")
    return Golden(root / folder, tuple(dict.fromkeys(variants)), threshold, _masks(masks))


def _masks(table: object) -> dict[str, list[Mask]]:
    is_right = isinstance(table, dict) and all(
        isinstance(masks, list) and all(_is_mask(mask) for mask in masks) for masks in table.values()
    )
    if not is_right or not isinstance(table, dict):
        raise GoldenError("masks of [tool.tether.views] must have lists of [x, y, width, height] by names of previews")
    return {name: [(x, y, width, height) for x, y, width, height in masks] for name, masks in table.items()}


def _is_mask(mask: object) -> bool:
    return isinstance(mask, list) and len(mask) == 4 and all(type(side) in (int, float) and side >= 0 for side in mask)


def compared(golden: Golden, shots: Iterable[Shot], *, is_all: bool) -> list[Comparison]:
    """Each shot beside its approved picture; if these are all shots, also the approved pictures of no shot.

    Raises: GoldenError, when two previews would have the same file.
    """
    files = dict[str, Shot]()
    found = list[Comparison]()
    for shot in shots:
        if (other := files.setdefault(shot.file, shot)) is not shot:
            raise GoldenError(f"{other} and {shot} would have the same file, {shot.file}: rename one of them")
        found.append(_compared(golden, shot))
    if is_all:
        gone = sorted({*_approved_files(golden.folder)} - {*files})
        found += [Comparison(Verdict.GONE, file, file, (golden.folder / file).read_bytes()) for file in gone]
    return found


def _compared(golden: Golden, shot: Shot) -> Comparison:
    path = golden.folder / shot.file
    approved = path.read_bytes() if path.is_file() else None
    if shot.picture is None:
        return Comparison(Verdict.FAILED, str(shot), shot.file, approved, error=shot.error)
    if approved is None:
        return Comparison(Verdict.NEW, str(shot), shot.file, None, shot.picture)
    if approved == shot.picture:
        return Comparison(Verdict.SAME, str(shot), shot.file, approved, shot.picture)
    from device_server.views.difference import difference  # Pillow is for those who compare

    try:
        told = difference(approved, shot.picture, golden.threshold, golden.masks.get(shot.preview, ()))
    except ValueError as error:
        raise GoldenError(f"{path}: {error}") from error
    verdict = Verdict.SAME if told.is_same else Verdict.DIFFERENT
    shown = told.picture.data if told.picture is not None else None
    return Comparison(verdict, str(shot), shot.file, approved, shot.picture, shown, told.changed, told.ratio)


def approve(golden: Golden, comparisons: Iterable[Comparison], renderer: Mapping[str, str]) -> list[Comparison]:
    """Make what is drawn now the approved pictures; those that are written or removed.

    Raises: OSError.
    """
    golden.folder.mkdir(parents=True, exist_ok=True)
    done = [each for each in comparisons if each.verdict in (Verdict.NEW, Verdict.DIFFERENT, Verdict.GONE)]
    for each in done:
        path = golden.folder / each.file
        if each.now is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(each.now)
    (golden.folder / RENDERER_FILE).write_text(json.dumps(dict(renderer), indent=2) + "\n")
    (golden.folder / REPORT_FILE).unlink(missing_ok=True)
    return done


def recorded_renderer(golden: Golden) -> dict[str, str] | None:
    """What drew the approved pictures; None when none are. Raises: GoldenError."""
    path = golden.folder / RENDERER_FILE
    try:
        told = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise GoldenError(f"{path}: {error}; `tether view approve` writes it anew") from error
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}


def renderer_changes(before: Mapping[str, str] | None, now: Mapping[str, str]) -> list[str]:
    """In what the renderer that drew the approved pictures differs from the one of now, part by part."""
    if before is None:
        return []
    return [
        f"{part} {before.get(part, 'none')}, now {now.get(part, 'none')}"
        for part in sorted({*before, *now})
        if before.get(part) != now.get(part)
    ]


def _approved_files(folder: Path) -> Iterator[str]:
    for path in folder.glob("*/*.png"):
        yield os.fspath(path.relative_to(folder).as_posix())
