"""What `tether reload` does: it has edits pushed, and prints a line for each thing that becomes of one."""

from __future__ import annotations

import os
from collections.abc import Sequence

import click

from bridge.client import Client, has_status
from middleware.request import Message


def push(client: Client, files: Sequence[str], *, is_forced: bool) -> bool:
    """Have these files pushed, or what has changed; whether nothing was refused. Raises: NoBridgeError."""
    request: Message = {"op": "device-reload", "force": "true" if is_forced else "false"}
    if files:
        request["paths"] = [os.path.abspath(file) for file in files]
    *told, last = client.converse(request)
    for each in told:
        show(each)
    if "error" in last:
        click.secho(str(last["error"]), fg="red", err=True)
    elif not told:
        click.echo("Nothing has changed")
    return not has_status(last, "error")


def follow(client: Client) -> None:
    """Print what becomes of edits, until the user has had enough. Raises: NoBridgeError."""
    try:
        for each in client.follow({"op": "reload-subscribe"}):
            if "summary" in each:
                show(each)
    except KeyboardInterrupt:
        click.echo()


def show(told: Message) -> None:
    """Print one line, and below it the place of an error."""
    has_failed = has_status(told, "reload-failed")
    device = "" if told["device"] == "local" else f" [{told['device']!s}]"
    click.secho(f"{told['summary']!s}{device}", fg="red" if has_failed else None)
    if "code-frame" in told:
        click.echo(told["code-frame"])
