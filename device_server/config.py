"""The device server's configuration: defaults, then the environment, then flags. The only reader of the environment."""

from __future__ import annotations

import argparse
import importlib.util
import ipaddress
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from device_server import wire

TOKEN_VARIABLE = "TETHER_TOKEN"


@dataclass(frozen=True, slots=True)
class Config:
    """How one device server runs."""

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = wire.DEFAULT_PORT
    """The port to listen on; 0 lets the system choose."""
    port_file: Path | None = None
    """Where to write the port; removed at the end."""
    fd: int | None = None
    """An inherited, connected socket to serve instead of listening; its end is the server's end."""
    name: str = "device"
    """What hosts call this device."""
    languages: tuple[str, ...] = ("python",)
    """The languages to offer, the default first."""
    token: str | None = None
    """What a client must say in its hello; None lets every client in."""
    grace_s: float = 1.0
    """How long an interrupted request may take to end before its worker is killed."""


_DEFAULTS = Config()


class ConfigError(Exception):
    """A setting that cannot be used; the text says which and what to do."""


def installed_languages() -> tuple[str, ...]:
    """The languages this Python can offer, without importing them."""
    return ("basilisp", "python") if importlib.util.find_spec("basilisp") else ("python",)


def parser() -> argparse.ArgumentParser:
    """The command line of `python -m device_server` and `tether device`."""
    result = argparse.ArgumentParser(
        prog="tether device",
        description="Evaluate what hosts send, in workers that may crash. One JSON object per line: try it with netcat",
        epilog=f"With ${TOKEN_VARIABLE} set, clients must say that token in their hello.",
    )
    result.add_argument("--host", default=_DEFAULTS.host, help="address to listen on (default: %(default)s)")
    result.add_argument(
        "--port", type=int, default=_DEFAULTS.port, help="port; 0 picks a free one (default: %(default)s)"
    )
    result.add_argument("--port-file", type=Path, help="write the port there while the server runs")
    result.add_argument("--lang", choices=installed_languages(), help="the language of requests that name none")
    result.add_argument(
        "--name", default=socket.gethostname(), help="what hosts call this device (default: %(default)s)"
    )
    result.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    result.add_argument("--warm", action="store_true", help="make the languages' bytecode caches, then exit")
    return result


def from_arguments(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration that parsed arguments ask for.

    Raises: ConfigError, when other machines could connect and no token is set.
    """
    config = Config(
        host=arguments.host,
        port=arguments.port,
        port_file=arguments.port_file,
        fd=arguments.fd,
        name=arguments.name,
        languages=_default_first(installed_languages(), arguments.lang),
        token=environment.get(TOKEN_VARIABLE) or None,
    )
    if config.fd is None and config.token is None and not is_loopback(config.host):
        raise ConfigError(
            f"Anyone who can reach {config.host} could run code here: set {TOKEN_VARIABLE} to a secret that hosts must "
            "say, or listen on 127.0.0.1 and let hosts come through `ssh -L`"
        )
    return config


def _default_first(languages: Sequence[str], default: str | None) -> tuple[str, ...]:
    return tuple(sorted(languages, key=lambda name: name != default)) if default else tuple(languages)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`; a name that is no address counts only if it is localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
