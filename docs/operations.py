"""Writes docs/operations.md from what a bridge tells of itself: `python -m docs.operations`, or `make docs`."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from bridge.client import Client
from middleware.request import Bencode

PAGE: Final = Path(__file__).with_suffix(".md")
HEAD: Final = """# Operations

The nREPL operations of the bridge. This page is made from the table that serves them (`make docs`), and a test compares
it with what `describe` answers to `verbose?`.

Any request may carry `id` and `session`; every reply echoes both, and the last has `done` in its `status`. A request
that is refused has `error` in its `status` and the reason, as a sentence, under `error` and `err`. Besides the replies
there are messages that nobody asked for, under the id of the session's latest request:

- status `notification`: `msg` is for a person, `type` is `message`, `warning` or `error`.
- status `state`: `changed-namespaces` says what has changed in which namespace, `repl-type` is `clj`.
"""
"""What the table does not say."""
PARTS: Final = {"requires": "Requires", "optional": "Optional", "returns": "Returns"}
CIDER: Final = "cider/"


def page(ops: Mapping[str, Bencode]) -> str:
    """The page for the `ops` of a verbose `describe`."""
    return "\n".join([HEAD, *(line for op in sorted(ops) for line in _section(op, ops))])


def _section(op: str, ops: Mapping[str, Bencode]) -> Iterator[str]:
    short = op.removeprefix(CIDER)
    if short != op and ops.get(short) == ops[op]:
        return  # told with the short name
    also = ops.get(CIDER + op) == ops[op]
    spec = _object(ops[op])
    yield f"## `{op}`" + (f" and `{CIDER}{op}`" if also else "") + "\n"
    yield str(spec["doc"]) + "\n"
    for part, title in PARTS.items():
        keys = _object(spec[part])
        if keys:
            yield f"{title}:\n"
            yield from (f"- `{key}`: {keys[key]!s}" for key in sorted(keys))
            yield ""


def _object(told: Bencode) -> dict[str, Bencode]:
    assert isinstance(told, dict)
    return told


def main() -> None:
    """Ask a bridge, started for the purpose, and write the page."""
    tether = Path(sys.executable).with_name("tether")
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([tether, "serve"], cwd=folder, stdout=subprocess.PIPE, text=True) as bridge,
    ):
        assert bridge.stdout is not None
        started = re.search(r"started on port (\d+)", bridge.stdout.readline())
        assert started is not None
        try:
            with Client(int(started[1])) as client:
                PAGE.write_text(page(_object(client.ask({"op": "describe", "verbose?": 1})["ops"])))
        finally:
            bridge.terminate()


if __name__ == "__main__":
    main()
