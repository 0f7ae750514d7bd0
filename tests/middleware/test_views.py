"""The ops `view-...`, with a device that is played."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware import session, stack, views
from middleware.replies import answering
from middleware.request import Message
from middleware.view_sources import FileViews, Found, Parameter, Preview, View
from tests.middleware.fakes import FakeSession, finish, request_for

IMAGE: wire.Message = {"ref": "sha256-1", "mime": "image/png", "width": 390, "height": 844, "scale": 1, "bytes": 18231}
CARD = View("card", 3, (Parameter("title"),))


class FakeSources:
    """The project's views. A ViewSources."""

    def __init__(self, *files: FileViews) -> None:
        self.files = [*files]
        self.asked: list[str | None] = []

    async def find(self, path: str | None) -> list[FileViews]:
        self.asked.append(path)
        return self.files

    def hosting(self, path: str | None) -> wire.Message:
        return {"setup": "app.setup"} if path is None else {"setup": "app.setup", "module": "app", "lang": "python"}


NO_FILES = FakeSources()


def replies(message: Message, *frames: wire.Message, sources: FakeSources = NO_FILES) -> tuple[FakeSession, Message]:
    """The session that was asked, and the one reply."""
    asked, sent = FakeSession(), list[Message]()
    asked.frames = [*frames]
    built = stack.build([session.middleware(lambda: ["s1"]), views.middleware(sources)])
    finish(answering(built)(request_for(message, asked, sent)))
    (reply,) = sent
    return asked, {key: value for key, value in reply.items() if key not in ("id", "session")}


def test_a_request_goes_to_the_device_and_its_results_come_back() -> None:
    asked, reply = replies(
        {"op": "view-start", "expression": "card('a')", "traits": "dark", "scale": "2"},
        {"op": "result", "id": 1, "view": "v1", "name": "card('a')", "images": [IMAGE], "generation": 1, "ms": 3.5},
    )
    expected: wire.Message = {"op": "view-start", "expression": "card('a')", "traits": ["dark"], "scale": 2}
    assert asked.asked == [{**expected, "setup": "app.setup", "lang": "basilisp"}]
    assert reply == {
        "view": "v1", "name": "card('a')", "images": [IMAGE], "generation": 1, "ms": "3.5", "status": ["done"],
    }  # fmt: skip


def test_the_device_is_told_the_module_of_a_file() -> None:
    asked, _ = replies({"op": "view-start", "path": "app.py", "index": 0}, {"op": "result", "view": "v1"})
    expected: wire.Message = {"op": "view-start", "path": "app.py", "index": 0}
    assert asked.asked == [{**expected, "setup": "app.setup", "module": "app", "lang": "python"}]


def test_what_is_hosted_already_needs_no_more() -> None:
    asked, _ = replies({"op": "view-variants", "view": "v1", "variants": ["dark"]}, {"op": "result", "variants": []})
    assert asked.asked == [{"op": "view-variants", "view": "v1", "variants": [["dark"]]}]


def test_what_is_not_given_is_not_sent() -> None:
    asked, _ = replies({"op": "view-list", "path": ""}, sources=FakeSources())
    assert asked.asked == []
    asked, _ = replies({"op": "view-snapshot", "view": "v1", "mime": ""}, {"op": "result", "images": [IMAGE]})
    assert asked.asked == [{"op": "view-snapshot", "view": "v1"}]


def test_an_error_of_the_device_is_told() -> None:
    error: wire.Message = {"op": "error", "type": "runtime", "ex": "NameError", "error": "name 'x' is not defined"}
    _, reply = replies({"op": "view-start", "expression": "x"}, error)
    assert (reply["error"], reply["ex"]) == ("name 'x' is not defined", "NameError")
    assert reply["status"] == ["error", "view-failed", "done"]


def test_a_needed_parameter_is_asked_for() -> None:
    asked, reply = replies({"op": "view-touch", "x": 1, "y": 2})
    assert (asked.asked, reply["status"]) == ([], ["error", "no-view", "done"])


def test_a_parameter_of_the_wrong_kind_is_refused_before_the_device_hears_of_it() -> None:
    asked, reply = replies({"op": "view-touch", "view": "v1", "x": "left"})
    assert (asked.asked, reply["error"]) == ([], "'x' must be a number")


@pytest.mark.parametrize("path", [None, "/p/app.py"])
def test_the_list_is_read_from_the_source(path: str | None) -> None:
    found = Found((CARD,), (Preview("A", "a", 8, ()), Preview("B", "b", 9, ("dark",))))
    sources = FakeSources(FileViews("/p/app.py", "app", found), FileViews("/p/bad.py", "bad", Found(problem="oh")))
    message: Message = {"op": "view-list"} if path is None else {"op": "view-list", "path": path}
    asked, reply = replies(message, sources=sources)
    place = {"path": "/p/app.py", "module": "app"}
    assert (asked.asked, sources.asked) == ([], [path])
    assert reply["views"] == [{**place, **CARD.told()}]
    assert reply["previews"] == [
        {**place, "name": "A", "function": "a", "index": 0, "line": 8, "traits": []},
        {**place, "name": "B", "function": "b", "index": 1, "line": 9, "traits": ["dark"]},
    ]
    assert reply["problems"] == [{"path": "/p/bad.py", "error": "oh"}]
