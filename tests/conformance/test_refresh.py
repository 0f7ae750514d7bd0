"""Changed files loaded again as CIDER and Calva ask for it, over a bridge and the device it has started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from middleware.request import Bencode, Message
from tests.conformance import servers
from tests.conformance.clients import Nrepl

Say: TypeAlias = Callable[..., list[Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """A project of its own, whose files the tests change, and the port of its bridge."""
    folder = tmp_path_factory.mktemp("refresh")
    with servers.bridge(folder, "--no-watch") as server:
        yield folder, server.port


@pytest.fixture
def folder(project: tuple[Path, int]) -> Path:
    return project[0]


@pytest.fixture
def say(project: tuple[Path, int]) -> Iterator[Say]:
    with Nrepl(project[1]) as client:
        session = client.clone()

        def say(op: str, **keys: Bencode) -> list[Any]:
            message: Message = {"op": op, "session": session, **keys}
            return client.talk(message)

        say("cider/refresh")  # what another test has changed
        yield say


def value(say: Say, code: str, **keys: Bencode) -> Bencode:
    values: list[Bencode] = [reply["value"] for reply in say("eval", code=code, **keys) if "value" in reply]
    return values[-1]


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def reloading(replies: list[Any]) -> list[str]:
    (names,) = (reply["reloading"] for reply in replies if "reloading" in reply)
    return list(names)


def test_changed_namespaces_are_loaded_in_the_order_of_their_uses(say: Say, folder: Path) -> None:
    value(say, "(require 'errands.report 'errands.store) (errands.store/add! \"a\" {:minutes 7})")
    edit(folder / "errands/report.lpy", '" to go, "', '" left, "')
    edit(folder / "errands/model.lpy", ":minutes 10", ":minutes 15")
    replies = say("cider/refresh")
    assert reloading(replies) == ["errands.model", "errands.report"]
    assert [reply.get("status") for reply in replies if "status" in reply] == [["ok"], ["done"]]
    assert "1 left, 7 minutes" in str(value(say, "(errands.report/report (errands.store/all-errands))"))
    assert value(say, '(:minutes (errands.model/errand 1 "a" {}))') == "15"


def test_state_of_what_has_not_changed_is_kept(say: Say, folder: Path) -> None:
    value(say, '(require \'errands.store) (errands.store/clear!) (errands.store/add! "kept")')
    edit(folder / "errands/model.lpy", "A new errand", "A fresh errand")
    assert reloading(say("refresh")) == ["errands.model"]
    assert value(say, "(count (errands.store/all-errands))") == "1"


def test_modules_of_python_are_loaded_again_too(say: Say, folder: Path) -> None:
    value(say, "import todo.model, todo.report", lang="python")
    edit(folder / "todo/report.py", 'TITLE = "To do"', 'TITLE = "Done"')
    assert reloading(say("cider.clj-reload/reload")) == ["todo.report"]
    assert value(say, "todo.report.TITLE", lang="python") == "'Done'"


def test_a_file_that_cannot_be_loaded_is_an_error_with_its_place(say: Say, folder: Path) -> None:
    value(say, "(require 'errands.model)")
    edit(folder / "errands/model.lpy", "(ns errands.model", "(this-is-wrong)\n(ns errands.model")
    replies = say("cider/refresh")
    assert reloading(replies) == ["errands.model"]
    (error,) = (reply for reply in replies if "error" in reply)
    assert (error["status"], error["error-ns"]) == (["error"], "errands.model")
    assert error["error"][0]["class"]
    assert f"({folder / 'errands/model.lpy'}:1:" in "".join(reply.get("err", "") for reply in replies)
    assert reloading(say("cider/refresh")) == ["errands.model"]  # it still differs from what is loaded
    edit(folder / "errands/model.lpy", "(this-is-wrong)\n", "")
    assert reloading(say("cider/refresh")) == []


def test_all_that_is_loaded_of_the_project_can_be_loaded_again(say: Say) -> None:
    value(say, "(require 'errands.report 'errands.store)")
    names = reloading(say("cider/refresh-all"))
    assert {"errands.model", "errands.report", "errands.store"} <= {*names}
    assert names.index("errands.model") < names.index("errands.report")
    assert not [name for name in names if name.startswith("basilisp")]


def test_functions_are_called_before_and_after(say: Say) -> None:
    value(
        say, "(def calls (atom [])) (defn stop [] (swap! calls conj :stop)) (defn start [] (swap! calls conj :start))"
    )
    replies = say("cider/refresh", before="user/stop", after="user/start")
    assert [reply["status"][0] for reply in replies if "status" in reply] == [
        "invoking-before", "invoked-before", "ok", "invoking-after", "invoked-after", "done",
    ]  # fmt: skip
    assert value(say, "@calls") == "[:stop :start]"


def test_after_a_clear_everything_counts_as_changed(say: Say) -> None:
    value(say, "(require 'errands.model)")
    assert say("cider/refresh-clear")[-1]["status"] == ["done"]
    assert "errands.model" in reloading(say("cider/refresh"))
    assert reloading(say("cider/refresh")) == []
