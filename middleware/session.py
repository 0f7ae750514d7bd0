"""The ops `clone`, `close` and `ls-sessions`. The bridge keeps the sessions; here are their replies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final as Constant

from middleware import languages
from middleware.descriptor import Descriptor, OpSpec, provides
from middleware.request import Bencode, Final, Refusal, Request

CLONE: Constant = OpSpec(
    doc="Make a session. It outlives the connection and can be used from any other.",
    optional={
        "session": "The session to copy device, language and `*1 *2 *3 *e` from.",
        "lang": "The language of the new session: basilisp or python, if its device has it.",
        "client-name": "Who asks: CIDER and `tether repl` get what nobody asked for as notifications, others as err.",
        "client-version": "In which version.",
    },
    returns={"new-session": "The id of the new session.", "languages": "When `lang` is none of them: those there are."},
)
CLOSE: Constant = OpSpec(
    doc="Forget a session; what it runs is interrupted. The connection stays.",
    requires={"session": "The session to close."},
)
LS_SESSIONS: Constant = OpSpec(doc="List the sessions.", returns={"sessions": "Their ids."})


def middleware(session_ids: Callable[[], list[str]]) -> Descriptor:
    """Handles `clone`, `close` and `ls-sessions`."""

    async def ls_sessions(_request: Request) -> Final:
        ids: list[Bencode] = [*session_ids()]
        return {"sessions": ids}

    return provides(
        "session", {"clone": (CLONE, clone), "close": (CLOSE, close), "ls-sessions": (LS_SESSIONS, ls_sessions)}
    )


async def clone(request: Request) -> Final:
    """Serve one `clone`."""
    lang = languages.chosen(request, request.session.target().languages)
    return {"new-session": request.session.clone(lang, request.text("client-name"))}


async def close(request: Request) -> Final:
    """Serve one `close`; nrepl.core waits for `session-closed`."""
    if request.session.is_ephemeral:
        raise Refusal("There is no such session", "unknown-session")
    request.session.close()
    return {"status": ["session-closed"]}
