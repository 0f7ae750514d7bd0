"""Edits of files that hosted views depend on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.device import Answer, Device, Host, wait_until
from tests.device_server.edited_project import Project, serving
from tests.device_server.parking import name_of

VIEWS = """\
from device_server import views as v
import rows

TITLE = "Tasks"
total = v.State(0)

@v.preview("Counter")
def counter():
    count = v.State(1)
    text = v.Text(f"{TITLE} {count.value} {total.value}")
    return v.VStack(text, v.Button("More", lambda: count.update(double)), rows.row())

def double(n):
    return n * 2
"""
ROWS = "from device_server import views as v\n\ndef row():\n    return v.Text('row')\n"
OTHER = "def unrelated():\n    return 1\n"


@pytest.fixture
def project(device: Device) -> Iterator[Project]:
    project = Project(counters=VIEWS, rows=ROWS, other=OTHER)
    with serving(device, project):
        yield project


@pytest.fixture
def view(host: Host, project: Project) -> Iterator[str]:
    """The counter, that was tapped once: its state is 2."""
    assert host.ask("restart")["op"] == "result"
    assert host.eval("import counters, other")["op"] == "result"
    answer = host.ask("view-start", module="counters", name="Counter", size="fit")
    assert answer["op"] == "result", answer
    assert host.ask("view-touch", view=answer["view"], label="More")["changed"]
    yield str(answer["view"])
    host.ask("view-stop", view=answer["view"])


def save(host: Host, project: Project, module: str, old: str, new: str) -> Answer:
    assert old in project.texts[module]
    project.texts[module] = project.texts[module].replace(old, new)
    return host.ask("reload", files=[{"path": project.path(module), "source": project.texts[module]}])


def texts(host: Host, view: str) -> list[str]:
    return [each["label"] for each in host.ask("view-elements", view=view)["elements"]]


def entry(host: Host, worker: str) -> Answer:
    (found,) = (each for each in host.ask("status")["workers"] if each["name"] == worker)
    return dict(found)


def state(host: Host) -> Answer:
    (told,) = host.ask("view-sessions")["views"]
    return dict(told)


def test_a_literal_keeps_the_state_and_the_answer_names_the_new_picture(
    host: Host, project: Project, view: str
) -> None:
    before = state(host)
    answer = save(host, project, "counters", '"Tasks"', '"Jobs"')
    assert answer["tier"] == "literal"
    assert answer["views"][view]["state"] == "kept"
    assert [answer["images"][view]] == state(host)["images"] != before["images"]
    assert texts(host, view)[0] == "Jobs 2 0"
    assert state(host)["generation"] == before["generation"]


def test_a_body_that_the_view_uses_from_elsewhere_is_drawn_anew(host: Host, project: Project, view: str) -> None:
    answer = save(host, project, "rows", "'row'", "'r' * 3")
    assert answer["views"][view]["tier"] == "body"
    assert texts(host, view) == ["Tasks 2 0", "More", "rrr"]


def test_an_edit_of_what_it_does_not_use_leaves_a_view_alone(host: Host, project: Project, view: str) -> None:
    answer = save(host, project, "other", "return 1", "return 2")
    assert answer["tier"] == "literal"
    assert "views" not in answer


def test_a_structural_edit_begins_a_generation_that_takes_over_with_its_first_frame(
    host: Host, project: Project, view: str
) -> None:
    before = state(host)
    answer = save(host, project, "rows", "def row():", "class Row:\n    text = 'new'\n\n\ndef row():")
    answer = save(host, project, "rows", "v.Text('row')", "v.Text(Row.text)") if not answer["views"] else answer
    assert answer["views"][view]["tier"] == "structural", answer
    assert answer["views"][view]["state"] == "reset"
    assert answer["images"][view] == state(host)["images"][0]
    assert state(host)["generation"] == before["generation"] + 1
    assert texts(host, view)[0] == "Tasks 1 0"
    assert [worker["name"] for worker in host.ask("status")["workers"]] == ["main", view]


@pytest.mark.parametrize("broken", ["def double(n:", "raise ValueError\n\n\ndef double(n):"])
def test_an_edit_that_fails_keeps_the_last_good_frame_until_the_next_good_one(
    host: Host, project: Project, view: str, broken: str
) -> None:
    before = state(host)
    answer = save(host, project, "counters", "def double(n):", broken)
    assert answer["op"] == "error"
    assert state(host)["state"] == "stale"
    assert state(host)["error"] == answer["error"]
    assert state(host)["images"] == before["images"]
    assert save(host, project, "counters", broken, "def double(n):")["op"] == "result"
    assert state(host)["state"] == "live"
    assert "error" not in state(host)


def test_a_frame_that_an_edit_makes_fail_is_told_as_stale(host: Host, project: Project, view: str) -> None:
    before = state(host)
    answer = save(host, project, "rows", "v.Text('row')", "v.Text(1 / 0)")
    assert answer["op"] == "result"
    assert "ZeroDivisionError" in answer["views"][view]["error"]
    assert state(host)["state"] == "stale"
    assert state(host)["images"] == before["images"]
    save(host, project, "rows", "v.Text(1 / 0)", "v.Text('well')")
    assert state(host)["state"] == "live"
    assert texts(host, view) == ["Tasks 2 0", "More", "well"]


def test_a_state_that_is_changed_from_a_session_is_drawn(device: Device, host: Host, view: str) -> None:
    before = state(host)
    with device.connect("watch") as watcher:
        host.eval("__import__('counters').total.update(lambda n: n + 5)", worker=view)
        told = watcher.wait_for("view-changed")
        assert told["view"] == view
        assert told["images"] == state(host)["images"] != before["images"]
    assert texts(host, view)[0] == "Tasks 2 5"


def test_a_worker_that_is_killed_is_replaced_and_the_state_drawn(device: Device, host: Host, view: str) -> None:
    with device.connect("watch") as watcher:
        host.eval("import os; open('/proc/self/comm', 'w').write('hosted')", worker=view)
        wait_until(lambda: "hosted" in [name_of(each["pid"]) for each in entry(host, view)["checkpoints"]])
        host.eval("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", worker=view)
        assert watcher.wait_for("view-changed")["state"] == "live"
    assert texts(host, view)[0] == "Tasks 2 0"


def test_a_worker_that_is_restarted_shows_the_view_anew(device: Device, host: Host, view: str) -> None:
    with device.connect("watch") as watcher:
        assert host.ask("restart", worker=view)["op"] == "result"
        assert watcher.wait_for("view-changed")["state"] == "live"
    assert texts(host, view)[0] == "Tasks 1 0"
