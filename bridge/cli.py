"""The command `tether`. Each command is a few lines over the parts, imported when it runs: `--help` is to be quick."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from bridge.golden_command import approve, check
from bridge.view_command import view

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bridge.client import Client
    from middleware.request import Bencode, Message

NO_CONNECTION: Final = 2
"""The exit code when there is no bridge, or no device where --device says; 1 means that the code failed."""
_OURSELVES: Final = (sys.executable, "-P", "-c", "from bridge.cli import main; main()")
"""The command `tether`, in this Python, whatever files lie around here."""
LANGUAGES: Final = click.Choice(["basilisp", "python"])
PICTURES: Final = click.Choice(["auto", "kitty", "iterm2", "sixel", "blocks", "none"])


@click.group()
@click.version_option(package_name="tether-repl", prog_name="tether")
def main() -> None:
    """Drive a program that runs on a device from your editor, over nREPL."""


main.add_command(view)
view.add_command(check)
view.add_command(approve)


@main.command()
@click.option("--host", help="Loopback address to listen on (default: 127.0.0.1).")
@click.option("--port", type=int, help="Port to listen on; 0, the default, picks a free one.")
@click.option("--port-file", help="Where to write the port (default: .nrepl-port in the project).")
@click.option("--device", metavar="HOST:PORT", help="Start sessions on this device, not on the one started here.")
@click.option("--lang", type=LANGUAGES, help="Language of sessions.")
@click.option("--project", type=click.Path(exists=True, file_okay=False), help="Project (default: around here).")
@click.option("--watch/--no-watch", default=None, help="Push edits to devices as they are saved (default: do).")
@click.option("--until-eof", is_flag=True, help="End when standard input ends, for whoever starts this as a child.")
@click.option("--verbose", is_flag=True, help="Tell on standard error what happens.")
def serve(*, until_eof: bool, verbose: bool, **flags: str | int | None) -> None:
    """Run the bridge: editors connect to it, it evaluates on devices."""
    from bridge import config
    from bridge.local_device import LocalDevice

    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, format="tether: %(message)s")
    try:
        settings = config.load(Path.cwd(), flags)
        local = LocalDevice(settings.project, settings.lang)
        local.launch()  # it starts while this process imports trio
        if until_eof:
            threading.Thread(target=_end_with_input, daemon=True).start()
        try:
            from bridge import app

            app.run(settings, local, click.echo)
        finally:
            local.close()
    except (config.ConfigError, OSError) as error:
        raise click.ClickException(str(error)) from error


def _end_with_input() -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


@main.command()
@click.option(
    "--connect", metavar="HOST:PORT", help="Use the bridge there (default: the one in .nrepl-port, or a new one)."
)
@click.option("--device", metavar="HOST:PORT", help="Evaluate on this device.")
@click.option("--lang", type=LANGUAGES, help="Language to begin in.")
@click.option(
    "--keys", type=click.Choice(["emacs", "vi"]), default="emacs", envvar="TETHER_KEYS", help="Keys to edit with."
)
@click.option(
    "--pictures",
    type=PICTURES,
    default="auto",
    envvar="TETHER_PICTURES",
    help="How pictures are shown (default: auto).",
)
def repl(*, connect: str | None, device: str | None, lang: str | None, keys: str, pictures: str) -> None:
    """Type code and see what comes of it. In a pipe: evaluate what comes in."""
    from bridge.project import root_of
    from repl.main import Settings, run

    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state").absolute() / "tether"
    settings = Settings(
        project=root_of(Path.cwd()),
        state=state,
        bridge=_address(connect),
        find_port=_port_here,
        command=(*_OURSELVES, "serve", "--until-eof"),
        device=_address(device),
        lang=lang,
        keys=keys,
        pictures=pictures,
        environment=os.environ,
    )
    sys.exit(run(settings))


@main.command(add_help_option=False, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def device(arguments: tuple[str, ...]) -> None:
    """Run a device server, on the machine where code is to run."""
    from device_server.__main__ import main as run_device

    run_device(arguments)


@main.command("eval")
@click.argument("code")
@click.option("--lang", type=LANGUAGES, help="Language of the code.")
@click.option("--timeout", type=float, metavar="SECONDS", help="Interrupt the code after so long.")
@click.option("--device", "address", metavar="HOST:PORT", help="Evaluate on this device.")
@click.option("--port", type=int, help="Port of the bridge (default: from .nrepl-port).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with all that came back.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the value's picture there."
)
def evaluate(
    code: str,
    *,
    lang: str | None,
    timeout: float | None,
    address: str | None,
    port: int | None,
    as_json: bool,
    output: Path | None,
) -> None:
    """Evaluate CODE; an existing file's name loads that file, - reads the code from standard input."""
    from bridge.client import NoBridgeError
    from bridge.reply_printing import AsJson, AsText

    printer = AsJson() if as_json else AsText()
    where = _address(address)
    try:
        with _client(port) as client:
            if where:
                _move(client, where)
            for reply in client.converse(_request(code, lang, timeout)):
                printer.show(reply)
                if reply.get("status") == ["need-input"]:
                    client.send({"op": "stdin", "stdin": sys.stdin.readline()})
    except NoBridgeError as error:
        _give_up(str(error))
    printer.end()
    if output is not None:
        _write_picture(printer.images, output)
    sys.exit(1 if printer.has_failed else 0)


def _write_picture(images: Sequence[Message], path: Path) -> None:
    """The last of them. Raises: click.ClickException."""
    source = images[-1].get("path") if images else None
    if source is None:
        raise click.ClickException(f"{path} is not written: the value has no picture")
    try:
        path.write_bytes(Path(str(source)).read_bytes())
    except OSError as error:
        raise click.ClickException(f"{path} is not written: {error.strerror}") from error


@main.command()
@click.argument("steps", type=click.IntRange(min=1), default=1)
@click.option("--port", type=int, help="Port of the bridge (default: from .nrepl-port).")
def rewind(steps: int, *, port: int | None) -> None:
    """Undo the last STEPS evals: the device's memory is as it was before them."""
    from bridge.client import NoBridgeError

    try:
        with _client(port) as client:
            told = client.ask({"op": "device-rewind", "steps": steps})
    except NoBridgeError as error:
        _give_up(str(error))
    if "error" in told:
        raise click.ClickException(str(told["error"]))
    for key, label in (("undone", "Undone"), ("not-restored", "Not restored")):
        for text in _list(told[key]):
            click.echo(f"{label}: {text!s}")


@main.command()
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False))
@click.option("--watch", is_flag=True, help="Go on, and show what becomes of every edit.")
@click.option("--force", is_flag=True, help="Let all that is in the files run again, whatever has changed.")
@click.option("--port", type=int, help="Port of the bridge (default: from .nrepl-port).")
def reload(files: tuple[str, ...], *, watch: bool, force: bool, port: int | None) -> None:
    """Push FILES to the device as they are now, or all that has changed; say what became of it."""
    from bridge import reload_command
    from bridge.client import NoBridgeError

    try:
        with _client(port) as client:
            is_well = reload_command.push(client, files, is_forced=force)
            if watch:
                reload_command.follow(client)
    except NoBridgeError as error:
        _give_up(str(error))
    sys.exit(0 if is_well else 1)


@main.command()
@click.option("--worker", metavar="NAME", help="Which one (default: main).")
@click.option("--port", type=int, help="Port of the bridge (default: from .nrepl-port).")
def restart(*, worker: str | None, port: int | None) -> None:
    """Begin anew on the device: a fresh process takes over, with the project's modules imported again."""
    from bridge.client import NoBridgeError

    try:
        with _client(port) as client:
            told = client.ask({"op": "device-restart", **({"worker": worker} if worker else {})})
    except NoBridgeError as error:
        _give_up(str(error))
    if "error" in told:
        raise click.ClickException(str(told["error"]))
    click.echo(f"Restarted in {told['ms']!s} ms: generation {told['generation']!s}")
    for text in _list(told["failed"]):
        click.echo(f"Not imported: {text!s}")


def _list(value: Bencode) -> list[Bencode]:
    return value if isinstance(value, list) else []


@main.command()
@click.option("--port", type=int, help="Port of the bridge (default: from .nrepl-port).")
@click.option("--json", "as_json", is_flag=True, help="Print it as a JSON object.")
def status(*, port: int | None, as_json: bool) -> None:
    """Say whether a bridge runs, and on which device its sessions start."""
    from bridge.client import NoBridgeError

    try:
        with _client(port) as client:
            told = client.ask({"op": "device-status"})
            versions = client.ask({"op": "describe"})["versions"]
            sessions = client.ask({"op": "ls-sessions"})["sessions"]
    except NoBridgeError as error:
        _give_up(str(error))
    others = len(sessions) - 1 if isinstance(sessions, list) else 0  # one is ours
    name, is_up = str(told["device"]), told["device-up"] == "true"
    if as_json:
        report = {"device": name, "device-up": is_up, "sessions": others, "versions": _numbers(versions)}
        click.echo(json.dumps(report))
    else:
        click.echo(f"device {name}: {'connected' if is_up else 'not connected'}; other sessions: {others}")
        click.echo(", ".join(f"{what} {number}" for what, number in _numbers(versions).items()))


def _numbers(versions: Bencode) -> dict[str, str]:
    """The `versions` of a describe, each as one string."""
    if not isinstance(versions, dict):
        return {}
    return {name: str(each["version-string"]) for name, each in versions.items() if isinstance(each, dict)}


def _port_here() -> int | None:
    from bridge.client import NoBridgeError, find_port

    try:
        return find_port(Path.cwd())
    except NoBridgeError:
        return None


def _client(port: int | None) -> Client:
    from bridge.client import Client, find_port

    return Client(port if port is not None else find_port(Path.cwd()))


def _address(text: str | None) -> tuple[str, int] | None:
    from bridge.config import ConfigError, parse_address

    try:
        return parse_address(text) if text else None
    except ConfigError as error:
        raise click.UsageError(str(error)) from error


def _move(client: Client, address: tuple[str, int]) -> None:
    host, port = address
    told = client.ask({"op": "device-connect", "host": host, "port": port})
    if "error" in told:
        _give_up(
            f"No device answers at {host}:{port} ({told.get('reason', '')!s}). Start one there with `tether device`"
        )


def _request(code: str, lang: str | None, timeout_s: float | None) -> Message:
    chosen: Message = {"images": "true", **({"lang": lang} if lang else {})}
    if timeout_s is not None:
        chosen["timeout-ms"] = round(timeout_s * 1000)
    if code == "-":
        return {"op": "eval", "code": sys.stdin.read(), "file": "<stdin>", **chosen}
    file = Path(code)
    if _is_file(file):
        path = str(file.resolve())
        return {"op": "load-file", "file": file.read_text(), "file-path": path, "file-name": file.name, **chosen}
    return {"op": "eval", "code": code, **chosen}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # code that no file can be called
        return False


def _give_up(text: str) -> None:
    click.echo(f"tether: {text}", err=True)
    sys.exit(NO_CONNECTION)
