"""Which tests a request of a client asks for. What runs them is testing.py."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from device_server import wire
from middleware.request import Bencode, Message, Refusal, Request


@dataclass(frozen=True, slots=True)
class Query:
    """Which tests to run."""

    namespaces: tuple[str, ...] | None
    """None means all."""
    tests: tuple[str, ...]
    """As `namespace/name`; when there are none, all of the namespaces."""
    options: wire.Message
    """As the device takes them."""
    loads: bool
    """Whether what is not there should be loaded first."""

    @property
    def is_fail_fast(self) -> bool:
        """Whether the first failure ends the run."""
        return self.options.get("fail_fast") is True


def of_options(
    request: Request, *, namespaces: tuple[str, ...] | None = None, tests: tuple[str, ...] = (), loads: bool = False
) -> Query:
    """These tests, with the options that all ops share. Raises: Refusal."""
    options: wire.Message = {key: [*_texts(request.message.get(key))] for key in ("include", "exclude")}
    options["fail_fast"] = request.flag("fail-fast")
    if tests and namespaces is None:
        namespaces = tuple(dict.fromkeys(each.partition("/")[0] for each in tests))
    return Query(namespaces, tests, options, loads)


def of_namespace(request: Request) -> Query:
    """What a `test` asks for. Raises: Refusal."""
    ns = request.text("ns")
    if not ns:
        raise Refusal("'ns' must name a namespace", "no-ns")
    tests = tuple(f"{ns}/{name}" for name in _texts(request.message.get("tests")))
    return of_options(request, namespaces=(ns,), tests=tests, loads=request.flag("load?"))


def of_var_query(request: Request) -> Query:
    asked = request.message["var-query"]
    asked_for: Message = asked if isinstance(asked, dict) else {}
    told = asked_for.get("ns-query")
    ns_query: Message = told if isinstance(told, dict) else {}
    for key in ("include-regexps", "exclude-regexps"):
        if _texts(ns_query.get(key)):
            raise Refusal(f"'{key}' of a ns-query cannot be served; name the namespaces in 'exactly'", "bad-query")
    found = of_options(
        request,
        namespaces=_texts(ns_query.get("exactly")) or None,
        tests=_texts(asked_for.get("exactly")),
        loads=ns_query.get("load-project-ns?") not in (None, 0, [], ""),
    )
    labels: wire.Message = {key: [*_texts(asked_for.get(f"{key}-meta-key"))] for key in ("include", "exclude")}
    return replace(found, options={**found.options, **labels, "search": _search(asked_for.get("search"))})


def _search(pattern: Bencode | None) -> str:
    """Raises: Refusal, when it is no pattern."""
    text = pattern if isinstance(pattern, str) else ""
    try:
        re.compile(text)
    except re.error as error:
        raise Refusal(f"'search' must be a regular expression: {error}", "bad-query") from None
    return text


def _texts(value: Bencode | None) -> tuple[str, ...]:
    """A list of texts, or a single one; other things that clients write for nil are none."""
    if isinstance(value, str):
        return (value,) if value else ()
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
