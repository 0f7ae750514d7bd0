"""The device server's first process: owns the socket, the clients and the workers; never runs user code.

What it answers itself (hello, ping, status, interrupt, stdin) it answers at once, however badly a worker
behaves; everything else becomes a job of a worker.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from device_server import image_store, platforms, sources, wire
from device_server.client import Client
from device_server.config import Config, WorkerSettings
from device_server.hosting.errand import Errand
from device_server.hosting.views import HostedViews
from device_server.jobs import Asker, Job
from device_server.launcher import Launched, Launcher
from device_server.processes import Children, FreshStarter, ProcessLog, WorkerStarter, Zygote, kill
from device_server.project_modules import ProjectModules
from device_server.source_questions import SourceQuestions
from device_server.templates import Beginning, Templates
from device_server.worker_link import WorkerLink
from device_server.worker_process import WorkerEvents, WorkerProcess

VERSION = "0.1.0"
_MAIN = "main"


class Supervisor:
    """One device server."""

    def __init__(self, config: Config, launcher: Launcher, zygote: Launched | None) -> None:
        """`zygote` has been started with `launcher`, or is None when workers are not forked."""
        self._config = config
        self._loop = asyncio.get_running_loop()
        self._id = os.urandom(16).hex()
        self._started = time.monotonic()
        self._stopped = asyncio.Event()
        self._clients: set[Client] = set()
        self._serials = itertools.count(1)
        self._children = Children(self._loop)
        self.workers: dict[str, WorkerLink] = {}
        self._questions = SourceQuestions(self._loop)
        self._log = ProcessLog(self._loop, launcher.log_fd)
        self._starter = self._make_starter(launcher, zygote)
        self._images = image_store.opened(config.cache, self._id, config.images_bytes)
        self._templates = Templates(
            self._loop,
            self._starter,
            self._start_template,
            self,
            self._log.write,
            config.generations if config.forks else 0,
        )
        self._views = HostedViews(self._loop, config, self, self._images, self._serials)
        self.workers[_MAIN] = WorkerLink(self._loop, _MAIN, self._config, self)
        self._operations: dict[str, Callable[[Client, wire.Message, wire.Id], None]] = {
            "hello": self._hello,
            "ping": self._ping,
            "status": self._status,
            "interrupt": self._interrupt,
            "stdin": self._stdin,
            "ack": self._acknowledge,
            "read-source": self._read_source,
            "restart": self._restart,
            "fetch": self._fetch,
            "source": self._questions.answer,
            "shutdown": self._shutdown,
        }

    async def run(self) -> None:
        """Serve until a shutdown, a signal, or, with an inherited socket, its end."""
        gc.freeze()  # what is imported stays: collections need not look at it
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.stop)
        try:
            if self._config.fd is None:
                await self._listen()
            else:
                await self._serve_inherited(socket.socket(fileno=self._config.fd))
        finally:
            self._children.close()
            self._templates.close()
            self._starter.close()
            self._questions.close()
            self._views.close()
            for worker in self.workers.values():
                worker.close()
            for pid in platforms.descendants():
                kill(pid)
            if self._images is not None:
                self._images.close()

    def stop(self) -> None:
        """Make `run` return."""
        self._stopped.set()

    async def _listen(self) -> None:
        config = self._config
        server = await self._loop.create_server(lambda: self._admit(Client(self)), config.host, config.port)
        port = server.sockets[0].getsockname()[1]
        print(f"Device server started on port {port} on host {config.host}", flush=True)  # noqa: T201 its users wait for it
        try:
            if config.port_file is not None:
                config.port_file.write_text(f"{port}\n", encoding="ascii")
            await self._stopped.wait()
        finally:
            server.close()
            if config.port_file is not None:
                config.port_file.unlink(missing_ok=True)

    async def _serve_inherited(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self._loop.remove_signal_handler(signal.SIGINT)
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # a Ctrl-C in the terminal is for the bridge, which closes the socket
        await self._loop.connect_accepted_socket(lambda: self._admit(Client(self)), connection)
        await self._stopped.wait()

    def welcome(self) -> wire.Message:
        """See client.Server."""
        return {
            "op": "welcome",
            "runtime": "python",
            "version": VERSION,
            "proto": wire.PROTOCOL,
            "device": {"id": self._id, "name": self._config.name},
            "languages": list(self._config.languages),
            "auth": "none" if self._config.token is None else "token",
            "generation": self.workers[_MAIN].generation,
            "caps": [wire.CAP_OUT, wire.CAP_VALUES, wire.CAP_ACK, wire.CAP_SYMBOLS, wire.CAP_WATCH, wire.CAP_SOURCE],
            "python": ".".join(map(str, sys.version_info[:3])),
        }

    def receive(self, client: Client, message: wire.Message) -> None:
        """See client.Server."""
        message_id = wire.request_id(message)
        problem = "'id' must be an integer or a string" if message_id is None else wire.problem(message)
        if problem is None and message["op"] != "hello" and not client.is_admitted:
            _refuse(client, message_id, wire.ErrorType.DENIED, "Say hello with the device's token first")
        elif problem is not None or message_id is None:
            _refuse(client, message_id, wire.ErrorType.PROTOCOL, problem or "")
        elif (operation := self._operations.get(str(message["op"]))) is not None:
            operation(client, message, message_id)
        else:
            self._submit(client, message, message_id)

    def end_input(self, job: Job) -> None:
        """See client.Server."""
        worker, errand = self._place(job)
        worker.end_input(errand)

    def forget(self, client: Client) -> None:
        """See client.Server."""
        self._clients.discard(client)
        self._questions.forget(client)
        if self._config.fd is not None:
            self.stop()
        elif client.has_own_session:
            self._submit(client, {"op": "close", "session": client.own_session()}, 0)

    def _admit(self, client: Client) -> Client:
        client.is_admitted = self._config.token is None
        self._clients.add(client)
        return client

    def _make_starter(self, launcher: Launcher, zygote: Launched | None) -> WorkerStarter:
        languages = self._config.languages
        if zygote is None:
            return FreshStarter(launcher, languages)
        platforms.adopt_orphans()
        return Zygote(self._loop, self._children, partial(launcher.zygote, languages), zygote, self._on_progress)

    def start_worker(self, events: WorkerLink) -> WorkerProcess:
        """See worker_link.Owner."""
        return self._start(self._starter, events)

    def admit_images(self, frame: wire.Message) -> wire.Message:
        """See worker_link.Owner."""
        return frame if self._images is None else self._images.admit(frame)

    def _start_template(self, events: WorkerEvents) -> WorkerProcess:
        settings = replace(self._worker_settings, keeps_checkpoints=False)
        return WorkerProcess(self._loop, self._children, self._starter, settings, 0, events)

    def beginnings(self) -> list[Beginning]:
        """See succession.Nursery."""
        return self._templates.beginnings()

    def start_from(self, beginning: Beginning, events: WorkerEvents) -> WorkerProcess:
        """See succession.Nursery."""
        return self._start(beginning.starter, events)

    def _start(self, starter: WorkerStarter, events: WorkerEvents) -> WorkerProcess:
        config = self._config
        return WorkerProcess(self._loop, self._children, starter, self._worker_settings, config.checkpoints, events)

    @property
    def _worker_settings(self) -> WorkerSettings:
        """Of workers, and of templates, which they are forked from."""
        return replace(self._config.worker, images=None if self._images is None else str(self._images.folder))

    def begin_with(self, worker: str, files: ProjectModules) -> None:
        """See worker_link.Owner."""
        if worker == _MAIN:
            self._templates.begin_with(files)

    def learn(self, worker: str, frame: wire.Message) -> None:
        """See worker_link.Owner."""
        if worker != _MAIN:
            self._views.learn(worker, frame)
        elif frame["op"] == "loaded":
            self._templates.learn(frame)

    def log_tail(self) -> str:
        """See worker_link.Owner."""
        return self._log.tail()

    def project(self, preferred: Asker | None) -> wire.Message | None:
        """See worker_link.Owner."""
        return self._questions.project(preferred)

    def ask_host(self, preferred: Asker | None, question: wire.Message, asker: socket.socket) -> None:
        """See worker_link.Owner."""
        self._questions.ask(preferred, question, asker)

    def tell_all(self, cap: str, frame: wire.Message, but: Asker | None = None) -> None:
        """See worker_link.Owner. One that is behind gets no more output: it does not hold back whose output it is."""
        but = but.client if isinstance(but, Errand) else but
        for client in self._clients:
            is_too_much = frame["op"] == "out" and client.is_congested
            if cap in client.caps and client is not but and not is_too_much:
                client.send(frame)

    def _on_progress(self, text: str) -> None:
        for worker in self.workers.values():
            worker.tell_waiting(text)
        print(text, file=sys.stderr, flush=True)  # noqa: T201 the server's log

    def _submit(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        """Make the request a job of the worker it names."""
        worker = self.workers.get(str(message.get("worker") or _MAIN))
        languages = self._languages_of(message)
        if worker is None:
            _refuse(client, message_id, wire.ErrorType.PROTOCOL, f"There is no worker '{message['worker']}'")
        elif unknown := sorted(languages - {*self._config.languages}):
            text = f"Unknown language: {unknown[0]}; this device has {', '.join(self._config.languages)}"
            _refuse(client, message_id, wire.ErrorType.PROTOCOL, text)
        elif client.has_too_many_jobs:
            text = "Too many requests wait already; send this one again when some of them are answered"
            _refuse(client, message_id, wire.ErrorType.TOO_LARGE, text)
        else:
            session = message.get("session") or client.own_session()
            complete = {**message, "lang": message.get("lang") or self._config.languages[0], "session": session}
            job = Job(client, complete, message_id, next(self._serials))
            client.add_job(job)
            self._views.operations.get(str(message["op"]), worker.submit)(job)

    def _languages_of(self, message: wire.Message) -> set[str]:
        """Every language that a request names, for itself or for its files."""
        files = message.get("files")
        asked = [message, *(file for file in files if isinstance(file, dict))] if isinstance(files, list) else [message]
        return {str(each["lang"]) for each in asked if each.get("lang")}

    def _hello(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        if not self._is_token(message.get("token")):
            client.send({"op": "access-denied", "id": message_id, "error": "The token is missing or wrong"})
            client.close()
            return
        client.is_admitted = True
        caps = message.get("caps")
        client.caps = frozenset(cap for cap in caps if isinstance(cap, str)) if isinstance(caps, list) else frozenset()
        self._questions.know(client, message.get("project"))
        client.send({"op": "ready", "id": message_id})

    def _is_token(self, said: wire.JSON) -> bool:
        if self._config.token is None:
            return True
        import hmac  # loads OpenSSL, which only those need who have a token

        return hmac.compare_digest(_bytes(self._config.token), _bytes(str(said or "")))

    def _ping(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        busy: list[wire.JSON] = [
            {
                "worker": worker.name,
                "id": worker.current.id,
                "op": worker.current.message["op"],
                "elapsed_ms": worker.current.elapsed_ms,
            }
            for worker in self.workers.values()
            if worker.current is not None
        ]
        rss_bytes = platforms.resident_bytes(os.getpid())
        client.send({"op": "pong", "id": message_id, "busy": busy, "rss_bytes": rss_bytes})

    def _status(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        client.send(
            {
                "op": "status",
                "id": message_id,
                "device": {"id": self._id, "name": self._config.name},
                "version": VERSION,
                "languages": list(self._config.languages),
                "is_warm": self._starter.is_warm,
                "checkpoints": "fork" if self._config.worker.keeps_checkpoints else "none",
                "workers": [worker.status() for worker in self.workers.values()],
                "template": self._templates.status(),
                "clients": len(self._clients),
                "uptime_ms": round((time.monotonic() - self._started) * 1000),
                "rss_bytes": platforms.resident_bytes(os.getpid()),
            }
        )

    def _interrupt(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        """Stop the client's job of that id, or, with no target, the one that runs."""
        target = message.get("target")
        job = next((job for job in client.jobs.values() if target in (None, job.id)), None)
        if job is None and target is None and (worker := self.workers.get(str(message.get("worker")))) is not None:
            job = worker.current  # whoever asked for it: its client may be gone
        if job is None:
            client.send({"op": "id-mismatch" if client.jobs else "idle", "id": message_id})
            return
        job.when_ended(
            lambda ended: client.send({"op": "interrupted" if ended.was_stopped else "idle", "id": message_id})
        )
        worker, errand = self._place(job)
        if errand is not job or job.message["op"] in wire.VIEWS:  # what a worker does for it next is stopped, too
            job.stop_reason = wire.ErrorType.INTERRUPTED
        worker.stop(errand, wire.ErrorType.INTERRUPTED)

    def _place(self, job: Job) -> tuple[WorkerLink, Job]:
        """Who serves a job, and as what."""
        return self._views.errand_of(job) or (self.workers[str(job.message.get("worker") or _MAIN)], job)

    def _stdin(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        """Input for the client's job of that id; what nobody waits for is an error."""
        job = next((job for job in client.jobs.values() if job.id == message_id), None)
        if job is None:
            _refuse(client, message_id, wire.ErrorType.PROTOCOL, f"No request {message_id} is running that could read")
            return
        worker, errand = self._place(job)
        worker.give_input(errand, str(message.get("text") or ""))

    def _acknowledge(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        """There is no answer; of a job that has ended by now, nothing needs to be known."""
        job = next((job for job in client.jobs.values() if job.id == message_id), None)
        chars = message.get("chars")
        if job is not None and isinstance(chars, int):
            worker, errand = self._place(job)
            worker.acknowledge(errand, chars)

    def _read_source(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        try:
            answer: wire.Message = {"op": "result", "id": message_id, "source": sources.read(str(message["file"]))}
        except (OSError, ValueError) as error:
            _refuse(client, message_id, wire.ErrorType.RUNTIME, f"{message['file']} cannot be read: {error}")
            return
        if len(wire.encode(answer)) > wire.LIMIT_BYTES:
            _refuse(client, message_id, wire.ErrorType.TOO_LARGE, f"{message['file']} is longer than a line may be")
        else:
            client.send(answer)

    def _restart(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        worker = self.workers.get(str(message.get("worker") or _MAIN))
        if worker is None:
            _refuse(client, message_id, wire.ErrorType.PROTOCOL, f"There is no worker '{message['worker']}'")
        else:
            session = str(message["session"]) if message.get("session") else None
            worker.restart(session, lambda answer: client.send({**answer, "id": message_id}))

    def _fetch(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        if self._images is None:
            _refuse(client, message_id, wire.ErrorType.PROTOCOL, "This device has no folder to keep pictures in")
        else:
            client.send({**self._images.fetch(message), "id": message_id})

    def _shutdown(self, client: Client, message: wire.Message, message_id: wire.Id) -> None:
        client.send({"op": "goodbye", "id": message_id})
        client.close()
        self._loop.call_soon(self.stop)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _refuse(client: Client, message_id: wire.Id | None, error_type: wire.ErrorType, text: str) -> None:
    client.send({"op": "error", "id": message_id, "type": error_type, "error": text})
