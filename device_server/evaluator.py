"""Does what requests ask of the languages: it evaluates form by form, interruptibly, on the worker's main thread.

When a request is taken and when the state is kept is worker.py's business.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from device_server import answers, project_imports, wire
from device_server.channel import Channel
from device_server.displaying import Displays
from device_server.hosting.refusal import RefusedError
from device_server.hosting.stage import Stage
from device_server.inspector import Inspectors
from device_server.interrupts import InterruptGate
from device_server.languages import Form, Language, Source, Tell, buffers
from device_server.loaded import Loaded, LoadedSources
from device_server.presenting import Presenter
from device_server.reload import Tier
from device_server.reload.reloader import Applied, Declined, Edited, Reloader
from device_server.symbols import SymbolTeller

_getpid, _perf_counter = os.getpid, time.perf_counter  # bound here: user code may replace them


@dataclass(frozen=True, slots=True)
class _Request:
    """What the evaluation of one request needs to know."""

    id: wire.JSON
    language: Language
    session: str
    presenter: Presenter
    """How what comes of it is shown."""
    takes_values: bool
    """Whether each form's outcome is wanted, and so evaluation goes on after a failed one."""


class Evaluator:
    """Serves the requests that reach a worker, one at a time."""

    def __init__(
        self,
        channel: Channel,
        languages: Mapping[str, Language],
        gate: InterruptGate,
        symbols: SymbolTeller,
        loaded: LoadedSources,
        displays: Displays,
        keep_state: Callable[[], bool],
    ) -> None:
        """`keep_state` is called before an edit runs code; see Checkpoints.take."""
        self._channel = channel
        self._languages = languages
        self._gate = gate
        self._symbols = symbols
        self._loaded = loaded
        reloading = {name: language.reloading(loaded) for name, language in languages.items()}
        self._reloader = Reloader(loaded, reloading, gate, keep_state)
        self._displays = displays
        self.stage = Stage(languages, loaded, displays.folder, channel.send)
        """Where a view is hosted, if this is the worker of one."""
        self._pid = _getpid()
        self._latest: _Request | None = None
        self._inspectors = Inspectors()
        self.operations: Mapping[str, Callable[[wire.Message], wire.Message | None]] = {
            "eval": self._eval,
            "load": self._load,
            "reload": self._reload,
            "clone": self._clone,
            "close": self._close,
            "symbols": self._describe_symbols,
            "import": self._import,
            "loaded": self._tell_loaded,
            "view-reload": self._reload,
            **dict.fromkeys([*wire.TOOLS, *self.stage.tools], self._use_tool),
        }
        """Op -> what serves it: a request -> its last frame, without the id. May raise a KeyboardInterrupt.

        None when it was served by a process that has died of it, whose place this one has taken: that was answered.
        """

    @property
    def latest_session(self) -> str | None:
        """The session of the request that runs, or ran last."""
        return self._latest.session if self._latest is not None else None

    @property
    def is_in_child(self) -> bool:
        """Whether user code has forked and this is its child, not the worker."""
        return _getpid() != self._pid

    def resume(self) -> None:
        """This process was a parked copy and is the worker now."""
        self._pid = _getpid()
        for language in self._languages.values():
            language.resume()

    def rehearse(self) -> None:
        """Go the way of the latest eval and of the latest edit, so that the next need not wait for pages to be copied
        after the fork.
        """
        if self._latest is None:
            return
        with contextlib.suppress(KeyboardInterrupt):  # a late one, for the job that has just ended
            rehearsed = replace(self._latest, presenter=self._latest.presenter.plain(), takes_values=False)
            answer = self._run(partial(self._rehearsal, rehearsed.language), rehearsed)
            wire.Decoder().feed(answers.fitting_line({**answer, "id": self._latest.id}))

    def _rehearsal(self, language: Language) -> Iterator[Form]:
        yield from language.rehearsal()
        yield self._reloader.rehearse

    def _eval(self, message: wire.Message) -> wire.Message:
        request = self._request(message, takes_values=message.get("values") is True)
        source = _source(message, "code")
        buffers.remember_part(source)
        return self._run(partial(request.language.evaluate, source, request.session), request)

    def _load(self, message: wire.Message) -> wire.Message:
        request = self._request(message)
        source = _source(message, "source")
        name = _text(message, "name")
        buffers.remember_file(source)
        answer = self._run(partial(request.language.load, source, name, request.session), request)
        if answer["op"] == "result" and name is not None and source.file is not None:
            self._loaded.note(Loaded(name, source.file, request.language.name, source.text))
        return answer

    def _tell_loaded(self, message: wire.Message) -> wire.Message:
        files = {loaded.path: loaded.sha256 for loaded in self._loaded}
        return {"op": "result", "files": {**files}}

    def _reload(self, message: wire.Message) -> wire.Message | None:
        """Apply an edit of loaded files. None: see `operations`."""
        request = self._latest = self._request(message)
        started = _perf_counter()
        self._gate.open()
        try:
            most = Tier.BODY if message["op"] == "view-reload" else Tier.STRUCTURAL
            made = self._reloader.reload(_edited(message["files"]), most)
        finally:
            self._gate.close()
            self._end_if_forked()
        if made is None:
            return None
        if isinstance(made, Applied):
            answer = answers.applied(made)
        elif isinstance(made, Declined):
            answer = answers.declined(made)
        else:
            answer = answers.not_applied(made, self._languages[made.lang], request.session)
        return {**answer, "ms": round((_perf_counter() - started) * 1000, 3)}

    def _use_tool(self, message: wire.Message) -> wire.Message:
        """What a language does besides evaluating; what that raises is answered as for a form."""
        request = self._request(message)
        op = str(message["op"])
        tool = self._inspect if op == "inspect" else self.stage.tools.get(op) or request.language.tools.get(op)
        if tool is None:
            text = f"{request.language.name} has no {op}"
            return {"op": "error", "type": wire.ErrorType.PROTOCOL, "error": text}
        self._latest = request
        self._gate.open()
        try:
            return {"op": "result", **tool(message, partial(self._tell, request))}
        except RefusedError as refused:
            return {"op": "error", "type": wire.ErrorType.PROTOCOL, "error": str(refused)}
        except BaseException as error:
            return answers.failure(error, request.language, request.session)
        finally:
            self._gate.close()
            self._end_if_forked()

    def _inspect(self, message: wire.Message, tell: Tell) -> wire.Message:
        """Values of any language are inspected alike."""
        answer = self._inspectors.serve(message, self._request(message).presenter.ready(tell))
        with self._gate.hold():
            self._symbols.tell()  # the value may have got a name
        return answer

    def _tell(self, request: _Request, frame: wire.Message) -> None:
        with self._gate.hold():
            self._channel.send_line(answers.fitting_line({**frame, "id": request.id}))

    def _describe_symbols(self, message: wire.Message) -> wire.Message:
        """An interrupt ends it."""
        hashes = message.get("describe")
        if hashes is None:
            self._symbols.sweep()
        self._symbols.tell()
        self._gate.open()
        try:
            return {"op": "result", **self._symbols.answer(hashes)}
        except Exception as error:
            text = f"What is defined cannot be told: {type(error).__name__}: {error}"
            return {"op": "error", "type": wire.ErrorType.RUNTIME, "error": text}
        finally:
            self._gate.close()

    def _import(self, message: wire.Message) -> wire.Message:
        """Of the supervisor, when a generation begins: import modules; those of a template must be fit to be shared."""
        modules = message["modules"]
        names = [str(name) for name in modules] if isinstance(modules, list) else []
        started = _perf_counter()
        failed = (project_imports.import_for_sharing if message["is_shared"] is True else project_imports.import_all)(
            names
        )
        self._end_if_forked()
        return {"op": "result", "failed": failed, "ms": round((_perf_counter() - started) * 1000, 3)}

    def _clone(self, message: wire.Message) -> wire.Message:
        for language in self._languages.values():
            language.copy_session(str(message["session"]), str(message["from"]))
        return {"op": "cloned"}

    def _close(self, message: wire.Message) -> wire.Message:
        for language in self._languages.values():
            language.tear_down(str(message["session"]))
        self._inspectors.forget(str(message["session"]))
        return {"op": "closed"}

    def _request(self, message: wire.Message, takes_values: bool = False) -> _Request:
        language, session = self._languages[str(message["lang"])], str(message["session"])
        presenter = Presenter.of(message, language, session)
        if message["op"] in ("eval", "load"):
            presenter = replace(presenter, display=self._displays.show)
        if isinstance(options := message.get("inspect"), dict):
            inspect = partial(self._inspectors.begin, session=session, language=language, options=options)
            presenter = replace(presenter, inspect=inspect)
        return _Request(message["id"], language, session, presenter, takes_values)

    def _run(self, read: Callable[[], Iterator[Form]], request: _Request) -> wire.Message:
        """Evaluate what `read` yields, interruptibly; the answer has the namespace and the time taken."""
        started = _perf_counter()
        self._latest = request
        self._gate.open()
        forms = read()
        try:
            presenter = request.presenter.ready(partial(self._tell, request))
            answer = self._evaluate_all(forms, replace(request, presenter=presenter))
        finally:
            self._gate.close()
            _close_quietly(forms)
        elapsed_ms = round((_perf_counter() - started) * 1000, 3)
        return {**answer, "ns": request.language.namespace(request.session), "ms": elapsed_ms}

    def _evaluate_all(self, forms: Iterator[Form], request: _Request) -> wire.Message:
        """The outcome of the last form; those before it leave as frames of their own, if wanted."""
        outcome: wire.Message | None = None
        while True:
            step = self._read(forms, request)
            if step is None:
                return outcome or {"op": "result"}
            if outcome is not None and request.takes_values:
                self._send_partial(outcome, request)
            if isinstance(step, dict):
                return step
            outcome = self._attempt(step, request)
            if outcome["op"] == "error" and (outcome["type"] == wire.ErrorType.INTERRUPTED or not request.takes_values):
                return outcome

    def _read(self, forms: Iterator[Form], request: _Request) -> Form | wire.Message | None:
        """The next form, or what the reader fails with (then there is nothing more to read), or None at the end."""
        try:
            return next(forms, None)
        except BaseException as error:
            return request.presenter.failure(error)

    def _send_partial(self, outcome: wire.Message, request: _Request) -> None:
        frame = {
            **outcome,
            "op": "value" if outcome["op"] == "result" else "fault",
            "id": request.id,
            "ns": request.language.namespace(request.session),
        }
        with self._gate.hold():
            self._symbols.tell()
            self._channel.send_line(answers.fitting_line(frame))
            self._channel.wait_for("continue")  # else what the next form writes might overtake this value

    def _attempt(self, form: Form, request: _Request) -> wire.Message:
        try:
            answer: wire.Message = {"op": "result", **request.presenter.value(form())}
        except BaseException as error:  # whatever user code raises is its answer, SystemExit too
            self._end_if_forked()
            answer = request.presenter.failure(error)
        self._end_if_forked()
        return answer

    def _end_if_forked(self) -> None:
        """User code called `os.fork` and its child has come back here: there is one worker, and it is not this."""
        if self.is_in_child:
            os._exit(0)


def _close_quietly(forms: Iterator[Form]) -> None:
    """End the reader's generator, so that what it has bound is unbound."""
    close = getattr(forms, "close", None)
    if close is not None:
        close()


def _edited(files: wire.JSON) -> list[Edited]:
    """The files of a `reload` that `wire.problem` has found to be well-formed."""
    objects = [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []
    return [
        Edited(
            path=str(file["path"]),
            source=source if isinstance(source := file.get("source"), str) else None,
            module=_text(file, "name"),
            is_forced=file.get("force") is True,
        )
        for file in objects
    ]


def _text(message: wire.Message, key: str) -> str | None:
    value = message.get(key)
    return value if isinstance(value, str) and value else None


def _source(message: wire.Message, key: str) -> Source:
    line, column = message.get("line"), message.get("column")
    return Source(
        text=str(message[key]),
        file=_text(message, "file"),
        line=line if isinstance(line, int) and line > 0 else 1,
        column=column if isinstance(column, int) and column > 0 else 1,
        namespace=_text(message, "ns"),
    )
