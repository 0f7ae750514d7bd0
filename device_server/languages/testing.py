"""One run of tests, whatever the language: which are wanted, what each came to, and the exceptions, kept for questions.

It runs no test: basilisp_testing.py and python_testing.py do. What is told is in docs/protocol.md, "Tests".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from device_server.languages import Tell
from device_server.wire import JSON, Message

K = TypeVar("K")
V = TypeVar("V")

PRINTED_QUOTA = 16 * 1024
"""Characters of a printed value or text, at most: a frame with several of them must fit in a line."""
_TOGETHER = 10
"""So many assertions fit in one frame, however long their texts are."""
_KEPT_ERRORS = 200
"""Exceptions of a session's last run that are kept, with all that their frames hold; of more, only the text is told."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tests a request wants."""

    namespaces: tuple[str, ...] | None
    """None means every namespace that is there."""
    tests: frozenset[tuple[str, str]]
    """Namespace and name of each; when there are none, all of the namespaces."""
    skip: frozenset[tuple[str, str]]
    """Likewise; those that have run already."""
    include: frozenset[str]
    """If there are any: only tests that bear one of these labels."""
    exclude: frozenset[str]
    search: re.Pattern[str] | None
    """Found in the name of a wanted test."""
    is_fail_fast: bool

    @classmethod
    def of(cls, message: Message) -> Selection:
        """What a `test` request says. Raises: re.error, when it searches for what is no pattern."""
        namespaces, told = message.get("namespaces"), message.get("options")
        options = told if isinstance(told, dict) else {}
        search = options.get("search")
        tests = _tests(message.get("vars"))
        named = tuple(_texts(namespaces)) if isinstance(namespaces, list) else None
        return cls(
            namespaces=tuple(sorted({ns for ns, _ in tests})) if named is None and tests else named,
            tests=tests,
            skip=_tests(options.get("skip")),
            include=frozenset(_texts(options.get("include"))),
            exclude=frozenset(_texts(options.get("exclude"))),
            search=re.compile(search) if isinstance(search, str) and search else None,
            is_fail_fast=options.get("fail_fast") is True,
        )

    def takes(self, namespace: str, name: str, labels: Collection[str]) -> bool:
        """Whether it wants a test with these labels: Clojure's metadata, pytest's marks."""
        test = (namespace, name)
        if (self.tests and test not in self.tests) or test in self.skip:
            return False
        if (self.include and self.include.isdisjoint(labels)) or not self.exclude.isdisjoint(labels):
            return False
        return self.search is None or self.search.search(name) is not None


@dataclass(frozen=True, slots=True)
class Assertion:
    """What one assertion came to, or a whole test where its assertions cannot be told apart."""

    type: str
    """pass, fail or error."""
    message: str | None = None
    context: str | None = None
    """What `testing` forms around it say."""
    expected: str | None = None
    actual: str | None = None
    diff: tuple[str, str] | None = None
    """What only the expected and what only the actual value has."""
    error: BaseException | None = field(default=None, compare=False)
    error_text: str | None = None
    file: str | None = None
    line: int | None = None

    def told(self) -> Message:
        """Its keys in a frame; those that say nothing are left out."""
        texts = {
            "message": self.message,
            "context": self.context,
            "expected": self.expected,
            "actual": self.actual,
            "error": self.error_text,
            "file": self.file,
        }
        told: Message = {"type": self.type}
        told |= {key: text[:PRINTED_QUOTA] for key, text in texts.items() if text}
        if self.diff is not None:
            told["diff"] = [text[:PRINTED_QUOTA] for text in self.diff]
        if self.line is not None:
            told["line"] = self.line
        return told


class Errors:
    """The exceptions of the last run of each session."""

    def __init__(self) -> None:
        self._by_session: dict[str, dict[tuple[str, str, int], BaseException]] = {}

    def begin(self, session: str) -> dict[tuple[str, str, int], BaseException]:
        """Forget the session's last run; where those of the next one are kept."""
        self._by_session[session] = {}
        return self._by_session[session]

    def find(self, session: str, test: Message) -> BaseException | None:
        """What the assertion `{ns, var, index}` has failed with; the index counts from 0 in its test."""
        index = test.get("index")
        place = (str(test.get("ns")), str(test.get("var")), index if isinstance(index, int) else 0)
        return self._by_session.get(session, {}).get(place)

    def forget(self, session: str) -> None:
        """The session is closed."""
        self._by_session.pop(session, None)


class Run:
    """Tells of each test as it ends."""

    def __init__(self, tell: Tell, errors: dict[tuple[str, str, int], BaseException], *, is_fail_fast: bool) -> None:
        self._tell = tell
        self._errors = errors
        self._is_fail_fast = is_fail_fast
        self._has_failed = False
        self._counts: dict[tuple[str, str], int] = {}
        self._untold: list[JSON] = []
        """Assertions of the test that runs."""

    @property
    def is_over(self) -> bool:
        """Whether the tests that are left should not run."""
        return self._is_fail_fast and self._has_failed

    def plan(self, tests: Iterable[tuple[str, str]]) -> None:
        """Which tests will run, in order: should one take the process with it, the host knows which it was."""
        vars_: list[JSON] = [f"{namespace}/{name}" for namespace, name in tests]
        self._tell({"op": "tests", "vars": vars_})

    def add(self, namespace: str, name: str, assertion: Assertion) -> None:
        """Take what an assertion of a test came to."""
        index = self._counts.get((namespace, name), 0)
        self._counts[namespace, name] = index + 1
        self._has_failed |= assertion.type != "pass"
        if assertion.error is not None and len(self._errors) < _KEPT_ERRORS:
            self._errors[namespace, name, index] = assertion.error
        self._untold.append(assertion.told())
        if len(self._untold) == _TOGETHER:
            self._send("asserted", namespace, name, {})

    def end(self, namespace: str, name: str, seconds: float) -> None:
        """A test has ended."""
        self._send("tested", namespace, name, {"ms": round(seconds * 1000, 3)})

    def _send(self, op: str, namespace: str, name: str, keys: Message) -> None:
        assertions, self._untold = self._untold, []
        self._tell({"op": op, "ns": namespace, "var": name, "assertions": assertions, **keys})


def missing(whole: Mapping[K, V], other: Mapping[K, V]) -> dict[K, V]:
    """What of a mapping another does not have, or has otherwise. Raises: what the values' own equality raises."""
    return {key: value for key, value in whole.items() if key not in other or other[key] != value}


def _tests(values: JSON) -> frozenset[tuple[str, str]]:
    return frozenset((ns, name) for ns, _, name in (each.partition("/") for each in _texts(values)))


def _texts(values: JSON) -> list[str]:
    return [value for value in values if isinstance(value, str)] if isinstance(values, list) else []
