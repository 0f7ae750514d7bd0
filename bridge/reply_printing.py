"""How `tether eval` shows the replies to an eval: as they come, or as one JSON object at the end."""

from __future__ import annotations

import json

import click

from bridge.client import has_status
from middleware.request import Bencode, Message


class AsText:
    """The last value on standard output, output as it comes, errors on standard error."""

    def __init__(self) -> None:
        self.has_failed = False
        self._value: Bencode = ""

    def show(self, reply: Message) -> None:
        """Take one reply."""
        self.has_failed = self.has_failed or is_failure(reply)
        self._value = reply.get("value", self._value)
        for key in ("out", "err"):
            if text := reply.get(key):
                click.echo(str(text), nl=False, err=key == "err")
        if has_status(reply, "interrupted"):
            click.echo("Interrupted", err=True)

    def end(self) -> None:
        """Say what remains to be said."""
        if self._value:
            click.echo(self._value)


class AsJson:
    """One object: `values`, `value` (the last), `out`, `err`, `status`, and `ns`, `ex` when there are any."""

    def __init__(self) -> None:
        self.has_failed = False
        self._values: list[Bencode] = []
        self._status: list[Bencode] = []
        self._texts = {"out": "", "err": ""}
        self._others: Message = {}

    def show(self, reply: Message) -> None:
        """Take one reply."""
        self.has_failed = self.has_failed or is_failure(reply)
        if "value" in reply:
            self._values.append(reply["value"])
        for key in self._texts:
            self._texts[key] += str(reply.get(key, ""))
        said = reply.get("status")
        self._status += [word for word in said if word not in self._status] if isinstance(said, list) else []
        self._others |= {key: reply[key] for key in ("ns", "ex") if key in reply}

    def end(self) -> None:
        """Print the object."""
        last = {"value": self._values[-1]} if self._values else {}
        click.echo(json.dumps({"values": self._values, **last, **self._texts, **self._others, "status": self._status}))


def is_failure(reply: Message) -> bool:
    """Whether a reply says that the code, or the request, failed."""
    return any(has_status(reply, status) for status in ("eval-error", "error", "interrupted"))
