"""What people read of views."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bridge.view_printing import lines
from device_server import wire

if TYPE_CHECKING:
    import pytest

IMAGE: wire.Message = {"ref": "sha256-1", "mime": "image/png", "width": 390, "height": 844.5, "path": "/c/1.png"}
SHOWN = "image/png 390x844.5: /c/1.png"


def test_views_and_previews_are_listed_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    place: wire.Message = {"path": f"{tmp_path}/app.py", "module": "app"}
    rows: wire.Message = {
        **place, "name": "rows", "line": 9, "hostable": "needs-args", "why": "It needs items",
        "parameters": [{"name": "items", "annotation": "list"}, {"name": "title", "default": "'a'"}],
    }  # fmt: skip
    empty: wire.Message = {**place, "name": "Empty", "index": 0, "line": 3, "traits": ["dark", "size=fit"]}
    problem: wire.Message = {"path": f"{tmp_path}/bad.py", "error": "invalid syntax"}
    assert [*lines("list", {"views": [rows], "previews": [empty], "problems": [problem]})] == [
        "app.py",
        "     3  preview 0: Empty (dark, size=fit)",
        "     9  view rows(items: list, title = 'a'); It needs items",
        "bad.py: invalid syntax",
    ]


def test_an_empty_list_says_what_would_be_in_it() -> None:
    assert "device_server.views" in "".join(lines("list", {"views": [], "previews": [], "problems": []}))
    assert "tether view start" in "".join(lines("sessions", {"views": []}))


def test_each_hosted_view_has_its_state_and_its_pictures() -> None:
    stale: wire.Message = {"view": "v1", "name": "Empty", "state": "stale", "error": "SyntaxError", "images": [IMAGE]}
    assert [*lines("sessions", {"views": [stale]})] == ["v1  stale  Empty: SyntaxError", f"    {SHOWN}"]


def test_elements_are_a_tree() -> None:
    text: wire.Message = {"role": "text", "label": "Milk", "frame": {"x": 1, "y": 2, "width": 3.5, "height": 4}}
    row: wire.Message = {"role": "button", "identifier": "add", "traits": ["disabled"], "children": [text]}
    assert [*lines("elements", {"elements": [row, text]})] == [
        "button identifier=add disabled []",
        "  text label=Milk [1 2 3.5 4]",
        "text label=Milk [1 2 3.5 4]",
    ]


def test_variants_have_a_picture_or_an_error_each() -> None:
    told: wire.Message = {
        "variants": [
            {"traits": {"color_scheme": "dark"}, "images": [IMAGE]},
            {"traits": {}, "error": "ValueError: no"},
        ]
    }
    assert [*lines("variants", told)] == [f"color_scheme=dark: {SHOWN}", "as it is: ValueError: no"]


def test_all_else_is_told_key_by_key() -> None:
    told: wire.Message = {
        "hit": {"role": "button"},
        "enabled": True,
        "ms": 3.25,
        "notices": ["no font"],
        "images": [IMAGE],
    }
    assert [*lines("touch", told)] == ["hit: role button", "enabled: yes", "ms: 3.25", "no font", SHOWN]


def test_a_picture_that_is_not_here_says_so() -> None:
    assert [*lines("snapshot", {"images": [{"mime": "image/png", "error": "it is too large"}]})] == [
        "image/png: it is too large"
    ]
