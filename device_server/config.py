"""The device server's configuration: defaults, then the environment, then flags. The only reader of the environment."""

from __future__ import annotations

import argparse
import importlib.util
import ipaddress
import json
import os
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from device_server import wire

TOKEN_VARIABLE = "TETHER_TOKEN"


_ADDRESS_SPACE_SLACK_BYTES = 4 * 1024**3
"""Address space that is reserved but not used (threads' stacks and heaps) is not counted as memory up to this."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker is told when it is started."""

    keeps_checkpoints: bool
    """Whether to park copies of itself."""
    address_space_bytes: int | None
    """More than this it cannot map: the allocation fails; None is no limit."""
    kept_modules: str | None = None
    """The folder where it keeps what it has imported from hosts; None keeps nothing."""
    images: str | None = None
    """The folder where it hands in pictures; None when there is none."""

    def packet(self) -> bytes:
        """As it travels."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def parse(cls, packet: bytes) -> WorkerSettings:
        """The inverse of `packet`."""
        return cls(**json.loads(packet))


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
    checkpoints: int = 5
    """How many states before the present one are kept for each worker; 0 keeps none, not even the present one."""
    generations: int = 100
    """How many generations are forked from one template before another takes its place; 0 makes no templates."""
    forks: bool = sys.platform == "linux"
    """Whether workers are forked; otherwise each is started afresh, and a crash loses the state."""
    memory_bytes: int | None = None
    """The resident memory at which a worker's eval is ended; None means four fifths of this machine's."""

    cache: Path | None = None
    """The folder for what can be had again; None keeps nothing."""
    images_bytes: int = 256 * 1024 * 1024
    """How much is kept of pictures that were shown."""

    @property
    def worker(self) -> WorkerSettings:
        """What a worker has to know."""
        address_space = None if self.memory_bytes is None else self.memory_bytes + _ADDRESS_SPACE_SLACK_BYTES
        return WorkerSettings(
            keeps_checkpoints=self.forks and self.checkpoints > 0,
            address_space_bytes=address_space,
            kept_modules=None if self.cache is None else str(self.cache / "modules"),
        )

    @property
    def memory_limit_bytes(self) -> int:
        """`memory_bytes`, or its default."""
        return self.memory_bytes or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * 4 // 5


_DEFAULTS = Config()


class ConfigError(Exception):
    """A setting that cannot be used; the text says which and what to do."""


def installed_languages() -> tuple[str, ...]:
    """The languages this Python can offer, without importing them."""
    return ("basilisp", "python") if importlib.util.find_spec("basilisp") else ("python",)


_BY_HAND = f"""\
To try it by hand, connect from another terminal and type a line; docs/protocol.md has a whole session:
  nc 127.0.0.1 {wire.DEFAULT_PORT}
  {{"op":"eval","id":1,"code":"1 + 2","lang":"python"}}
`rlwrap socat - TCP:127.0.0.1:{wire.DEFAULT_PORT}` does the same with line editing and history.

With ${TOKEN_VARIABLE} set, clients must say that token first:
  {{"op":"hello","token":"..."}}
"""


def parser() -> argparse.ArgumentParser:
    """The command line of `python -m device_server` and `tether device`."""
    result = argparse.ArgumentParser(
        prog="tether device",
        description="Evaluate what hosts send, in workers that may crash. One JSON object per line.",
        epilog=_BY_HAND,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_connection_options(result)
    _add_worker_options(result)
    result.add_argument("--warm", action="store_true", help="make the languages' bytecode caches, then exit")
    return result


def _add_connection_options(result: argparse.ArgumentParser) -> None:
    add = result.add_argument
    add("--host", default=_DEFAULTS.host, help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=_DEFAULTS.port, help="port; 0 picks a free one (default: %(default)s)")
    add("--port-file", type=Path, help="write the port there while the server runs")
    add("--fd", type=int, help=argparse.SUPPRESS)
    add("--name", default=socket.gethostname(), help="what hosts call this device (default: %(default)s)")


def _add_worker_options(result: argparse.ArgumentParser) -> None:
    add = result.add_argument
    add("--lang", choices=installed_languages(), help="the language of requests that name none")
    patience = "how long interrupted code may go on before its process is replaced (default: %(default)s)"
    add("--grace", type=float, default=_DEFAULTS.grace_s, metavar="SECONDS", help=patience)
    undo = "how many evals can be undone; 0 keeps no state through a crash (default: %(default)s)"
    add("--checkpoints", type=int, default=_DEFAULTS.checkpoints, metavar="N", help=undo)
    renewal = "how many generations one template of the project serves; 0 makes none (default: %(default)s)"
    add("--generations", type=int, default=_DEFAULTS.generations, metavar="N", help=renewal)
    add("--memory", type=_size, metavar="SIZE", help="memory of a worker, as 500M or 2G (default: 4/5 of all)")
    images = "how much is kept of pictures that were shown (default: 256M)"
    add("--images", type=_size, metavar="SIZE", default=_DEFAULTS.images_bytes, help=images)
    afresh = "start workers afresh, as on systems that cannot fork: slower, and a crash loses the state"
    add("--no-fork", action="store_true", help=afresh)


def from_arguments(arguments: argparse.Namespace, environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration that parsed arguments ask for.

    Raises: ConfigError, when there is no such port, or when other machines could connect and no token is set.
    """
    config = Config(
        host=arguments.host,
        port=arguments.port,
        port_file=arguments.port_file,
        fd=arguments.fd,
        name=arguments.name,
        languages=_default_first(installed_languages(), arguments.lang),
        grace_s=arguments.grace,
        checkpoints=arguments.checkpoints,
        generations=arguments.generations,
        forks=_DEFAULTS.forks and not arguments.no_fork,
        memory_bytes=arguments.memory,
        token=environment.get(TOKEN_VARIABLE) or None,
        cache=_cache(environment),
        images_bytes=arguments.images,
    )
    if not 0 <= config.port <= 65535:
        raise ConfigError(f"--port must be from 0 to 65535, not {config.port}")
    if config.fd is None and config.token is None and not is_loopback(config.host):
        raise ConfigError(
            f"Anyone who can reach {config.host} could run code here: set {TOKEN_VARIABLE} to a secret that hosts must "
            "say, or listen on 127.0.0.1 and let hosts come through `ssh -L`"
        )
    return config


def _cache(environment: Mapping[str, str]) -> Path | None:
    """Below the user's cache folder; None when there is no such place."""
    try:
        return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "tether"
    except RuntimeError:  # a user without a home
        return None


_UNITS = {"K": 1024, "M": 1024**2, "G": 1024**3}


def _size(text: str) -> int:
    """Bytes of `500M`, `2G` or a plain number. Raises: ValueError."""
    unit = _UNITS.get(text[-1:].upper(), 1)
    size = int(float(text[:-1]) * unit) if unit > 1 else int(text)
    if size <= 0:
        raise ValueError
    return size


def _default_first(languages: Sequence[str], default: str | None) -> tuple[str, ...]:
    return tuple(sorted(languages, key=lambda name: name != default)) if default else tuple(languages)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`; a name that is no address counts only if it is localhost."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
