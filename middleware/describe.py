"""The op `describe`: what this server can do. Its answer is made from the table that serves the ops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final as Constant

from middleware.descriptor import Descriptor, Keys, OpSpec
from middleware.languages import NAMES
from middleware.request import Bencode, Final, Handler, Message, Request, Session, Target

SPEC: Constant = OpSpec(
    doc="Say which ops there are, and in which versions of what.",
    optional={"session": "The session whose namespace is told.", "verbose?": "Anything but nil: document the ops too."},
    returns={
        "ops": "Name of an op -> nothing, or with verbose? its doc, requires, optional and returns.",
        "versions": "Name -> major, minor, incremental, version-string.",
        "aux": "current-ns and lang of the session, device (its name), languages (the device's, its default first).",
    },
)


def middleware(versions: Mapping[str, str]) -> Descriptor:
    """Handles `describe`; `versions` maps names to dotted versions.

    `clojure` must not be among them: CIDER would then start a debugger that is not there and give up connecting.
    """

    def wrap(inner: Handler, ops: Mapping[str, OpSpec]) -> Handler:
        async def describe(request: Request) -> Final:
            if request.op != "describe":
                return await inner(request)
            verbose = request.flag("verbose?")
            return {
                "ops": {op: _documented(spec) if verbose else {} for op, spec in ops.items()},
                "versions": _running(versions, request.session.target()),
                "aux": _aux(request.session),
            }

        return describe

    return Descriptor("describe", {"describe": SPEC}, wrap)


def _running(versions: Mapping[str, str], target: Target) -> Message:
    """The versions of what runs for a session: Python is its device's, and Basilisp is told where it is to be had."""
    running = {**versions, "python": target.python} if target.python else versions
    absent = {*NAMES} - {*target.languages}
    return {name: version(text) for name, text in running.items() if name not in absent}


def _aux(session: Session) -> Message:
    target = session.target()
    languages: list[Bencode] = [*target.languages]
    return {"current-ns": session.ns, "lang": session.language, "languages": languages, "device": target.name}


def version(text: str) -> Message:
    """`1.7.0` as CIDER and Calva want it; parts that are no number count as 0."""
    numbers = [int(part) if part.isdecimal() else 0 for part in text.split(".")]
    major, minor, incremental = [*numbers, 0, 0, 0][:3]
    return {"major": major, "minor": minor, "incremental": incremental, "version-string": text}


def _documented(spec: OpSpec) -> Message:
    return {
        "doc": spec.doc,
        "requires": _plain(spec.requires),
        "optional": _plain(spec.optional),
        "returns": _plain(spec.returns),
    }


def _plain(keys: Keys) -> dict[str, Bencode]:
    return {**keys}
