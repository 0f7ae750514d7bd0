"""The commands `tether view check` and `tether view approve`: previews as they are drawn now, and approved pictures."""

from __future__ import annotations

import ast
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bridge.view_command import NO_CONNECTION, ViewError, ask, connect, give_up, picture_path

if TYPE_CHECKING:
    from bridge.client import Client
    from bridge.golden_pictures import Comparison, Golden, Shot
    from device_server import wire
    from middleware.request import Bencode, Message

_FINGERPRINT: Final = (
    "__import__('json').dumps(__import__('device_server.views.typefaces', fromlist=['fingerprint']).fingerprint())"
)
_PREVIEWS: Final = click.argument("previews", nargs=-1)
_PORT: Final = click.option("--port", type=int, help="Port of the bridge (default: from .nrepl-port).")
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")


@click.command()
@_PREVIEWS
@click.option(
    "--report", type=click.Path(dir_okay=False), help="Where to write the report (default: views/report.html)."
)
@_PORT
@_JSON
def check(previews: tuple[str, ...], *, report: str | None, port: int | None, as_json: bool) -> None:
    """Compare the previews with their approved pictures: all, or those that are named.

    Exits with 1 when one is different, new, gone or cannot be drawn, and writes a report that shows them.
    """
    from bridge.golden_pictures import REPORT_FILE, Verdict, recorded_renderer
    from bridge.golden_report import page

    golden, comparisons, renderer = _compared(previews, port)
    changes = _changes(golden, renderer)
    is_well = all(each.verdict is Verdict.SAME for each in comparisons)
    file = Path(report) if report is not None else golden.folder / REPORT_FILE
    if is_well:
        (golden.folder / REPORT_FILE).unlink(missing_ok=True)  # it tells of an earlier check
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page(comparisons, changes))
    if as_json:
        told = {"renderer": renderer, "recorded": recorded_renderer(golden), "report": None if is_well else str(file)}
        click.echo(json.dumps({"pictures": [*map(_told, comparisons)], **told}))
    else:
        _show(
            comparisons, changes, [] if is_well else [f"Side by side: {file}", "As it should be? tether view approve"]
        )
    sys.exit(0 if is_well else 1)


@click.command()
@_PREVIEWS
@_PORT
@_JSON
def approve(previews: tuple[str, ...], *, port: int | None, as_json: bool) -> None:
    """Make the previews as they are drawn now the approved pictures: all, or those that are named."""
    from bridge.golden_pictures import Verdict
    from bridge.golden_pictures import approve as write

    golden, comparisons, renderer = _compared(previews, port)
    changes = _changes(golden, renderer)
    if previews and changes:
        give_up(f"Another renderer drew the other approved pictures ({'; '.join(changes)}): approve all", 1)
    try:
        written = write(golden, comparisons, renderer)
    except OSError as error:
        give_up(error, 1)
    failed = [each for each in comparisons if each.verdict is Verdict.FAILED]
    if as_json:
        click.echo(json.dumps({"pictures": [*map(_told, [*written, *failed])], "renderer": renderer}))
    else:
        for each in written:
            click.echo(f"{'removed' if each.now is None else 'approved'}  {each.what}")
        for each in failed:
            click.secho(f"failed  {each.what}: {each.error}", fg="red", err=True)
        click.echo(f"{len(written)} of {len(comparisons)} pictures in {golden.folder} are new")
    sys.exit(1 if failed else 0)


def _compared(previews: Sequence[str], port: int | None) -> tuple[Golden, list[Comparison], dict[str, str]]:
    """The settings, what came of comparing, and the renderer; on a failure it exits."""
    from bridge.client import NoBridgeError
    from bridge.golden_pictures import GoldenError, compared, of_project
    from bridge.project import root_of

    try:
        golden = of_project(root_of(Path.cwd()))
        with connect(port) as client:
            renderer = _renderer(client)
            comparisons = compared(golden, _shots(client, golden, previews), is_all=not previews)
    except NoBridgeError as error:
        give_up(error, NO_CONNECTION)
    except (GoldenError, ViewError, OSError) as error:
        give_up(error, 1)
    return golden, comparisons, renderer


def _changes(golden: Golden, renderer: dict[str, str]) -> list[str]:
    from bridge.golden_pictures import GoldenError, recorded_renderer, renderer_changes

    try:
        return renderer_changes(recorded_renderer(golden), renderer)
    except GoldenError as error:
        give_up(error, 1)


def _shots(client: Client, golden: Golden, names: Sequence[str]) -> Iterator[Shot]:
    """The previews of the project, or those of these names, each for every variant. Raises: ViewError."""
    told = ask(client, {"op": "view-list"})
    for problem in _objects(told, "problems"):
        raise ViewError(f"{problem['path']!s}: {problem['error']!s}")
    listed = _objects(told, "previews")
    if unknown := {*names} - {str(each["name"]) for each in listed}:
        raise ViewError(f"There is no preview {min(unknown)!r}; `tether view list` lists them")
    for each in listed:
        if not names or each["name"] in names:
            yield from _shots_of(client, golden, each)


def _shots_of(client: Client, golden: Golden, preview: dict[str, wire.JSON]) -> Iterator[Shot]:
    from bridge.golden_pictures import Shot

    variants: list[Bencode] = ["", *golden.variants]
    request: Message = {"op": "view-variants", "path": str(preview["path"]), "index": int(str(preview["index"]))}
    try:
        drawn = _objects(ask(client, {**request, "variants": variants}), "variants")
    except ViewError as refusal:
        drawn = [{"error": str(refusal)} for _ in variants]
    for variant, told in zip(variants, drawn, strict=True):
        picture, error = None, str(told.get("error") or "")
        if not error:
            try:
                picture = picture_path(told).read_bytes()
            except (ViewError, OSError) as failure:
                error = str(failure)
        yield Shot(str(preview["module"]), str(preview["name"]), str(variant), picture, error)


def _renderer(client: Client) -> dict[str, str]:
    """What decides how the device's pictures look. Raises: ViewError."""
    told = client.ask({"op": "eval", "code": _FINGERPRINT, "lang": "python"})
    if "value" not in told:
        raise ViewError(f"The device draws no views: {told.get('err', told.get('error', ''))!s}".strip())
    parts = json.loads(ast.literal_eval(str(told["value"])))
    return {str(part): str(version) for part, version in parts.items()}


def _show(comparisons: Sequence[Comparison], changes: Sequence[str], remarks: Sequence[str]) -> None:
    from bridge.golden_pictures import Verdict

    for each in comparisons:
        if each.verdict is not Verdict.SAME:
            more = f", {each.share:.2%} of its pixels" if each.verdict is Verdict.DIFFERENT else ""
            click.secho(f"{each.verdict:9}  {each.what}{more}" + (f": {each.error}" if each.error else ""), fg="red")
    if changes:
        click.secho(f"The approved pictures were drawn by another renderer: {'; '.join(changes)}", fg="yellow")
    counts = Counter(each.verdict for each in comparisons)
    click.echo(", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]) or "No previews")
    for remark in remarks:
        click.echo(remark)


def _told(each: Comparison) -> dict[str, wire.JSON]:
    told: dict[str, wire.JSON] = {"what": each.what, "verdict": str(each.verdict), "file": each.file}
    if each.error:
        told["error"] = each.error
    return {**told, "pixels": each.pixels, "share": each.share}


def _objects(told: dict[str, wire.JSON], key: str) -> list[dict[str, wire.JSON]]:
    found = told.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
