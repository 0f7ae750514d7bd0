"""The ops that load changed namespaces again, in front of a device that answers from a script."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from immutables import Map

from device_server import wire
from middleware import refresh, session, stack
from middleware.mirror import Mirror, Namespace
from middleware.project_sources import SourceFile
from middleware.replies import answering
from middleware.request import Message, OnFrame
from tests.middleware.fakes import FakeSession, finish, request_for
from tests.middleware.test_testing import FakeSources, ScriptedSession

RESULT: wire.Message = {"op": "result"}
WRONG: wire.Message = {"op": "error", "type": wire.ErrorType.RUNTIME, "error": "ZeroDivisionError: no", "ex": "X"}
CAUSE: wire.Message = {"class": "E", "message": "no", "frames": []}
CAUSES: wire.Message = {"op": "result", "phase": "execution", "causes": [CAUSE]}
NAMES = ("refresh", "cider/refresh", "cider.clj-reload/reload")


def source(name: str, text: str = "") -> SourceFile:
    return SourceFile(f"/p/{name}.lpy", name, "basilisp", text)


class LoadedSession(ScriptedSession):
    """A session on a device that tells what it has loaded, and answers everything else from a script."""

    loaded: wire.Message

    async def ask(self, frame: wire.Message, on_frame: OnFrame) -> wire.Message:
        return {"op": "result", "files": self.loaded} if frame["op"] == "loaded" else await super().ask(frame, on_frame)


class Project:
    """A project of which all files are loaded, and one client."""

    def __init__(self, to: LoadedSession, *files: SourceFile) -> None:
        self._session = to
        self.sources = FakeSources(*files)
        self.load(*files)
        to.mirror = Mirror(Map({file.module: Namespace(file.module, file.lang, file=file.path) for file in files}))
        middlewares = [session.middleware(list), refresh.middleware(self.sources, PurePath("/p"))]
        self._stack = stack.build(middlewares)

    def says(self, op: str, **keys: str) -> list[Message]:
        sent: list[Message] = []
        finish(answering(self._stack)(request_for({"op": op, **keys}, self._session, sent)))
        for reply in sent:
            assert (reply.pop("id"), reply.pop("session")) == ("7", "s1")
        return sent

    def edit(self, *files: SourceFile) -> None:
        """Change them on the disk."""
        edited = {file.path: file for file in files}
        self.sources.files = tuple(edited.get(file.path, file) for file in self.sources.files)

    def load(self, *files: SourceFile) -> None:
        """Have them loaded as they are."""
        self._session.loaded = {file.path: file.text_sha256 for file in files}


def loaded(to: FakeSession) -> list[str]:
    """The names of what was loaded since the last question."""
    files = [file for asked in to.asked if asked["op"] == "reload" for file in asked["files"]]  # type: ignore[union-attr]
    to.asked.clear()
    return [str(file["name"]) for file in files if isinstance(file, dict)]


@pytest.mark.parametrize("name", NAMES)
def test_what_has_changed_is_reloaded_as_one_edit_in_order(name: str) -> None:
    to = LoadedSession([RESULT])
    project = Project(to, source("a"), source("b"), source("c"))
    project.edit(source("a", "c"), source("c", "1"))
    replies = project.says(name)
    assert [reply["reloading"] for reply in replies if "reloading" in reply] == [["c", "a"]]
    assert replies[-2:] == [{"status": ["ok"]}, {"status": ["done"]}]
    files: list[wire.JSON] = [
        {"path": "/p/c.lpy", "source": "1", "lang": "basilisp", "name": "c"},
        {"path": "/p/a.lpy", "source": "c", "lang": "basilisp", "name": "a"},
    ]
    assert to.asked == [{"op": "reload", "lang": "basilisp", "session": "s1", "files": files}]


def test_when_nothing_has_changed_the_device_is_asked_for_nothing() -> None:
    to = LoadedSession()
    assert Project(to, source("a")).says("refresh") == [{"reloading": []}, {"status": ["ok"]}, {"status": ["done"]}]
    assert to.asked == []


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_loaded_can_be_made_to_run_again(name: str) -> None:
    to = LoadedSession([RESULT])
    Project(to, source("a"), source("b")).says(f"{name}-all")
    assert [file["force"] for file in to.asked[0]["files"]] == [True, True]  # type: ignore[union-attr, index, call-overload]
    assert loaded(to) == ["a", "b"]


@pytest.mark.parametrize("name", NAMES)
def test_after_a_clear_everything_counts_as_changed(name: str) -> None:
    to = LoadedSession([RESULT])
    project = Project(to, source("a"))
    (reply,) = project.says(f"{name}-clear")
    assert "done" in reply["status"]  # type: ignore[operator]
    assert loaded(to) == []
    project.says(name)
    assert loaded(to) == ["a"]
    project.says(name)
    assert loaded(to) == []


def test_a_clear_counts_until_a_refresh_succeeds() -> None:
    to = LoadedSession([WRONG], [CAUSES], [RESULT])
    project = Project(to, source("a"))
    project.says("refresh-clear")
    project.says("refresh")
    assert loaded(to) == ["a"]
    project.says("refresh")
    assert loaded(to) == ["a"]


def test_what_fails_is_told_with_its_namespace() -> None:
    to = LoadedSession([{**WRONG, "location": {"file": "/p/b.lpy", "line": 1}}], [CAUSES])
    project = Project(to, source("a"), source("b", "a"), source("c", "b"))
    error, err, done = project.says("refresh-all")[1:]
    assert (error["status"], error["error-ns"]) == (["error"], "b")
    assert error["error"] == [{"class": "E", "message": "no", "stacktrace": [], "phase": "execution"}]
    assert str(err["err"]).startswith("ZeroDivisionError: no\n")
    assert done == {"status": ["done"]}


@pytest.mark.parametrize(
    ("failure", "culprit"),
    [
        ({}, "a"),
        ({"frames": [{"file": "/lib/x.py"}, {"file": "/p/b.lpy"}, {"file": "/p/a.lpy"}]}, "b"),
        ({"location": {"file": "/lib/x.py"}, "frames": 5}, "a"),
    ],
)
def test_the_innermost_call_in_what_is_reloaded_is_to_blame(failure: wire.Message, culprit: str) -> None:
    to = LoadedSession([{**WRONG, **failure}], [CAUSES])
    assert Project(to, source("a"), source("b", "a")).says("refresh-all")[1]["error-ns"] == culprit


def test_what_the_project_does_not_have_is_not_reloaded() -> None:
    to = LoadedSession([RESULT])
    project = Project(to, source("a"))
    project.load(source("a"), source("elsewhere"))
    project.says("refresh-all")
    assert loaded(to) == ["a"]


def test_a_namespace_has_the_name_that_the_program_knows() -> None:
    to = LoadedSession([RESULT])
    project = Project(to, source("to_do"))
    to.mirror = Mirror(
        Map({
            "to-do": Namespace("to-do", "basilisp", file="/p/to_do.lpy"),
            "to_do": Namespace("to_do", "python", file="/p/to_do.lpy"),
        })
    )  # fmt: skip
    assert project.says("refresh-all")[0] == {"reloading": ["to-do"]}


def test_clj_reload_tells_its_progress_in_words() -> None:
    replies = Project(LoadedSession([RESULT]), source("a")).says("cider.clj-reload/reload-all")
    first, second, last = (str(reply["progress"]) for reply in replies if "progress" in reply)
    assert (first, second) == ("Reloading 1 namespaces...\n", "Loading a\n")
    assert last.startswith("Reloaded 1 namespaces in ")


def test_the_output_of_what_is_loaded_is_passed_on() -> None:
    to = LoadedSession([{"op": "out", "stream": "out", "text": "hi"}, {"op": "value", "value": "1"}, RESULT])
    replies = Project(to, source("a")).says("refresh-all")
    assert {"out": "hi"} in replies
    assert not any("value" in reply for reply in replies)


def test_a_worker_that_dies_is_a_cause_without_calls() -> None:
    died: wire.Message = {"op": "error", "type": wire.ErrorType.CRASH, "error": "The worker died", "ex": "Crash"}
    to = LoadedSession([died])
    error = Project(to, source("a")).says("refresh-all")[1]
    assert error["error"] == [{"class": "Crash", "message": "The worker died", "stacktrace": []}]
    assert [asked["op"] for asked in to.asked] == ["reload"]


# Functions before and after


TRUE: wire.Message = {"op": "result", "value": "true"}
FALSE: wire.Message = {"op": "result", "value": "false"}


def test_functions_are_called_before_and_after() -> None:
    to = LoadedSession([TRUE], [RESULT], [TRUE])
    replies = Project(to, source("a")).says("refresh-all", before="user/stop", after="user/start")
    assert replies == [
        {"status": ["invoking-before"], "before": "user/stop"},
        {"status": ["invoked-before"], "before": "user/stop"},
        {"reloading": ["a"]},
        {"status": ["ok"]},
        {"status": ["invoking-after"], "after": "user/start"},
        {"status": ["invoked-after"], "after": "user/start"},
        {"status": ["done"]},
    ]
    assert [asked["op"] for asked in to.asked] == ["eval", "reload", "eval"]
    assert "(resolve 'user/stop)" in str(to.asked[0]["code"])
    assert to.asked[0]["session"] != to.id


def test_a_function_that_is_not_there_does_not_matter() -> None:
    replies = Project(LoadedSession([FALSE])).says("refresh", before="user/none")
    assert replies[1] == {"status": ["invoked-not-resolved"], "before": "user/none"}
    assert {"status": ["ok"]} in replies


def test_when_the_function_before_fails_nothing_is_loaded() -> None:
    to = LoadedSession([WRONG])
    replies = Project(to, source("a")).says("refresh-all", before="user/stop")
    assert [reply.get("status") for reply in replies] == [["invoking-before"], ["error"], None, ["done"]]
    assert loaded(to) == []


def test_when_the_function_after_fails_what_was_reloaded_stays() -> None:
    to = LoadedSession([RESULT], [WRONG], [CAUSES])
    project = Project(to, source("a"))
    project.edit(source("a", "1"))
    statuses = [reply.get("status") for reply in project.says("refresh", after="user/start")]
    assert statuses == [None, ["ok"], ["invoking-after"], ["error"], None, ["done"]]


@pytest.mark.parametrize("name", ["(exit)", "a b", '"x"', "'x", "a;b", "#(a)"])
def test_what_is_no_name_is_not_called(name: str) -> None:
    to = LoadedSession([RESULT])
    (reply,) = Project(to).says("refresh", after=name)
    assert reply["status"] == ["error", "bad-after", "done"]
    assert to.asked == []


@pytest.mark.parametrize("name", ["app.start", "app/start"])
def test_in_python_the_function_of_a_module_is_called(name: str) -> None:
    to = LoadedSession([{"op": "result", "value": "True"}])
    to.language = "python"
    replies = Project(to).says("refresh", before=name)
    assert replies[1]["status"] == ["invoked-before"]
    assert "modules.get('app'), 'start'" in str(to.asked[0]["code"])


def test_an_interrupt_ends_the_refresh() -> None:
    to = LoadedSession([{"op": "error", "type": wire.ErrorType.INTERRUPTED, "error": "Interrupted"}])
    project = Project(to, source("a"), source("b"))
    assert project.says("refresh-all")[-1] == {"status": ["interrupted", "done"]}
    assert loaded(to) == ["a", "b"]
