"""What a run of tests has come to so far, and how cider-nrepl says it. It runs nothing and sends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from device_server import wire
from middleware import frames
from middleware.request import Message

Test = tuple[str, str]
"""Namespace and name."""

_TEXTS = ("message", "context", "error")
_VALUES = ("expected", "actual")
_COUNTED = ("pass", "fail", "error")


class Results:
    """Filled from a device's frames; see docs/protocol.md, "Tests"."""

    def __init__(self) -> None:
        self.lang_of: dict[str, str] = {}
        """Namespace -> the language whose tests it has."""
        self._planned: dict[Test, None] = {}
        self._ended: dict[Test, int] = {}
        """Test -> how long it took, in milliseconds."""
        self._assertions: dict[Test, list[Message]] = {}
        self._counts: Counter[str] = Counter()
        self._namespaces: set[str] = set()
        """Those of which a test has ended."""

    def plan(self, frame: wire.Message, lang: str) -> None:
        """Take a frame that says which tests will run."""
        tests = frame.get("vars")
        for each in tests if isinstance(tests, list) else []:
            ns, _, name = str(each).partition("/")
            self._planned[ns, name] = None
            self.lang_of[ns] = lang

    def add(self, frame: wire.Message) -> Test:
        """Take assertions of a test; of which one."""
        test = ns, name = frames.text(frame, "ns"), frames.text(frame, "var")
        told = frame.get("assertions")
        for each in told if isinstance(told, list) else []:
            if isinstance(each, dict):
                kind, assertions = frames.text(each, "type"), self._assertions.setdefault(test, [])
                self._counts[kind] += 1
                assertions.append({"ns": ns, "var": name, "index": len(assertions), "type": kind, **_shaped(each)})
        return test

    def end(self, frame: wire.Message) -> Test:
        """A test has ended, with the last of its assertions; which one."""
        test = self.add(frame)
        ms = frame.get("ms")
        self._ended[test] = round(ms) if isinstance(ms, int | float) else 0
        self._namespaces.add(test[0])
        return test

    def fail_running(self, message: str, error: str) -> None:
        """The test that runs has ended with the process that ran it."""
        for test in self.left()[:1]:
            self._fail(test, message, error)

    def fail_left(self, message: str, error: str) -> None:
        """None of the tests that are left can run."""
        for test in self.left():
            self._fail(test, message, error)

    def _fail(self, test: Test, message: str, error: str) -> None:
        ns, name = test
        assertion: wire.Message = {"type": "error", "message": message, "error": error}
        self.end({"ns": ns, "var": name, "assertions": [assertion], "ms": 0})

    def left(self) -> list[Test]:
        """The tests that have not ended, in the order in which they run."""
        return [test for test in self._planned if test not in self._ended]

    def ended(self) -> list[Test]:
        """Those that have."""
        return [*self._ended]

    def failed(self) -> list[Test]:
        """Those with an assertion that did not pass."""
        return [test for test, found in self._assertions.items() if any(each["type"] != "pass" for each in found)]

    @property
    def has_failed(self) -> bool:
        """Whether anything did not pass."""
        return self._counts["fail"] + self._counts["error"] > 0

    def summary(self) -> Message:
        """How many of what; in constant time."""
        counts: Message = {kind: self._counts[kind] for kind in _COUNTED}
        return {"ns": len(self._namespaces), "var": len(self._ended), "test": self._counts.total(), **counts}

    def files(self) -> set[str]:
        """The files that assertions name, as the device does."""
        named = (each.get("file") for assertions in self._assertions.values() for each in assertions)
        return {file for file in named if isinstance(file, str)}

    def report(self, elapsed_ms: int, paths: Mapping[str, str] = MappingProxyType({})) -> Message:
        """Everything, in cider-nrepl's words; `paths` has the host's names for files of the device."""
        results: Message = {}
        for (ns, name), assertions in self._assertions.items():
            placed = [_placed(each, paths) for each in assertions]
            if len(placed) == 1:  # the time of a test is that of its only assertion
                placed[0]["elapsed-time"] = _elapsed(self._ended.get((ns, name), 0))
            _inside(results, ns)[name] = [*placed]
        by_var: Message = {}
        by_ns: Counter[str] = Counter()
        for (ns, name), ms in self._ended.items():
            _inside(by_var, ns)[name] = {"elapsed-time": _elapsed(ms)}
            by_ns[ns] += ms
        report: Message = {
            "results": results,
            "summary": self.summary(),
            "elapsed-time": _elapsed(elapsed_ms),
            "ns-elapsed-time": {ns: _elapsed(ms) for ns, ms in by_ns.items()},
            "var-elapsed-time": by_var,
        }
        return {**report, "testing-ns": last} if (last := _last(by_ns)) else report


def _shaped(frame: wire.Message) -> Message:
    """Keys that say nothing are left out: Calva takes a list, which others use for nil, as a text."""
    shaped: Message = {key: text for key in _TEXTS if (text := frames.text(frame, key))}
    # CIDER breaks lines where a printed value does, and relies on it
    shaped |= {key: f"{text}\n" for key in _VALUES if (text := frames.text(frame, key))}
    diff = frame.get("diff")
    if isinstance(diff, list):
        removed, added = (f"{text}\n" for text in diff)
        shaped["diffs"] = [[shaped.get("actual", ""), [removed, added]]]
    if file := frames.text(frame, "file"):
        shaped["file"] = file
    line = frame.get("line")
    if isinstance(line, int):
        shaped["line"] = line
    return shaped


def _placed(assertion: Message, paths: Mapping[str, str]) -> Message:
    file = assertion.get("file")
    return {**assertion, "file": paths.get(file, file)} if isinstance(file, str) else {**assertion}


def _inside(outer: Message, key: str) -> Message:
    inner = outer.setdefault(key, {})
    assert isinstance(inner, dict)
    return inner


def _elapsed(ms: int) -> Message:
    return {"ms": ms, "humanized": f"Completed in {ms} ms"}


def _last(names: Iterable[str]) -> str:
    return ["", *names][-1]
