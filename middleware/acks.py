"""What became of an edit on a device, as clients and people are told it. Pure.

It comes as news of the device: a `reloaded` that another host has caused, or one that bridge/pushing.py makes of the
answer to a `reload`, with the keys paths, names (the paths as a person calls them), phases and code_frame; or a
`reload-waits`, with `behind`, the op that the device serves first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final as Constant

from device_server import wire
from middleware import frames
from middleware.descriptor import Keys
from middleware.request import Message

RETURNS: Constant[Keys] = {
    "summary": "What became of it, in one line for a person.",
    "device": "The name of the device.",
    "worker": "The worker there.",
    "paths": "The files, as absolute paths of the host.",
    "tier": "How deep the edit went: `none`, `literal`, `body` or `structural`. Absent when it has failed early.",
    "state": "What became of the program's state: `kept`, `migrated` or `reset`.",
    "reason": "Why it is that tier, or why the state is not kept.",
    "reloaded": "The modules of which code is new or has run again, in that order.",
    "stale": "What still runs old code, each in words.",
    "views": "What became of the hosted views that need it, a list: `view`, and `ref` of the new picture, or `error`.",
    "generation": "Which life of the worker's modules it is, an integer.",
    "ms": "How long it took from the save to the end, in milliseconds, with one decimal.",
    "phases": "The parts of that: `detect` (up to the push), `wait` (for what ran before), `transfer`, and on the "
    "device `classify`, `checkpoint` (before code runs that might kill the worker) and `apply`.",
    "error": "Why it was refused; then nothing has changed, and the old code runs on.",
    "error-type": "The kind of error: `compile`, `runtime`, `crash`, `device-lost` and the like.",
    "location": "Where: file, line and column, from 1.",
    "code-frame": "The lines around that place, which is marked.",
    "waiting": "Instead of all but `summary`, `device` and `paths`: what the device does before it gets to the edit.",
    "status": "`reloaded`, `reload-failed` or `reload-waits`.",
}
RELOADED: Constant = "reloaded"
WAITS: Constant = "reload-waits"
NOT_LOADED: Constant = "not loaded"
"""The reason of a device that has nothing to do for a file."""
AROUND: Constant = 2
"""So many lines are shown before and after the one that a code frame marks."""
NAMED: Constant = 3
"""So many files are named in a line."""


def has_failed(news: wire.Message) -> bool:
    """Whether the edit was refused, by the device or already by the host."""
    return "error" in news


def is_idle(news: wire.Message) -> bool:
    """Whether none of the files is loaded: nothing to tell a person who has saved one."""
    return frames.text(news, "reason") == NOT_LOADED and not _texts(news, "reloaded") and not _views(news)


def is_waiting(news: wire.Message) -> bool:
    """Whether the device has not got to the edit yet."""
    return news.get("op") == WAITS


def summary(news: wire.Message) -> str:
    """What became of an edit, in one line for a person."""
    files = named(_texts(news, "names") or _texts(news, "reloaded") or ("code",))
    if is_waiting(news):
        behind = frames.text(news, "behind")
        return f"{files}: waiting for {'an' if behind[:1] in 'aeiou' else 'a'} {behind} to end"
    if has_failed(news):
        return f"{files}: not reloaded, the old code runs on. {_problem(news)}"
    if is_idle(news):
        return f"{files}: {NOT_LOADED}, nothing to do"
    views = _views(news)
    in_view = _part(_part(news, "views"), str(views[0]["view"])) if views else {}
    about = in_view if frames.text(news, "reason") == NOT_LOADED else news  # only views have loaded it
    said = [frames.text(about, "tier") or "reloaded"]
    if state := frames.text(about, "state"):
        said.append(f"state {state}")
    said.append(f"{_ms(news):.0f} ms")
    reason, stale = frames.text(about, "reason"), "; ".join(_texts(news, "stale"))
    rest = [f"Still old: {stale}"] if stale else []
    rest += [_seen(each) for each in views]
    return ". ".join([f"{files}: {', '.join(said)}{f' ({reason})' if reason else ''}", *rest])


def message(news: wire.Message, device: str) -> Message:
    """What became of an edit, with the keys of RETURNS."""
    told: Message = {"summary": summary(news), "device": device, "paths": [*_texts(news, "paths")]}
    if is_waiting(news):
        return {**told, "waiting": frames.text(news, "behind"), "status": ["reload-waits"]}
    texts = {"error-type": "type", "code-frame": "code_frame"}
    for key in ("worker", "tier", "state", "reason", "error", *texts):
        if text := frames.text(news, texts.get(key, key)):
            told[key] = text
    told |= {key: [*_texts(news, key)] for key in ("reloaded", "stale")}
    if views := _views(news):
        told["views"] = [*views]
    generation = news.get("generation")
    if isinstance(generation, int):
        told["generation"] = generation
    told |= {"phases": {phase: f"{ms:.1f}" for phase, ms in _phases(news).items()}, "ms": f"{_ms(news):.1f}"}
    if place := location(news):
        told["location"] = {"file": place[0], "line": place[1], "column": place[2]}
    return {**told, "status": ["reload-failed" if has_failed(news) else "reloaded"]}


def named(names: Sequence[str]) -> str:
    """Some files, in few words."""
    if len(names) > NAMED:
        return f"{', '.join(names[: NAMED - 1])} and {len(names) - NAMED + 1} more"
    return ", ".join(names)


def location(news: wire.Message) -> tuple[str, int, int] | None:
    """File, line and column, from 1, where an edit has failed."""
    place = news.get("location")
    if not isinstance(place, dict):
        return None
    line, column = place.get("line"), place.get("column")
    if not isinstance(line, int) or not frames.text(place, "file"):
        return None
    return frames.text(place, "file"), line, column if isinstance(column, int) else 1


def code_frame(text: str, line: int, column: int) -> str:
    """The lines around one, which is marked, as is the column; empty when the text has no such line. From 1."""
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return ""
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    width = len(str(last))
    shown: list[str] = []
    for number in range(first, last + 1):
        mark = ">" if number == line else " "
        shown.append(f"{mark} {number:>{width}} | {lines[number - 1]}".rstrip())
        if number == line:
            before = "".join("\t" if each == "\t" else " " for each in lines[number - 1][: column - 1])
            shown.append(f"  {'':>{width}} | {before}^")
    return "\n".join(shown)


def _views(news: wire.Message) -> list[Message]:
    """See RETURNS; those that an edit has left as they were are left out."""
    images, outcomes = _part(news, "images"), _part(news, "views")
    found: list[Message] = []
    for view in outcomes:
        outcome, image = _part(outcomes, view), _part(images, view)
        if error := frames.text(outcome, "error"):
            found.append({"view": view, "error": error})
        elif ref := frames.text(image, "ref"):
            found.append({"view": view, "ref": ref})
    return found


def _part(told: wire.Message, key: str) -> wire.Message:
    part = told.get(key)
    return part if isinstance(part, dict) else {}


def _seen(told: Message) -> str:
    if "error" in told:
        return f"{told['view']!s} shows its last good frame: {str(told['error']).partition(chr(10))[0]}"
    return f"{told['view']!s} is drawn again"


def _problem(news: wire.Message) -> str:
    place, names = location(news), dict(zip(_texts(news, "paths"), _texts(news, "names"), strict=False))
    where = f" ({names.get(place[0], place[0])}:{place[1]}:{place[2]})" if place else ""
    return f"{frames.text(news, 'error').partition(chr(10))[0]}{where}"


def _phases(news: wire.Message) -> dict[str, float]:
    told = news.get("phases")
    return {key: ms for key, ms in told.items() if isinstance(ms, int | float)} if isinstance(told, dict) else {}


def _ms(news: wire.Message) -> float:
    """From the save to the end. Another host tells only of the device's part."""
    return sum(_phases(news).values())


def _texts(news: wire.Message, key: str) -> tuple[str, ...]:
    told = news.get(key)
    return tuple(str(each) for each in told) if isinstance(told, list) else ()
