"""A project whose files are saved and sent to a device by a bridge: what the table's edits do there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from device_server.reload import State, Tier
from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl
from tests.device_server.reload.edits.judge import Answer, behaviour, words
from tests.device_server.reload.edits.table import Edit, edits

_MODULES: Final = {path.removesuffix(".py").removesuffix("/__init__") for edit in edits() for path in edit.before}
_CLEAN: Final = f"""
import sys
for name in {sorted(name.replace("/", ".") for name in _MODULES)}:
    sys.modules.pop(name, None)
for name in [name for name in globals() if not name.startswith("__")]:
    del globals()[name]
import m
"""
_PROBE: Final = """
def __outcome__(expression):
    try:
        return repr(eval(expression, globals()))
    except BaseException as error:
        return type(error).__name__
[*map(__outcome__, {expressions})]
"""


class Editor:
    """An nREPL client with a project, whose modules the device has from it."""

    def __init__(self, folder: Path, client: Nrepl) -> None:
        self._folder = folder
        self._client = client
        self._session = client.clone()

    def begin(self, edit: Edit) -> None:
        """A program as if nothing had ever been loaded, and its state."""
        write(self._folder, edit.before)
        self._evaluate(_CLEAN + edit.setup)

    def save(self, files: Mapping[str, str]) -> Answer:
        """Write them and have them sent."""
        paths: list[Bencode] = [*map(str, write(self._folder, files))]
        replies = self._client.talk({"op": "device-reload", "paths": paths, "session": self._session})
        return _answer(_merged(replies))

    def probe(self, expressions: Sequence[str]) -> list[str]:
        """See judge.Probe."""
        values: list[str] = ast.literal_eval(self._evaluate(_PROBE.format(expressions=[*expressions])))
        return values

    def _evaluate(self, code: str) -> str:
        merged = _merged(self._client.eval(code, self._session, lang="python"))
        assert "ex" not in merged, merged
        return str(merged.get("value"))


def write(folder: Path, files: Mapping[str, str]) -> list[Path]:
    """The files, below the folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in files]


def _merged(replies: list[Message]) -> Message:
    return {key: value for reply in replies for key, value in reply.items()}


def _answer(told: Message) -> Answer:
    stale, name = told.get("stale"), str(told.get("error", "")).partition(":")[0]
    return Answer(
        Tier[str(told.get("tier", "none")).upper()],
        State[str(told.get("state", "kept")).upper()],
        [str(each) for each in stale] if isinstance(stale, list) else [],
        "KeyboardInterrupt" if told.get("error-type") == "interrupted" else name,
        str(told.get("summary")),
    )


@contextmanager
def editor(folder: Path) -> Iterator[Editor]:
    """One bridge for all rows, which watches nothing, lest a save be sent twice."""
    write(folder, {path: "" for edit in edits() for path in edit.before})
    with servers.bridge(folder, "--no-watch") as bridge, Nrepl(bridge.port) as client:
        yield Editor(folder, client)


def faults(edit: Edit, editor: Editor) -> list[str]:
    """Make the edit; what the answer says or the program does and should not."""
    editor.begin(edit)
    for save in edit.between:
        editor.save(save)
    answer = editor.save(edit.last_save)
    return words(edit, answer) + behaviour(edit, answer.state is State.RESET, editor.probe)
