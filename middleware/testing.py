"""The ops that run tests and tell what they came to, as cider-nrepl does. The tests run on the device.

Under the names with `cider/`, output and a word on each test are sent as they come, then everything in one message.
Under the names without, that one message is the first: Calva takes whatever comes first for the results.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePath
from types import MappingProxyType
from typing import Final as Constant
from weakref import WeakKeyDictionary

from device_server import wire
from middleware import eval as evaluating
from middleware import frames, stacktrace
from middleware.descriptor import Descriptor, Keys, OpSpec, Runs, Served, as_ciders, provides
from middleware.mirror import Namespace
from middleware.project_sources import ProjectSources, SourceFile
from middleware.replies import INTERRUPTED
from middleware.request import Final, Handler, Message, Refusal, Request, Session
from middleware.testing_query import Query, of_namespace, of_options, of_var_query
from middleware.testing_results import Results

LIVE: Constant = "cider/"
"""What the names of ops begin with whose replies come as they are made."""
HELD_CHARS: Constant = 1024 * 1024
"""Output that is kept until the results have been sent, at most; what is beyond is left out, and that is said."""

_SELECTION: Constant[Keys] = {
    "session": "The session to run in; requests of one session are served in order.",
    "include": "Names of labels (Clojure's metadata, pytest's marks): only tests that bear one of them.",
    "exclude": "Names of labels: no test that bears one of them.",
    "fail-fast": '"true": stop after the first test that fails.',
    "timeout-ms": "After so many milliseconds the tests are interrupted.",
}
_RETURNS: Constant[Keys] = {
    "results": "Namespace -> test -> its assertions: each type (pass, fail, error), ns, var, index, message, context, "
    "expected, actual, diffs, error, file, line, elapsed-time. Of a test whose assertions tell nothing unless they "
    "fail, a pass stands for all of them.",
    "summary": "How many: ns, var, test (assertions), pass, fail, error.",
    "testing-ns": "The namespace whose tests ran last.",
    "elapsed-time": "ms and humanized.",
    "ns-elapsed-time": "The same, by namespace.",
    "var-elapsed-time": "Namespace -> test -> elapsed-time.",
    "tested": "Under a name with cider/, as each test ends: the test, as namespace/name; summary is the one so far.",
    "out": "What the tests wrote to standard output.",
    "err": "What they wrote to standard error, or why they could not run.",
    "ex": "The type of the exception, when status has eval-error: the tests could not run.",
    "root-ex": "The type of its root cause.",
    "ns": "The namespace that does not exist, with namespace-not-found.",
    "status": "`namespace-not-found`; `need-input` when a test reads a line that nobody has sent yet.",
}


def _spec(doc: str, requires: Keys, optional: Keys) -> OpSpec:
    return OpSpec(doc, requires, {**_SELECTION, **optional}, _RETURNS, Runs.IN_SESSION)


TEST: Constant = _spec(
    "Run the tests of a namespace or a Python module.",
    {"ns": "The namespace, or the module."},
    {"tests": "The names of those to run; all unless told.", "load?": "Anything but nil: load it if it is not there."},
)
TEST_ALL: Constant = _spec(
    "Run all tests that are loaded.", {}, {"load?": "Anything but nil: first load the project's tests that are not."}
)
TEST_VAR_QUERY: Constant = _spec(
    "Run the tests that a query selects.",
    {"var-query": "A map: ns-query (exactly, load-project-ns?), exactly, search, include-meta-key, exclude-meta-key."},
    {},
)
RETEST: Constant = _spec("Run those tests again that did not pass in the session's last run.", {}, {})


STACKTRACE: Constant = OpSpec(
    doc="Tell what an assertion of the session's last run has failed with, as `analyze-last-stacktrace` does.",
    requires={"ns": "The namespace.", "var": "The test."},
    optional={"index": "Which assertion of the test, from 0.", "session": "The session that ran it."},
    returns={**stacktrace.SPEC.returns, "status": "`no-error` when it has failed with no exception."},
    runs=Runs.IN_SESSION,
)


def middleware(sources: ProjectSources, project: PurePath) -> Descriptor:
    """Handles `test`, `test-all`, `test-var-query`, `retest` and `test-stacktrace`, under two names each.

    `project` is the root of the user's files.
    """
    runs: WeakKeyDictionary[Session, Results] = WeakKeyDictionary()

    async def test(request: Request) -> Final:
        return await _Runner(request, sources, runs).run(of_namespace(request))

    async def test_all(request: Request) -> Final:
        return await _Runner(request, sources, runs).run(of_options(request, loads=request.flag("load?")))

    async def test_var_query(request: Request) -> Final:
        return await _Runner(request, sources, runs).run(of_var_query(request))

    async def retest(request: Request) -> Final:
        last = runs.get(request.session)
        if last is None or not last.has_failed:
            return await _Runner(request, sources, runs).finish()
        tests = tuple(f"{ns}/{name}" for ns, name in last.failed())
        return await _Runner(request, sources, runs, last.lang_of).run(of_options(request, tests=tests))

    served: dict[str, Served] = {
        "test": (TEST, test),
        "test-all": (TEST_ALL, test_all),
        "test-var-query": (TEST_VAR_QUERY, test_var_query),
        "retest": (RETEST, retest),
        "test-stacktrace": (STACKTRACE, _stacktraces(runs, project)),
    }
    return provides("testing", as_ciders(served), requires=frozenset({"session"}))


def _stacktraces(runs: WeakKeyDictionary[Session, Results], project: PurePath) -> Handler:
    """What serves `test-stacktrace`."""

    async def test_stacktrace(request: Request) -> Final:
        last, ns = runs.get(request.session), request.text("ns") or ""
        test: wire.Message = {"ns": ns, "var": request.text("var") or "", "index": request.number("index") or 0}
        frame: wire.Message = {"op": "stacktrace", "session": request.session.id, "test": test}
        frame["lang"] = last.lang_of.get(ns, request.session.language) if last else request.session.language
        return await stacktrace.tell(request, frame, project, "test-stacktrace-error")

    return test_stacktrace


class _Runner:
    """Serves one request."""

    def __init__(
        self,
        request: Request,
        sources: ProjectSources,
        runs: WeakKeyDictionary[Session, Results],
        lang_of: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self._request = request
        self._sources = sources
        self._runs = runs
        self._results = Results()
        self._started = time.perf_counter()
        self._is_live = request.op.startswith(LIVE)
        self._lang_of = {**lang_of}
        """Namespace -> its language, where this is known from its file or from a run before."""
        self._held = _Held(request.transmit)
        self._output = request if self._is_live else replace(request, transmit=self._held.take)
        self._show = evaluating.showing(self._output, moves_ns=False)

    async def run(self, query: Query) -> Final:
        """Run what is asked for. Raises: Refusal."""
        if query.loads and query.namespaces is None:
            await self._load_all()
        for lang, namespaces in self._by_language(query):
            last = await self._ask(lang, namespaces, query)
            if last.get("type") == wire.ErrorType.NAMESPACE and query.loads and await self._load(namespaces or ()):
                return await self.run(replace(query, loads=False))
            if last.get("op") == "error":
                return await self._fail(last, namespaces or ())
            if query.is_fail_fast and self._results.has_failed:
                break
        return await self.finish()

    async def finish(self) -> Final:
        """The last message."""
        self._runs[self._request.session] = self._results
        if not self._held.messages:
            return await self._report()
        self._request.send(await self._report())
        self._held.release()
        return {}

    async def _fail(self, last: wire.Message, namespaces: Sequence[str]) -> Final:
        """The tests were stopped, or could not begin; what had been found until then is told."""
        if last.get("type") == wire.ErrorType.NAMESPACE:
            known = self._request.session.mirror.namespaces
            missing = [*(name for name in namespaces if name not in known), *namespaces]
            raise Refusal(frames.text(last, "error"), "namespace-not-found", ns=missing[0])
        if self._results.ended():
            self._request.send(await self._report())
        self._held.release()
        if last.get("type") != wire.ErrorType.INTERRUPTED:
            for message in frames.failure(last, with_ns=False):
                self._request.send(message)
            return {}
        if "restored" in last:  # it did not listen: say what that has cost
            self._request.send({"err": frames.text(last, "error") + "\n"})
        return INTERRUPTED

    async def _report(self) -> Message:
        elapsed_ms = round((time.perf_counter() - self._started) * 1000)
        files = self._request.session.files
        found = {file: await files.path(file) for file in self._results.files()}
        return self._results.report(elapsed_ms, {file: path for file, path in found.items() if path is not None})

    async def _ask(self, lang: str, namespaces: Iterable[str] | None, query: Query) -> wire.Message:
        """Run the tests of a language; a test that its process does not survive is one error, the others go on."""
        results, has_died = self._results, False
        while True:
            frame = self._frame(lang, namespaces, query)
            last = await self._request.session.ask(frame, lambda frame: self._take(frame, lang))
            kind, text = last.get("type"), frames.text(last, "error")
            if kind == wire.ErrorType.TIMEOUT and results.left():
                results.fail_running("The time for the tests ended while this one ran", text)
                return {"op": "result"}
            if kind not in (wire.ErrorType.CRASH, wire.ErrorType.MEMORY) or not results.left():
                break
            has_died = True
            results.fail_running("The worker died while this test ran", text)
            if query.is_fail_fast:
                return {"op": "result"}
        if has_died and kind in (None, wire.ErrorType.NAMESPACE):
            results.fail_left("It could not run: it was lost when the worker died", "Load it again")
            return {"op": "result"}
        return last

    def _frame(self, lang: str, namespaces: Iterable[str] | None, query: Query) -> wire.Message:
        skip: list[wire.JSON] = [f"{ns}/{name}" for ns, name in self._results.ended()]
        frame: wire.Message = {"op": "test", **evaluating.place(self._request), "lang": lang}
        frame["options"] = {**query.options, "skip": skip}
        if namespaces is not None:
            frame["namespaces"] = [*namespaces]
        if query.tests:
            frame["vars"] = [*query.tests]
        return frame

    def _take(self, frame: wire.Message, lang: str) -> None:
        match frame.get("op"):
            case "tests":
                self._results.plan(frame, lang)
            case "asserted":
                self._results.add(frame)
            case "tested":
                ns, name = self._results.end(frame)
                if self._is_live:
                    summary = self._results.summary()
                    self._request.send({"tested": f"{ns}/{name}", "testing-ns": ns, "summary": summary})
            case _:
                self._show(frame)

    def _by_language(self, query: Query) -> list[tuple[str, list[str] | None]]:
        """Each language with its namespaces; the session's is for those that nobody knows."""
        session, asked = self._request.session, self._request.text("lang")
        known = session.mirror.namespaces
        default = asked or session.language
        if query.namespaces is None:
            others = {each.lang for each in known.values() if _holds_tests(each)} if asked is None else set[str]()
            return [(lang, None) for lang in (default, *sorted(others - {default}))]
        groups: dict[str, list[str]] = {}
        for name in query.namespaces:
            lang = self._lang_of.get(name) or (known[name].lang if name in known and asked is None else default)
            groups.setdefault(lang, []).append(name)
        return [*groups.items()]

    async def _load_all(self) -> None:
        """Load the project's tests that are not there. One that cannot be loaded does not keep the others from it."""
        there = {_munged(name) for name in self._request.session.mirror.namespaces}
        for file in await self._sources.tests():
            if file.module not in there:
                await self._load_file(file)

    async def _load(self, namespaces: Iterable[str]) -> bool:
        """Load what defines these namespaces; whether there was any of them."""
        known = self._request.session.mirror.namespaces
        files = await self._sources.find([name for name in namespaces if name not in known])
        for name, file in files.items():
            await self._load_file(file)
            self._lang_of[name] = file.lang
        return bool(files)

    async def _load_file(self, file: SourceFile) -> None:
        frame: wire.Message = {"op": "load", "source": file.text, "file": file.path, "name": file.module}
        place = {**evaluating.place(self._request), "lang": file.lang}
        last = await self._request.session.ask({**frame, **place}, self._show)
        if last.get("op") == "error":
            err, _ = frames.failure(last, with_ns=False)
            self._output.send(err)


class _Held:
    """Output that waits until the results have been sent."""

    def __init__(self, transmit: Callable[[Message], None]) -> None:
        self.messages: list[Message] = []
        self._transmit = transmit
        self._room = HELD_CHARS
        self._is_full = False

    def take(self, message: Message) -> None:
        """Keep a message; one that asks for input cannot wait."""
        if message.get("status") == ["need-input"]:
            self._transmit(message)
            return
        size = len(str(message.get("out", ""))) + len(str(message.get("err", "")))
        if self._is_full:
            return
        if size > self._room:
            self._is_full = True
            message = {key: text for key, text in message.items() if key not in ("out", "err")}
            message["err"] = "\n... more output is left out\n"
        self._room -= size
        self.messages.append(message)

    def release(self) -> None:
        """Send what was kept."""
        for message in self.messages:
            self._transmit(message)


def _holds_tests(namespace: Namespace) -> bool:
    if namespace.lang == "python":
        return any(fnmatchcase(namespace.name.rpartition(".")[2], pattern) for pattern in ("test_*", "*_test"))
    is_used = "basilisp.test" in namespace.aliases.values()
    return is_used or any(name.startswith("basilisp.test/") for name in namespace.refers.values())


def _munged(name: str) -> str:
    return name.replace("-", "_")
