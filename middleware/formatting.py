"""The op `format-code`. The formatter is a library that the bridge lends; of Clojure there is none in Python."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final as Constant
from typing import TypeAlias

from middleware.descriptor import Descriptor, OpSpec, Runs, as_ciders, provides
from middleware.request import Final, Refusal, Request

Format: TypeAlias = Callable[[str], Awaitable[str]]
"""Code -> the same code, laid out anew. Raises: ValueError, whose text says what is wrong with it."""

SPEC: Constant = OpSpec(
    doc="Lay out Python code as black does, with the project's settings for it. Clojure code is refused.",
    requires={"code": "The code, whole statements; it may be indented."},
    optional={
        "session": "The session in whose language it is.",
        "lang": "The language, instead of the session's.",
        "options": "Of no consequence: they are cljfmt's.",
    },
    returns={"formatted-code": "The code, formatted."},
    runs=Runs.BESIDE,
)


def middleware(format_python: Format) -> Descriptor:
    """Handles `format-code`."""

    async def format_code(request: Request) -> Final:
        code = request.message["code"]
        if not isinstance(code, str):
            raise Refusal("'code' must be a string", "format-code-error")
        language = request.text("lang") or request.session.language
        if language != "python":
            raise Refusal(
                f"There is no formatter for {language} here; your editor's own indents it", "format-code-error"
            )
        try:
            return {"formatted-code": await format_python(code)}
        except ValueError as error:
            raise Refusal(str(error), "format-code-error") from error

    return provides("formatting", as_ciders({"format-code": (SPEC, format_code)}), requires=frozenset({"session"}))
