"""The composition root: the only file that puts the stack, the sockets and the devices together."""

from __future__ import annotations

import gc
import logging
import platform
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import trio

from bridge.analyst_link import AnalystLink
from bridge.config import Config
from bridge.device_files import Folders
from bridge.device_link import Dialer
from bridge.devices import Address, Device, Devices
from bridge.formatting import format_python
from bridge.nrepl_server import NreplServer, bind
from bridge.project import module_name
from bridge.project_files import ProjectFiles
from bridge.project_sources import ProjectSources
from bridge.python_names import NamesOfPython
from bridge.reloading import Reloader
from bridge.sessions import Sessions
from bridge.view_files import ViewFiles
from middleware import (
    apropos,
    completion,
    describe,
    devices,
    formatting,
    greetings,
    inspector,
    interrupt,
    load_file,
    lookup,
    macroexpand,
    namespaces,
    out_subscribe,
    refresh,
    reload,
    resources,
    restart,
    rewind,
    session,
    slurp,
    stack,
    stacktrace,
    stdin,
    testing,
    track_state,
    undef,
    views,
)
from middleware import eval as evaluating
from middleware.python_names import PythonNames
from middleware.reload import Edits

log = logging.getLogger(__name__)

NREPL_VERSION: Final = "1.7.0"
"""The nREPL whose behaviour this server has."""


def run(config: Config, local: Dialer, announce: Callable[[str], None]) -> None:
    """Serve until a signal. `announce` is called with the line that editors wait for.

    Raises: OSError, when the port cannot be had or the port file not be written.
    """
    with bind(config.host, config.port) as listener:
        trio.run(_serve, config, local, listener, announce)


async def _serve(config: Config, local: Dialer, listener: socket.socket, announce: Callable[[str], None]) -> None:
    host, port = config.host, listener.getsockname()[1]
    with (
        trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals,
        _port_file(config.port_file, port),
    ):
        async with trio.open_nursery() as nursery:
            folders = Folders(config.project, config.cache)
            devices_ = Devices(nursery, local, folders, config.token)
            devices_.sources.is_watched = config.watches
            first = await _first_device(config, devices_)
            sessions = Sessions(nursery, devices_, first, config.lang, config.session_idle_s)
            analyst = AnalystLink(config.project)
            nursery.start_soon(analyst.run)
            if config.lang == "python":
                analyst.wake()
            python = NamesOfPython(config.project, analyst)
            reloader = Reloader(devices_, config.project)
            stack_ = build_stack(sessions, config.project, python, devices_.sources, reloader)
            nursery.start_soon(NreplServer(sessions, stack_).listen, listener)
            if config.watches:
                nursery.start_soon(reloader.run)
            gc.freeze()  # what is imported stays: collections need not look at it
            announce(startup_line(host, port))
            async for _ in signals:
                break
            nursery.cancel_scope.cancel()


def build_stack(
    sessions: Sessions, project: Path, python: PythonNames, buffers: load_file.Buffers, edits: Edits
) -> stack.Stack:
    """Every middleware of this bridge."""
    files = ProjectFiles(project)
    sources = ProjectSources(project)
    return stack.build(
        [
            describe.middleware(_versions()),
            session.middleware(sessions.ids),
            track_state.middleware(),
            devices.middleware(),
            interrupt.middleware(),
            stdin.middleware(),
            load_file.middleware(partial(module_name, project), buffers),
            slurp.middleware(sessions.devices.images.read),
            greetings.middleware(),
            evaluating.middleware(),
            completion.middleware(python),
            out_subscribe.middleware(),
            restart.middleware(),
            rewind.middleware(),
            lookup.middleware(python),
            namespaces.middleware(files),
            apropos.middleware(trio.lowlevel.checkpoint),
            resources.middleware(files),
            inspector.middleware(),
            stacktrace.middleware(project),
            macroexpand.middleware(),
            undef.middleware(),
            formatting.middleware(partial(format_python, project)),
            testing.middleware(sources, project),
            refresh.middleware(sources, project),
            reload.middleware(edits),
            views.middleware(ViewFiles(project)),
        ]
    )


def startup_line(host: str, port: int) -> str:
    """What CIDER and Calva look for on standard output."""
    url_host = f"[{host}]" if ":" in host else host
    return f"nREPL server started on port {port} on host {host} - nrepl://{url_host}:{port}"


async def _first_device(config: Config, known: Devices) -> Device:
    """The device that sessions start on."""
    if config.device is None:
        return known.hold(known.local)
    address = Address(*config.device)
    try:
        return await known.connect(address)
    except OSError as error:
        log.warning("No device answers at %s yet (%s); it is dialled until it does", address.name, error)
        return known.expect(address)


@contextmanager
def _port_file(path: Path, port: int) -> Iterator[None]:
    """Tell the port in a file for as long as it is true; a file that another bridge has written since stays."""
    path.write_text(str(port))
    try:
        yield
    finally:
        with suppress(OSError):
            if path.read_text() == str(port):
                path.unlink()


def _versions() -> dict[str, str]:
    """What `describe` tells; a package that this Python does not have is left out."""
    versions = {"nrepl": NREPL_VERSION, "python": platform.python_version()}
    for name, package in (("tether", "tether-repl"), ("basilisp", "basilisp")):
        with suppress(PackageNotFoundError):
            versions[name] = version(package)
    return versions
