"""A host that has a project and answers what a device asks of it, in a thread: tests wait for the device meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.device_server.device import PATIENCE_S, Answer, Device
from tests.device_server.project_host import sha256

ROOT = "/host/project"


class Project:
    """Modules in one folder, that a test may edit."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        """Module -> text. One of the name `__init__` makes a package of what has dots."""
        self.is_watched = True
        """Whether the device is told of every edit."""
        self.asked = 0
        """How many questions have come."""

    def path(self, module: str) -> str:
        """The host's file of a module."""
        is_package = any(name.startswith(f"{module}.") for name in self.texts)
        return f"{ROOT}/{module.replace('.', '/')}{'/__init__' if is_package else ''}.py"

    def answer(self, question: Answer) -> Answer:
        """What a host says."""
        self.asked += 1
        if "sha256" in question:
            known = {sha256(text): text for text in self.texts.values()}
            return {"sources": {each: known[each] for each in question["sha256"] if each in known}}
        name = question.get("module")
        return {"found": name in self.texts, "files": [self._file(name)] if name in self.texts else []}

    def _file(self, module: str) -> Answer:
        path, text = self.path(module), self.texts[module]
        folder = path.removesuffix("/__init__.py")
        locations = [folder] if folder != path else None
        return {"module": module, "path": path, "locations": locations, "lang": "python", "sha256": sha256(text)}


@contextmanager
def serving(device: Device, project: Project) -> Iterator[None]:
    """Be the host of that project."""
    tops = sorted({name.partition(".")[0] for name in project.texts})
    with device.connect() as host:
        told = {"roots": [ROOT], "modules": tops, "is_watched": project.is_watched}
        assert host.ask("hello", client="project", proto=1, caps=["source"], project=told)["op"] == "ready"

        def serve() -> None:
            for message in host.incoming():
                if message["op"] == "need-source":
                    host.send_message({"op": "source", "id": message["id"], **project.answer(message)})

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield
        finally:
            host.end()
            thread.join(PATIENCE_S)
