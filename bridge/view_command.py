"""The commands `tether view ...`, made from the table of view operations; `check` and `approve` are view_check.py's."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from middleware.view_ops import TABLE, Kind, Parameter, ViewOp

if TYPE_CHECKING:
    from bridge.client import Client
    from device_server import wire
    from middleware.request import Bencode, Message

NO_CONNECTION: Final = 2
"""The exit code when there is no bridge; 1 means that the operation failed."""
_TYPES: Final = {Kind.WHOLE: click.INT, Kind.NUMBER: click.FLOAT}
_LISTS: Final = frozenset({Kind.TRAITS, Kind.VARIANTS, Kind.MASKS})
_MIMES: Final = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_PORT: Final = click.Option(["--port"], type=int, help="Port of the bridge (default: from .nrepl-port).")
_JSON: Final = click.Option(["--json", "as_json"], is_flag=True, help="Print the results as one JSON object.")
_OUTPUT: Final = click.Option(["-o", "output"], metavar="FILE", help="Write the picture there; - is standard output.")


class ViewError(Exception):
    """An operation was refused or has failed; the text says why."""


@click.group()
def view() -> None:
    """Host views on the device, look at them, touch them, and check their pictures."""


def request(name: str, given: dict[str, object]) -> Message:
    """The message that asks for an operation. `given` has what was typed, by parameter; None and () were not."""
    message: Message = {"op": f"view-{name}"}
    for parameter in TABLE[name].parameters:
        value = given.get(parameter.name)
        if value not in (None, ()):
            message[parameter.name] = _sent(parameter, value)
    return message


def ask(client: Client, message: Message) -> dict[str, wire.JSON]:
    """The results of an operation. Raises: ViewError; NoBridgeError."""
    from middleware.view_values import from_bencode

    told = client.ask(message)
    if "error" in told:
        raise ViewError(str(told["error"]))
    results = TABLE[str(message["op"]).removeprefix("view-")].results
    return {key: from_bencode(told[key], key) for key in results if key in told}


def connect(port: int | None) -> Client:
    """A connection to the bridge there, or around here. Raises: NoBridgeError."""
    from bridge.client import Client, find_port

    return Client(port if port is not None else find_port(Path.cwd()))


def give_up(reason: object, code: int) -> NoReturn:
    """Say why on standard error, and exit."""
    click.secho(f"tether: {reason!s}", fg="red", err=True)
    sys.exit(code)


def _sent(parameter: Parameter, value: object) -> Bencode:
    if parameter.name == "path":
        return os.path.abspath(str(value))
    if parameter.kind in _LISTS:
        assert isinstance(value, tuple)
        return [str(each) for each in value]
    return value if isinstance(value, int | str) else repr(value)


def _command(name: str, op: ViewOp) -> click.Command:
    needed = [each for each in op.parameters if each.is_needed] or [*op.parameters[:1]]
    declared = [_argument(each) if each in needed else _option(each) for each in op.parameters]
    own = [_OUTPUT] if name == "snapshot" else []

    def run(*, port: int | None, as_json: bool, output: str | None = None, **given: object) -> None:
        from bridge.client import NoBridgeError

        if output is not None and given["mime"] is None:
            given["mime"] = _MIMES.get(Path(output).suffix.lower())
        try:
            with connect(port) as client:
                told = ask(client, request(name, given))
            _show(name, told, output, as_json=as_json)
        except NoBridgeError as error:
            give_up(error, NO_CONNECTION)
        except (ViewError, OSError) as error:
            give_up(error, 1)

    return click.Command(name, callback=run, params=[*declared, *own, _PORT, _JSON], help=_help(op, needed))


def _help(op: ViewOp, arguments: list[Parameter]) -> str:
    said = [f"{each.name.upper()}: {each.doc}" for each in arguments]
    return "\n\n".join([op.doc, *said]).replace("`", "")


def _argument(parameter: Parameter) -> click.Parameter:
    count = -1 if parameter.kind in _LISTS else 1
    return click.Argument([parameter.name], type=_TYPES.get(parameter.kind), nargs=count, required=parameter.is_needed)


def _option(parameter: Parameter) -> click.Parameter:
    return click.Option(
        [f"--{parameter.name}"],
        type=_TYPES.get(parameter.kind),
        multiple=parameter.kind in _LISTS,
        help=parameter.doc.replace("`", ""),
    )


def _show(name: str, told: dict[str, wire.JSON], output: str | None, *, as_json: bool) -> None:
    from bridge.view_printing import lines

    if output is not None:
        _write(told, output)
    if output == "-":
        return  # the picture has it to itself
    if as_json:
        click.echo(json.dumps(told))
    elif output is not None:
        click.echo(output)
    else:
        for line in lines(name, told):
            click.echo(line)


def _write(told: dict[str, wire.JSON], output: str) -> None:
    """The picture to a file or to standard output. Raises: ViewError, OSError."""
    path = picture_path(told)
    if output == "-":
        click.echo(path.read_bytes(), nl=False)
    else:
        shutil.copyfile(path, output)


def picture_path(told: dict[str, wire.JSON]) -> Path:
    """Where the first picture of some results is. Raises: ViewError, when it is not on this host."""
    images = told.get("images")
    image = images[0] if isinstance(images, list) and images else None
    if not isinstance(image, dict):
        raise ViewError("There is no picture")
    if "path" not in image:
        raise ViewError(f"The picture is not here: {image.get('error', image.get('ref'))!s}")
    return Path(str(image["path"]))


for _name, _op in TABLE.items():
    view.add_command(_command(_name, _op))
