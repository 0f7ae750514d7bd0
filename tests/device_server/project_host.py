"""A host that has a project, given as texts: it answers what a device asks while a request runs."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from device_server import wire
from tests.device_server.device import Answer, Device, Host

ROOT = "/host/project"


class ProjectHost:
    """A connection that serves modules. Owns its host."""

    def __init__(self, device: Device, **texts: str) -> None:
        """`texts` has the dotted names with `__` for dots; a text for `a__INIT` makes `a` a package."""
        self.host: Host = device.connect("out", "values")
        self.texts = {name.replace("__", "."): text for name, text in texts.items()}
        self.asked: list[str] = []
        """Each question: the module, the path, or `texts`."""
        self.hello()

    def hello(self) -> None:
        """Tell anew what is at the top of the project."""
        modules = sorted({name.partition(".")[0] for name in self.texts})
        project = {"roots": [ROOT], "modules": modules}
        assert self.host.ask("hello", caps=["out", "values", wire.CAP_SOURCE], project=project)["op"] == "ready"

    def eval(self, code: str, **keys: object) -> Answer:
        """The terminal message of an eval; what the device asks meanwhile is answered."""
        number = self.host.start(code, **keys)
        while True:
            message = self.host.next()
            if message["op"] == "need-source":
                self.answer(message)
            elif message.get("id") == number and message["op"] in wire.TERMINAL:
                return message

    def value(self, code: str, **keys: object) -> str:
        """The value of an eval that must succeed."""
        answer = self.eval(code, **keys)
        assert answer["op"] == "result", answer
        return str(answer["value"])

    def answer(self, question: Answer) -> None:
        """Answer a `need-source`."""
        self.host.send_message({"op": "source", "id": question["id"], **self._answer(question)})

    def file(self, module: str) -> dict[str, Any] | None:
        """What a device is told of a module."""
        place, is_lisp = f"{ROOT}/{module.replace('.', '/')}", False
        if f"{module}.INIT" in self.texts:
            name, path, locations = f"{module}.INIT", f"{place}/__init__.py", [place]
        elif module in self.texts:
            is_lisp = self.texts[module].startswith("(")
            name, path, locations = module, f"{place}.{'lpy' if is_lisp else 'py'}", None
        elif any(each.startswith(f"{module}.") for each in self.texts):
            return {"module": module, "locations": [place]}
        else:
            return None
        uses = [each for each in self.texts if each != module and each.replace("_", "-") in self.texts[name]]
        told = {"module": module, "path": path, "sha256": sha256(self.texts[name]), "uses": uses}
        return {**told, "lang": "basilisp" if is_lisp else "python", **({"locations": locations} if locations else {})}

    def _answer(self, question: Answer) -> dict[str, Any]:
        if "sha256" in question:
            self.asked.append("texts")
            known = {sha256(text): text for text in self.texts.values()}
            return {"found": True, "sources": {each: known[each] for each in question["sha256"] if each in known}}
        if "path" in question:
            self.asked.append(question["path"])
            name = question["path"].removeprefix(f"{ROOT}/")
            if name in self.texts:
                return {"found": True, "data": base64.b64encode(self.texts[name].encode()).decode()}
            return {"found": False}
        self.asked.append(question["module"])
        first = self.file(question["module"])
        uses = first.get("uses", []) if first else []
        files = [first, *map(self.file, uses)] if first else []
        return {"found": bool(first), "files": files}


def sha256(text: str) -> str:
    """The hash of a text, as the wire has it."""
    return hashlib.sha256(text.encode()).hexdigest()
