"""`tether view check` and `approve`, against a bridge played by the test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bridge.cli import main
from middleware.request import Bencode, Message
from tests.bridge.test_client import bridge
from tests.bridge.test_golden_pictures import GREY, WHITE, png

DONE: Message = {"status": ["done"]}
RENDERER: list[Message] = [{"value": repr('{"pil": "12.0"}'), **DONE}]
PREVIEW: dict[str, Bencode] = {"path": "/p/app.py", "module": "app", "name": "List", "function": "f", "index": 1}
LIST: list[Message] = [{"views": [], "previews": [PREVIEW], "problems": [], **DONE}]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, in which the commands are typed."""
    (tmp_path / "pyproject.toml").write_text('[tool.tether.views]\nvariants = ["dark"]\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(root: Path, *pictures: bytes | str) -> list[Message]:
    """The answer to view-variants: a picture each, or an error."""
    variants: list[Bencode] = []
    for number, picture in enumerate(pictures):
        if isinstance(picture, str):
            variants.append({"traits": {}, "error": picture})
        else:
            (root / f"{number}.png").write_bytes(picture)
            image: Bencode = {"ref": f"sha256-{number}", "mime": "image/png", "path": str(root / f"{number}.png")}
            variants.append({"traits": {}, "images": [image]})
    return [{"variants": variants, **DONE}]


def run(command: str, *answers: list[Message]) -> tuple[list[Message], Result]:
    """What the bridge was asked, and what came of it."""
    with bridge(*answers) as (port, asked):
        result = CliRunner().invoke(main, ["view", *command.split(), "--port", str(port)])
    return asked, result


def approved(root: Path) -> None:
    _, result = run("approve", RENDERER, LIST, drawn(root, png(WHITE), png(GREY)))
    assert result.exit_code == 0


def test_pictures_that_are_not_approved_yet_fail_the_check(root: Path) -> None:
    asked, result = run("check", RENDERER, LIST, drawn(root, png(WHITE), png(GREY)))
    assert result.exit_code == 1
    assert "new        app: List (dark)" in result.stdout
    assert "2 new" in result.stdout
    variants = {"path": "/p/app.py", "index": 1, "variants": ["", "dark"]}
    assert {key: asked[3][key] for key in variants} == variants


def test_what_is_approved_passes_and_leaves_no_report(root: Path) -> None:
    approved(root)
    _, result = run("check", RENDERER, LIST, drawn(root, png(WHITE), png(GREY)))
    assert (result.exit_code, result.stdout) == (0, "2 same\n")
    assert not (root / "views/report.html").exists()


def test_a_difference_exits_with_1_and_is_reported(root: Path) -> None:
    approved(root)
    _, result = run("check", RENDERER, LIST, drawn(root, png(WHITE, GREY), png(GREY)))
    assert result.exit_code == 1
    assert "different  app: List, 1.00% of its pixels" in result.stdout
    assert (root / "views/report.html").read_text().count("data:image/png") == 3
    run("check", RENDERER, LIST, drawn(root, png(WHITE), png(GREY)))
    assert not (root / "views/report.html").exists()


def test_the_report_is_written_where_it_is_wanted(root: Path) -> None:
    run("check --report out/a.html", RENDERER, LIST, drawn(root, png(WHITE), png(GREY)))
    assert "not as approved" in (root / "out/a.html").read_text()


def test_a_preview_that_cannot_be_drawn_fails_the_check_and_is_not_approved(root: Path) -> None:
    _, result = run("check", RENDERER, LIST, drawn(root, png(WHITE), "ValueError: no"))
    assert (result.exit_code, "failed     app: List (dark): ValueError: no" in result.stdout) == (1, True)
    _, result = run("approve", RENDERER, LIST, drawn(root, png(WHITE), "ValueError: no"))
    assert (result.exit_code, [path.name for path in root.rglob("views/*/*")]) == (1, ["List.png"])


def test_a_preview_that_cannot_be_hosted_fails_for_all_variants() -> None:
    _, result = run("check", RENDERER, LIST, [{"error": "SyntaxError", **DONE}])
    assert (result.exit_code, result.stdout.count("SyntaxError")) == (1, 2)


def test_another_renderer_is_said(root: Path) -> None:
    approved(root)
    other: list[Message] = [{"value": repr('{"pil": "13.0"}'), **DONE}]
    _, result = run("check", other, LIST, drawn(root, png(WHITE), png(WHITE)))
    assert "another renderer: pil 12.0, now 13.0" in result.stdout
    _, result = run("approve List", other, LIST, drawn(root, png(WHITE), png(WHITE)))
    assert (result.exit_code, "approve all" in result.stderr) == (1, True)


def test_json_tells_everything(root: Path) -> None:
    _, result = run("check --json", RENDERER, LIST, drawn(root, png(WHITE), png(GREY)))
    told = json.loads(result.stdout)
    assert [each["verdict"] for each in told["pictures"]] == ["new", "new"]
    assert (told["renderer"], told["recorded"]) == ({"pil": "12.0"}, None)
    assert told["report"] == str(root / "views/report.html")


def test_an_unknown_preview_is_refused() -> None:
    _, result = run("check Lost", RENDERER, LIST)
    assert (result.exit_code, "There is no preview 'Lost'" in result.stderr) == (1, True)


def test_a_file_that_cannot_be_read_is_no_file_without_previews() -> None:
    listing: Message = {"views": [], "previews": [], "problems": [{"path": "/p/a.py", "error": "invalid syntax"}]}
    _, result = run("check", RENDERER, [{**listing, **DONE}])
    assert (result.exit_code, "invalid syntax" in result.stderr) == (1, True)


def test_a_device_that_cannot_draw_says_why() -> None:
    _, result = run("check", [{"err": "ModuleNotFoundError: PIL", **DONE}])
    assert (result.exit_code, "PIL" in result.stderr) == (1, True)


def test_without_a_bridge_it_exits_with_2() -> None:
    assert CliRunner().invoke(main, ["view", "check"]).exit_code == 2
