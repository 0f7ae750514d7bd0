"""What clients are told of their device without having asked: lost, back, dead, restarted. Not who is told when."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final as Constant

from device_server import wire
from middleware import acks, frames
from middleware.request import Message

SHOW_THEM: Constant = frozenset({"CIDER", "tether repl"})
"""Clients, by the name they gave to `clone`, that show a message of status `notification`; the others show `err`."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell, for a person."""

    text: str
    type: str
    """`message`, `warning` or `error`."""
    is_aside: bool = False
    """Whether it is only for clients that show notifications: for others it would be an error of what they run."""


def shaped(notice: Notice, client: str | None) -> Message | None:
    """The message for a client of that name; None when it is to be told nothing."""
    if client in SHOW_THEM:
        # CIDER inserts it as it is, which may be right behind a value
        return {"status": ["notification"], "msg": "\n" + notice.text, "type": notice.type}
    return None if notice.is_aside else {"err": notice.text + "\n"}


def notice_of(news: wire.Message, device: str, sessions: Collection[str]) -> Notice | None:
    """What to tell a client whose sessions these are; None when it is nothing for a person."""
    match news.get("op"):
        case "lost":
            return Notice(frames.text(news, "error"), "error")
        case "back":
            return _back(device, is_same=news.get("is_same") is True)
        case "died":
            return _died(news, sessions)
        case acks.RELOADED | acks.WAITS:
            return _reloaded(news)
        case "restarted":
            return Notice(
                f"The worker {frames.text(news, 'worker')} was restarted: what was defined is gone", "warning"
            )
    return None


def lost_state(news: wire.Message) -> bool:
    """Whether what was defined on the device is lost."""
    match news.get("op"):
        case "back":
            return news.get("is_same") is not True
        case "died":
            return news.get("restored") is None
        case "restarted":
            return True
    return False


def _reloaded(news: wire.Message) -> Notice | None:
    if acks.has_failed(news):
        frame = frames.text(news, "code_frame")
        return Notice("\n".join(filter(None, [acks.summary(news), frame])), "error", is_aside=True)
    return None if acks.is_idle(news) else Notice(acks.summary(news), "message", is_aside=True)


def _back(device: str, *, is_same: bool) -> Notice:
    if is_same:
        return Notice(f"The device {device} is connected again; it has kept what was defined", "message")
    return Notice(f"The device {device} is connected, but was started anew: what was defined is lost", "warning")


def _died(death: wire.Message, sessions: Collection[str]) -> Notice:
    why, restored = frames.text(death, "error"), death.get("restored")
    if not isinstance(restored, dict):
        return Notice(f"{why} A new one has taken its place; what was defined is lost", "error")
    age = restored.get("checkpoint_ms")
    age_s = age / 1000 if isinstance(age, int) else 0
    missing = restored.get("not_restored")
    but = f", but for: {', '.join(map(str, missing))}" if isinstance(missing, list) and missing else ""
    lost = "".join(f"\nThe effects of this are lost: {code}" for code in _lost(death, sessions))
    return Notice(f"{why} Its state of {age_s:.1f} s before is restored{but}{lost}", "warning")


def _lost(death: wire.Message, sessions: Collection[str]) -> Iterator[str]:
    lost = death.get("lost")
    for each in lost if isinstance(lost, list) else []:
        if isinstance(each, dict) and each.get("session") in sessions:
            yield frames.text(each, "code")
