"""The bridge's configuration: defaults, then pyproject.toml, then the environment, then flags.

The only reader of the environment.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bridge.project import ProjectError, root_of, source_roots
from bridge.project import settings as settings_of
from device_server.wire import DEFAULT_PORT

PORT_FILE: Final = ".nrepl-port"
LANGUAGES: Final = ("basilisp", "python")


class ConfigError(Exception):
    """A setting that cannot be used; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """How one bridge runs."""

    project: Path
    """The project's root; the embedded device works there."""
    port_file: Path
    """Where the port is written while the bridge runs; editors look there."""
    cache: Path
    """The folder for what can be had again."""
    host: str = "127.0.0.1"
    """The address to listen on: a loopback one, nREPL knows no passwords."""
    port: int = 0
    """The port to listen on; 0 lets the system choose."""
    device: tuple[str, int] | None = None
    """Host and port of the device that sessions start on, instead of the embedded one."""
    lang: str | None = None
    """The language of sessions; None leaves it to the device."""
    session_idle_s: float = 12 * 3600.0
    """A session that no connection uses and that does nothing for so long is closed."""
    watches: bool = True
    """Whether edits of the project's files are pushed to devices when they are saved."""
    token: str | None = None
    """What devices that ask for a token are told."""


def load(directory: Path, flags: Mapping[str, str | int | None], environment: Mapping[str, str] = os.environ) -> Config:
    """The configuration for a bridge started in `directory`.

    `flags` has the keys host, port, port_file, device, lang, project, watch; None is a flag that was not given.
    Raises: ConfigError.
    """
    project = root_of(Path(str(flags["project"]))) if flags.get("project") else root_of(directory)
    settings: dict[str, object] = {**_from_file(project), **_from_environment(environment)}
    settings.update({key: value for key, value in flags.items() if value is not None})
    port_file = settings.get("port_file")
    config = Config(
        project=project,
        port_file=directory / str(port_file) if port_file else project / PORT_FILE,
        cache=Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "tether",
        token=environment.get("TETHER_TOKEN") or None,
    )
    return _checked(config, settings)


def _checked(config: Config, settings: Mapping[str, object]) -> Config:
    host = str(settings.get("host", config.host))
    if not _is_loopback(host):
        raise ConfigError(
            f"nREPL has no passwords: whoever can reach {host} could run code here. Listen on 127.0.0.1, and from "
            "another machine come through `ssh -L PORT:127.0.0.1:PORT`"
        )
    lang = settings.get("lang")
    if lang is not None and lang not in LANGUAGES:
        raise ConfigError(f"lang must be one of {', '.join(LANGUAGES)}, not {lang}")
    device = settings.get("device")
    return replace(
        config,
        host=host,
        port=_port(settings.get("port", config.port)),
        device=parse_address(str(device)) if device else None,
        lang=None if lang is None else str(lang),
        watches=_truth(settings.get("watch", config.watches)),
        session_idle_s=_hours(settings.get("session_idle_hours", config.session_idle_s / 3600)) * 3600,
    )


def parse_address(text: str) -> tuple[str, int]:
    """`HOST:PORT`, `HOST` or `[IPV6]:PORT` as host and port. Raises: ConfigError."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        host, port = text, str(DEFAULT_PORT)
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise ConfigError(f"A device is given as HOST:PORT, not {text}")
    return host, int(port)


def _port(value: object) -> int:
    text = str(value)
    if not text.isdecimal() or int(text) > 65535:
        raise ConfigError(f"port must be a number from 0 to 65535, not {text}")
    return int(text)


def _truth(value: object) -> bool:
    told = {"true": True, "false": False}.get(str(value).lower())
    if told is None:
        raise ConfigError(f"watch must be true or false, not {value}")
    return told


def _hours(value: object) -> float:
    try:
        hours = float(str(value))
    except ValueError:
        hours = 0
    if not 0 < hours < float("inf"):
        raise ConfigError(f"session-idle-hours must be a number above 0, not {value}")
    return hours


def _from_file(project: Path) -> dict[str, object]:
    """The table [tool.tether] of the project."""
    try:
        source_roots(project)
        table = settings_of(project)
    except ProjectError as error:
        raise ConfigError(str(error)) from error
    return {key.replace("-", "_"): value for key, value in table.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, object]:
    keys = ("host", "port", "port_file", "device", "lang", "watch", "session_idle_hours")
    return {key: value for key in keys if (value := environment.get(f"TETHER_{key.upper()}"))}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
