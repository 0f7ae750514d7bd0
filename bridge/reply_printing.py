"""How `tether eval` shows the replies to an eval: as they come, or as one JSON object at the end."""

from __future__ import annotations

import json

import click

from bridge.client import has_status
from middleware.content import described
from middleware.request import Bencode, Message


class AsText:
    """The last value on standard output, output as it comes, errors on standard error."""

    def __init__(self) -> None:
        self.has_failed = False
        self.images: list[Message] = []
        """The pictures of the last value."""
        self._value: Bencode = ""

    def show(self, reply: Message) -> None:
        """Take one reply."""
        self.has_failed = self.has_failed or is_failure(reply)
        if "value" in reply:
            self._value, self.images = reply["value"], images_of(reply)
        for key in ("out", "err"):
            if text := reply.get(key):
                click.echo(str(text), nl=False, err=key == "err")
        if has_status(reply, "interrupted"):
            click.echo("Interrupted", err=True)

    def end(self) -> None:
        """Say what remains to be said."""
        if self._value:
            click.echo(self._value)
        for image in self.images:
            click.echo(described(image))


class AsJson:
    """One object: `values`, `value` (the last), `out`, `err`, `status`, and `ns`, `ex`, `images` when there are any."""

    def __init__(self) -> None:
        self.has_failed = False
        self.images: list[Message] = []
        """The pictures of all values."""
        self._values: list[Bencode] = []
        self._status: list[Bencode] = []
        self._texts = {"out": "", "err": ""}
        self._others: Message = {}

    def show(self, reply: Message) -> None:
        """Take one reply."""
        self.has_failed = self.has_failed or is_failure(reply)
        if "value" in reply:
            self._values.append(reply["value"])
            self.images += images_of(reply)
        for key in self._texts:
            self._texts[key] += str(reply.get(key, ""))
        said = reply.get("status")
        self._status += [word for word in said if word not in self._status] if isinstance(said, list) else []
        self._others |= {key: reply[key] for key in ("ns", "ex") if key in reply}

    def end(self) -> None:
        """Print the object."""
        last = {"value": self._values[-1]} if self._values else {}
        seen = {"images": self.images} if self.images else {}
        told = {"values": self._values, **last, **self._texts, **self._others, **seen, "status": self._status}
        click.echo(json.dumps(told))


def images_of(reply: Message) -> list[Message]:
    """The pictures that a reply tells of."""
    images = reply.get("images")
    return [image for image in images if isinstance(image, dict)] if isinstance(images, list) else []


def is_failure(reply: Message) -> bool:
    """Whether a reply says that the code, or the request, failed."""
    return any(has_status(reply, status) for status in ("eval-error", "error", "interrupted"))
