"""The op `load-file`: a whole file goes to the session's device. This side reads no file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import PurePath
from typing import Final as Constant
from typing import Protocol, TypeAlias

from device_server import wire
from middleware import caught, content, printing
from middleware import eval as evaluating
from middleware.descriptor import Descriptor, OpSpec, Runs, provides
from middleware.request import Final, Refusal, Request

ModuleName: TypeAlias = Callable[[str], str | None]
"""Path of a file -> the name it is imported by, None when it is no module of the project."""


class Buffers(Protocol):
    """The texts of files as editors have them."""

    def loading(self, path: str) -> AbstractContextManager[None]:
        """While it is entered, what the disk has of that file is not pushed as an edit."""

    async def note_unsaved(self, path: str, text: str) -> None:
        """An editor has this text, which was loaded: devices import that, until the file is saved."""


LANGUAGES: Constant = {".py": "python", ".lpy": "basilisp", ".clj": "basilisp", ".cljc": "basilisp"}

SPEC: Constant = OpSpec(
    doc="Evaluate a whole file. Stops at the first error; the session stays in its namespace.",
    requires={"file": "The text of the file."},
    optional={
        "session": "The session to evaluate in.",
        "file-path": "The path of the file; its ending decides the language.",
        "file-name": "Its name, for error messages, when there is no path.",
        "lang": "The language, instead of the one its ending says.",
        "timeout-ms": "After so many milliseconds the code is interrupted.",
        **printing.OPTIONAL,
        **caught.OPTIONAL,
        **content.OPTIONAL,
    },
    returns={
        "value": "The printed value of the last form.",
        "out": "What the code wrote to standard output.",
        "err": "What it wrote to standard error, or what went wrong.",
        **printing.RETURNS,
        **caught.RETURNS,
        **content.RETURNS,
    },
    runs=Runs.IN_SESSION,
)


def middleware(module_name: ModuleName, buffers: Buffers) -> Descriptor:
    """Handles `load-file`."""

    async def load_file(request: Request) -> Final:
        frame = _frame(request, module_name)
        path, is_module = str(frame["file"]), "name" in frame
        with buffers.loading(path) if is_module else nullcontext():
            last = await request.session.ask(frame, evaluating.showing(request, moves_ns=False))
            if last["op"] == "result" and is_module:
                await buffers.note_unsaved(path, str(frame["source"]))
        return evaluating.conclude(request, last, None, with_ns=False)

    return provides("load-file", {"load-file": (SPEC, load_file)}, requires=frozenset({"session"}))


def _frame(request: Request, module_name: ModuleName) -> wire.Message:
    source = request.message["file"]
    if not isinstance(source, str):
        raise Refusal("'file' must be a string, the text of the file", "bad-file")
    path = request.text("file-path") or request.text("file-name") or "NO_SOURCE_FILE"
    frame: wire.Message = {"op": "load", "source": source, "file": path, **evaluating.place(request)}
    if request.text("lang") is None and (lang := LANGUAGES.get(PurePath(path).suffix)):
        frame["lang"] = lang
    if name := module_name(path):
        frame["name"] = name
    return frame
