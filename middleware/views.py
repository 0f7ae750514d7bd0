"""The ops `view-...`, made from the table in view_ops.py. The device hosts views; the bridge reads the source."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Descriptor, OpSpec, Runs, Served, provides
from middleware.request import Final, Refusal, Request
from middleware.view_ops import TABLE, ViewOp
from middleware.view_sources import FileViews, ViewSources
from middleware.view_values import to_bencode, to_wire

PREFIX: Constant = "view-"
_SESSION: Constant = {"session": "The session, whose device it is about."}


def middleware(sources: ViewSources) -> Descriptor:
    """Handles every op of the table."""
    ops = {f"{PREFIX}{name}": _served(name, op, sources) for name, op in TABLE.items()}
    return provides("views", ops, requires=frozenset({"session"}))


def _served(name: str, op: ViewOp, sources: ViewSources) -> Served:
    spec = OpSpec(
        op.doc,
        requires={each.name: each.doc for each in op.parameters if each.is_needed},
        optional={each.name: each.doc for each in op.parameters if not each.is_needed} | _SESSION,
        returns={
            **op.results,
            "ex": "The type of the exception, when it is one.",
            "status": "`view-failed`, when the device refuses.",
        },
        runs=Runs.BESIDE,
    )
    return spec, partial(_list, sources) if op.is_on_host else partial(_ask, name, op, sources)


async def _list(sources: ViewSources, request: Request) -> Final:
    told = listing(await sources.find(request.text("path") or None))
    return {key: to_bencode(value) for key, value in told.items()}


def listing(files: Iterable[FileViews]) -> dict[str, wire.JSON]:
    """The result of `view-list`."""
    views, previews, problems = list[wire.JSON](), list[wire.JSON](), list[wire.JSON]()
    for file in files:
        place: dict[str, wire.JSON] = {"path": file.path, "module": file.module}
        views += [{**place, **each.told()} for each in file.found.views]
        previews += [{**place, **each.told(index)} for index, each in enumerate(file.found.previews)]
        if file.found.problem is not None:
            problems.append({"path": file.path, "error": file.found.problem})
    return {"views": views, "previews": previews, "problems": problems}


async def _ask(name: str, op: ViewOp, sources: ViewSources, request: Request) -> Final:
    given = {each.name: each for each in op.parameters if request.message.get(each.name) not in (None, "", [])}
    asked = {key: to_wire(parameter, request.message[key]) for key, parameter in given.items()}
    if "view" not in asked and "path" in {each.name for each in op.parameters}:
        own = sources.hosting(request.text("path") or None)
        asked = {"lang": request.session.language, **own, **asked}
    last = await request.session.ask({"op": f"{PREFIX}{name}", **asked}, _ignore)
    if last.get("op") == "error":
        raise Refusal(frames.text(last, "error"), "view-failed", **_failed(last))
    return {key: to_bencode(last[key]) for key in op.results if last.get(key) is not None}


def _failed(last: wire.Message) -> Final:
    """What else the device tells of a failure."""
    return {"ex": frames.text(last, "ex")} if last.get("ex") else {}


def _ignore(_frame: wire.Message) -> None:
    """What a view prints is its own business."""
