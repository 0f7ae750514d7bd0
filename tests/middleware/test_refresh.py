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
from middleware.request import Message
from tests.middleware.fakes import FakeSession, finish, request_for
from tests.middleware.test_testing import FakeSources, ScriptedSession

RESULT: wire.Message = {"op": "result"}
WRONG: wire.Message = {"op": "error", "type": wire.ErrorType.RUNTIME, "error": "ZeroDivisionError: no", "ex": "X"}
CAUSE: wire.Message = {"class": "E", "message": "no", "frames": []}
CAUSES: wire.Message = {"op": "result", "phase": "execution", "causes": [CAUSE]}
STARTED = 1000
NAMES = ("refresh", "cider/refresh", "cider.clj-reload/reload")


def source(name: str, text: str = "", changed: int = 0) -> SourceFile:
    return SourceFile(f"/p/{name}.lpy", name, "basilisp", text, changed)


class Project:
    """A project of which all files are loaded, and one client."""

    def __init__(self, to: FakeSession, *files: SourceFile) -> None:
        self._session = to
        self.sources = FakeSources(*files)
        to.mirror = Mirror(Map({file.module: Namespace(file.module, file.lang, file=file.path) for file in files}))
        middlewares = [session.middleware(list), refresh.middleware(self.sources, PurePath("/p"), lambda: STARTED)]
        self._stack = stack.build(middlewares)

    def says(self, op: str, **keys: str) -> list[Message]:
        sent: list[Message] = []
        finish(answering(self._stack)(request_for({"op": op, **keys}, self._session, sent)))
        for reply in sent:
            assert (reply.pop("id"), reply.pop("session")) == ("7", "s1")
        return sent

    def edit(self, *files: SourceFile) -> None:
        self.sources.files = files


def loaded(to: FakeSession) -> list[str]:
    """The names of what was loaded since the last question."""
    files = [file for asked in to.asked if asked["op"] == "reload" for file in asked["files"]]  # type: ignore[union-attr]
    to.asked.clear()
    return [str(file["name"]) for file in files if isinstance(file, dict)]


@pytest.mark.parametrize("name", NAMES)
def test_what_has_changed_since_the_start_is_loaded_in_order(name: str) -> None:
    to = ScriptedSession([RESULT])
    project = Project(to, source("a", "c", changed=STARTED + 1), source("b"), source("c", changed=STARTED + 1))
    replies = project.says(name)
    assert [reply["reloading"] for reply in replies if "reloading" in reply] == [["c", "a"]]
    assert replies[-2:] == [{"status": ["ok"]}, {"status": ["done"]}]
    assert to.asked[0] == {
        "op": "reload", "lang": "basilisp", "session": "s1",
        "files": [{"path": "/p/c.lpy", "source": "", "lang": "basilisp", "name": "c", "force": False}],
    }  # fmt: skip
    assert loaded(to) == ["c", "a"]


def test_what_has_been_loaded_is_loaded_again_only_when_its_text_is_another() -> None:
    to = ScriptedSession([RESULT])
    project = Project(to, source("a", "1", changed=STARTED + 1))
    project.says("refresh")
    assert loaded(to) == ["a"]
    project.edit(source("a", "1", changed=STARTED + 2))
    assert project.says("refresh")[0] == {"reloading": []}
    assert loaded(to) == []
    project.edit(source("a", "2", changed=STARTED + 2))
    project.says("refresh")
    assert loaded(to) == ["a"]


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_loaded_can_be_loaded_again(name: str) -> None:
    to = ScriptedSession([RESULT])
    Project(to, source("a"), source("b")).says(f"{name}-all")
    assert loaded(to) == ["a", "b"]


@pytest.mark.parametrize("name", NAMES)
def test_after_a_clear_everything_counts_as_changed(name: str) -> None:
    to = ScriptedSession([RESULT])
    project = Project(to, source("a", changed=1))
    (reply,) = project.says(f"{name}-clear")
    assert "done" in reply["status"]  # type: ignore[operator]
    assert loaded(to) == []
    project.says(name)
    assert loaded(to) == ["a"]
    project.says(name)
    assert loaded(to) == []


def test_what_fails_ends_the_refresh_and_is_the_first_of_the_next() -> None:
    to = ScriptedSession([RESULT], [WRONG], [CAUSES], [RESULT])
    project = Project(to, source("a"), source("b", "a"), source("c", "b"))
    error, err, done = project.says("refresh-all")[1:]
    assert (error["status"], error["error-ns"]) == (["error"], "b")
    assert error["error"] == [{"class": "E", "message": "no", "stacktrace": [], "phase": "execution"}]
    assert err == {"err": "ZeroDivisionError: no\n"}
    assert done == {"status": ["done"]}
    assert loaded(to) == ["a", "b"]
    assert project.says("refresh")[0] == {"reloading": ["b", "c"]}
    assert loaded(to) == ["b", "c"]


def test_a_namespace_of_which_only_the_name_is_known_yet_is_found_by_that() -> None:
    to = ScriptedSession([RESULT])
    project = Project(to, source("a"), source("b"))
    to.mirror = Mirror(Map({"a": Namespace("a", hash="h", is_described=False)}))
    project.says("refresh-all")
    assert loaded(to) == ["a"]


def test_what_the_project_does_not_have_is_not_loaded() -> None:
    to = ScriptedSession([RESULT])
    project = Project(to, source("a"))
    to.mirror = Mirror(
        Map({
            "typed": Namespace("typed"),
            "lib": Namespace("lib", file="/lib/lib.lpy"),
            "a_module": Namespace("a_module", "python", file="/p/a.lpy"),
        })
    )  # fmt: skip
    project.says("refresh-all")
    assert loaded(to) == []


def test_clj_reload_tells_its_progress_in_words() -> None:
    replies = Project(ScriptedSession([RESULT]), source("a")).says("cider.clj-reload/reload-all")
    first, second, last = (str(reply["progress"]) for reply in replies if "progress" in reply)
    assert (first, second) == ("Reloading 1 namespaces...\n", "Loading a\n")
    assert last.startswith("Reloaded 1 namespaces in ")


def test_the_output_of_what_is_loaded_is_passed_on() -> None:
    to = ScriptedSession([{"op": "out", "stream": "out", "text": "hi"}, {"op": "value", "value": "1"}, RESULT])
    replies = Project(to, source("a")).says("refresh-all")
    assert {"out": "hi"} in replies
    assert not any("value" in reply for reply in replies)


def test_a_worker_that_dies_is_a_cause_without_calls() -> None:
    died: wire.Message = {"op": "error", "type": wire.ErrorType.CRASH, "error": "The worker died", "ex": "Crash"}
    to = ScriptedSession([died])
    error = Project(to, source("a")).says("refresh-all")[1]
    assert error["error"] == [{"class": "Crash", "message": "The worker died", "stacktrace": []}]
    assert [asked["op"] for asked in to.asked] == ["reload"]


def test_files_of_a_device_elsewhere_are_found_by_their_names() -> None:
    to = ScriptedSession([RESULT])
    to.address = ("elsewhere", 5558)
    project = Project(to, source("a"))
    to.mirror = Mirror(Map({"a": Namespace("a", file="/device/a.lpy"), "lib": Namespace("lib", file="/lib/lib.lpy")}))
    project.says("refresh-all")
    assert loaded(to) == ["a"]


# Functions before and after


TRUE: wire.Message = {"op": "result", "value": "true"}
FALSE: wire.Message = {"op": "result", "value": "false"}


def test_functions_are_called_before_and_after() -> None:
    to = ScriptedSession([TRUE], [RESULT], [TRUE])
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
    replies = Project(ScriptedSession([FALSE])).says("refresh", before="user/none")
    assert replies[1] == {"status": ["invoked-not-resolved"], "before": "user/none"}
    assert {"status": ["ok"]} in replies


def test_when_the_function_before_fails_nothing_is_loaded() -> None:
    to = ScriptedSession([WRONG])
    replies = Project(to, source("a")).says("refresh-all", before="user/stop")
    assert [reply.get("status") for reply in replies] == [["invoking-before"], ["error"], None, ["done"]]
    assert loaded(to) == []


def test_when_the_function_after_fails_what_was_loaded_counts() -> None:
    to = ScriptedSession([RESULT], [WRONG], [CAUSES], [RESULT])
    project = Project(to, source("a", changed=STARTED + 1))
    statuses = [reply.get("status") for reply in project.says("refresh", after="user/start")]
    assert statuses == [None, ["ok"], ["invoking-after"], ["error"], None, ["done"]]
    assert project.says("refresh")[0] == {"reloading": []}


@pytest.mark.parametrize("name", ["(exit)", "a b", '"x"', "'x", "a;b", "#(a)"])
def test_what_is_no_name_is_not_called(name: str) -> None:
    to = ScriptedSession([RESULT])
    (reply,) = Project(to).says("refresh", after=name)
    assert reply["status"] == ["error", "bad-after", "done"]
    assert to.asked == []


@pytest.mark.parametrize("name", ["app.start", "app/start"])
def test_in_python_the_function_of_a_module_is_called(name: str) -> None:
    to = ScriptedSession([{"op": "result", "value": "True"}])
    to.language = "python"
    replies = Project(to).says("refresh", before=name)
    assert replies[1]["status"] == ["invoked-before"]
    assert "modules.get('app'), 'start'" in str(to.asked[0]["code"])


def test_an_interrupt_ends_the_refresh() -> None:
    to = ScriptedSession([{"op": "error", "type": wire.ErrorType.INTERRUPTED, "error": "Interrupted"}])
    project = Project(to, source("a"), source("b"))
    assert project.says("refresh-all")[-1] == {"status": ["interrupted", "done"]}
    assert loaded(to) == ["a"]
    project.says("refresh")
    assert loaded(to) == ["a"]
