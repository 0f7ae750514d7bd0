"""The table of Basilisp edits on the real device: files are saved, a bridge sends them, a worker has the state."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from middleware.request import Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl
from tests.device_server.reload.basilisp_edits import EDITS, Edit, file_text


class Editor:
    """An nREPL client with a project, and no other names than `shop` and `till` in the text of its files."""

    def __init__(self, folder: Path, client: Nrepl) -> None:
        self._folder = folder
        self._client = client
        self._session = client.clone()
        self._numbers = itertools.count(1)
        self._number = 0

    def begin(self) -> None:
        """From now on `shop` and `till` are other files: the device keeps those that it has loaded."""
        self._number = next(self._numbers)

    def own(self, text: str) -> str:
        """With the names that they have now."""
        return re.sub(r"\b(shop|till)(?![\w:,])", rf"\g<1>{self._number}", text)

    def load(self, name: str, text: str) -> None:
        """Write the file, and have the device import it."""
        self._write(name, text)
        assert self._evaluate(f"(require '{name})", "user")["value"] == "nil"

    def save(self, text: str) -> Message:
        """Write `shop` and have it sent; what became of that."""
        path = str(self._write("shop", text))
        replies = self._client.talk({"op": "device-reload", "paths": [path], "session": self._session})
        return {key: value for reply in replies for key, value in reply.items()}

    def value(self, code: str) -> object:
        """What it comes to in `shop`, printed; the words of the error if it is one."""
        answer = self._evaluate(code, "shop")
        return answer.get("value", answer.get("err"))

    def path(self, name: str) -> Path:
        """Where it is."""
        return self._folder / f"{self.own(name)}.lpy"

    def _write(self, name: str, text: str) -> Path:
        path = self.path(name)
        path.write_text(self.own(text), encoding="utf-8")
        return path

    def _evaluate(self, code: str, namespace: str) -> Message:
        replies = self._client.eval(self.own(code), self._session, lang="basilisp", ns=self.own(namespace))
        return {key: value for reply in replies for key, value in reply.items()}


@pytest.fixture(scope="module")
def open_editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """One bridge for all rows, which watches nothing, lest a save be sent twice."""
    folder = tmp_path_factory.mktemp("project")
    with servers.bridge(folder, "--no-watch") as bridge, Nrepl(bridge.port) as client:
        yield Editor(folder, client)


@pytest.fixture
def editor(open_editor: Editor) -> Editor:
    """With no file yet."""
    open_editor.begin()
    return open_editor


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.kind)
def test_an_edit_reaches_the_device(edit: Edit, editor: Editor) -> None:
    editor.load("shop", file_text(edit.before))
    if edit.beside:
        editor.load("till", edit.beside)
    if edit.meanwhile:
        editor.value(edit.meanwhile)
    told = editor.save(file_text(edit.after))
    assert (told.get("tier"), told.get("state")) == (edit.tier.name.lower(), edit.state.name.lower()), told
    assert editor.own(edit.says) in str(told.get("reason", ""))
    stale = str(told["stale"])
    assert edit.stale in stale if edit.stale else told["stale"] == []
    for code, wanted in edit.then:
        assert editor.value(f"(= {code} {wanted})") == "true", (code, editor.value(code))


BROKEN = {
    "what does not close": ("(defn f [] (", "compile", 2),
    "a name that there is not": ("(defn f [] 2) (nowhere)", "compile", 2),
    "what raises": ("(def f 2) (/ 1 0)", "runtime", 2),
}


@pytest.mark.parametrize(("broken", "kind", "line"), BROKEN.values(), ids=BROKEN)
def test_a_broken_edit_changes_nothing_on_the_device(broken: str, kind: str, line: int, editor: Editor) -> None:
    editor.load("shop", "(ns shop)\n(defn f [] 1)\n(def state (atom 1))\n")
    told = editor.save(f"(ns shop)\n{broken}\n")
    assert told.get("error-type") == kind, told
    location = told["location"]
    assert isinstance(location, dict)
    assert (location["file"], location["line"]) == (str(editor.path("shop")), line)
    assert editor.value("[(f) @state]") == "[1 1]"
