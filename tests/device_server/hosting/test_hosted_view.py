"""One view through its generations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.device import Answer, Device, Host
from tests.device_server.edited_project import Project, serving

TEXT = """\
from device_server import views as v

@v.preview("First")
def first():
    return v.Text("first")

@v.preview("Second", "dark")
def second():
    return v.Text("second")

@v.preview("Broken")
def broken():
    raise ValueError("no")
"""


@pytest.fixture
def view(device: Device, host: Host) -> Iterator[Answer]:
    with serving(device, Project(shown=TEXT)):
        answer = host.ask("view-start", module="shown", index=0, size="fit")
        assert answer["op"] == "result", answer
        yield answer
        host.ask("view-stop", view=answer["view"])


def test_another_preview_takes_its_place_in_a_new_generation(host: Host, view: Answer) -> None:
    answer = host.ask("view-switch", view=view["view"], name="Second")
    assert answer["op"] == "result", answer
    assert answer["name"] == "shown: Second"
    assert answer["generation"] == view["generation"] + 1
    assert answer["traits"]["color_scheme"] == "dark"
    assert [worker["name"] for worker in host.ask("status")["workers"]] == ["main", view["view"]]
    assert host.ask("view-elements", view=view["view"])["elements"][0]["label"] == "second"


@pytest.mark.parametrize(("place", "text"), [({"name": "Third"}, "there are: 0 'First'"), ({"name": "Broken"}, "no")])
def test_a_preview_that_cannot_be_shown_leaves_the_view_as_it_is(
    host: Host, view: Answer, place: dict[str, object], text: str
) -> None:
    answer = host.ask("view-switch", view=view["view"], **place)
    assert answer["op"] == "error"
    assert text in answer["error"]
    (told,) = host.ask("view-sessions")["views"]
    assert (told["images"], told["state"]) == (view["images"], "live")
    assert host.ask("view-snapshot", view=view["view"])["images"] == view["images"]


def test_the_place_of_a_preview_is_needed(host: Host, view: Answer) -> None:
    assert "Missing 'index' or 'name'" in host.ask("view-switch", view=view["view"])["error"]
