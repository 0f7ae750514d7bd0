"""The ops that point a session at a device, under two names each. Finding the device is the bridge's work."""

from __future__ import annotations

from typing import Final as Constant

from device_server.wire import DEFAULT_PORT
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, provides
from middleware.request import Final, Refusal, Request, Target

_STATE: Constant[Keys] = {
    "device": "The name of the device the session evaluates on.",
    "device-up": '"true" when that device is connected, whichever it is, otherwise "false".',
    "ios-host": "Its host; absent for the device that the bridge started itself.",
    "ios-port": "Its port, an integer; absent likewise.",
    "ios-connected": '"true" when a device elsewhere is connected, otherwise "false".',
}
_SESSION: Constant[Keys] = {"session": "The session that moves; no other does."}

CONNECT: Constant = OpSpec(
    doc="Evaluate this session on the device at host and port from now on. A failure leaves it where it is.",
    optional={
        "host": "Where the device is; needed.",
        "port": f"Its port, {DEFAULT_PORT} unless told.",
        "lang": "The language of the session from then on; it must be one of the device's.",
        **_SESSION,
    },
    returns={
        **_STATE,
        "reason": "Why it cannot be connected, as the system says it.",
        "languages": "When `lang` is none of them: those the device has.",
    },
    runs=Runs.BESIDE,
)
DISCONNECT: Constant = OpSpec(
    doc="Evaluate this session on the device `local` again; host and port say which one it left.",
    optional=_SESSION,
    returns=_STATE,
)
STATUS: Constant = OpSpec(doc="Say which device this session evaluates on.", optional=_SESSION, returns=_STATE)


def middleware() -> Descriptor:
    """Handles `device-connect`, `device-disconnect`, `device-status` and their `ios-` aliases."""
    verbs = {"connect": (CONNECT, connect), "disconnect": (DISCONNECT, disconnect), "status": (STATUS, status)}
    ops = {f"{prefix}-{verb}": served for prefix in ("device", "ios") for verb, served in verbs.items()}
    return provides("devices", ops, requires=frozenset({"session"}))


async def connect(request: Request) -> Final:
    """Serve `device-connect`."""
    host = request.text("host")
    if not host:
        raise Refusal("Missing 'host' parameter", "no-host")
    port, lang = _port(request), request.text("lang")
    try:
        await request.session.connect(host, port, lang)
    except OSError as error:
        text = f"Failed to connect to iOS device at {host}:{port}"
        raise Refusal(text, "connect-failed", reason=error.strerror or str(error)) from error
    return _told(request.session.target())


async def disconnect(request: Request) -> Final:
    """Serve `device-disconnect`; harmless for a session that is on `local` already."""
    left = request.session.target()
    request.session.disconnect()
    return {**_told(left), **_told(request.session.target())}


async def status(request: Request) -> Final:
    """Serve `device-status`."""
    return _told(request.session.target())


def _port(request: Request) -> int:
    port = request.number("port") if "port" in request.message else DEFAULT_PORT
    if port is None or not 1 <= port <= 65535:
        raise Refusal("'port' must be an integer from 1 to 65535", "bad-port")
    return port


def _told(target: Target) -> Final:
    is_up = "true" if target.is_connected else "false"
    told: Final = {"device": target.name, "device-up": is_up, "ios-connected": "false"}
    if target.host is not None and target.port is not None:
        told |= {"ios-host": target.host, "ios-port": target.port, "ios-connected": is_up}
    return told
