"""When there is a template of the project, and what generations start from."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.device_server.device import Answer, Device, Host, running, wait_until
from tests.device_server.edited_project import Project, serving

SHOP = {
    "shop": "",
    "shop.items": "PRICES = [1, 2]\n",
    "shop.cart": "from shop import items\n\ndef total():\n    return sum(items.PRICES)\n",
    "shop.page": "from shop.cart import total\nTITLE = 'page'\n",
    "shop.about": "TEXT = 'about'\n",
}


@contextmanager
def shop(*arguments: str, is_watched: bool = True, **texts: str) -> Iterator[tuple[Device, Host, Project]]:
    """A device that has imported the whole shop; `texts` are modules of the shop."""
    project = Project(**SHOP, **{f"shop.{name}": text for name, text in texts.items()})
    project.is_watched = is_watched
    with running(*arguments) as device, serving(device, project), device.connect("out", "watch") as host:
        names = ", ".join(f"shop.{name}" for name in ("page", "about", *texts))
        assert host.eval(f"import {names}")["op"] == "result"
        yield device, host, project
        assert not device.has_broken(), device.log()


def template(host: Host, is_it: Callable[[Answer], object] = lambda told: told["is_current"]) -> Answer:
    """The template's entry in the status, when it is as it should be."""
    wait_until(lambda: is_it(host.ask("status")["template"]))
    told: Answer = host.ask("status")["template"]
    return told


def edit(host: Host, project: Project, module: str, text: str) -> None:
    """Save and load it."""
    project.texts[module] = text
    answer = host.ask("load", source=text, file=project.path(module), name=module, lang="python")
    assert answer["op"] == "result", answer


def modules(host: Host) -> set[str]:
    """Those of the shop that the worker has imported."""
    shown = host.eval("' '.join(name for name in __import__('sys').modules if name.startswith('shop'))")["value"]
    return {*shown.strip("'").split()}


def test_a_generation_has_the_projects_modules_in_their_first_state() -> None:
    with shop() as (_, host, _project):
        assert template(host)["modules"] == len(SHOP)
        host.eval("import shop.items; shop.items.PRICES.append(39)")
        answer = host.ask("restart")
        assert (answer["op"], answer["is_from_template"], answer["failed"]) == ("result", True, [])
        assert modules(host) == {*SHOP}
        assert host.eval("import shop.cart; shop.cart.total()")["value"] == "3"


def test_an_edited_file_and_what_needs_it_are_left_out_of_the_next_template() -> None:
    with shop() as (_, host, project):
        first = template(host)["pid"]
        edit(host, project, "shop.items", "PRICES = [5]\n")
        later = template(host, lambda told: told["is_current"] and told["pid"] != first)
        assert later["modules"] == len({*SHOP} - {"shop.items", "shop.cart", "shop.page"})
        edit(host, project, "shop.items", "PRICES = [6]\n")
        answer = host.ask("restart")
        assert answer["is_from_template"]
        assert host.eval("import shop.cart; shop.cart.total()")["value"] == "6"
        assert template(host)["pid"] == later["pid"]


def test_a_template_with_an_old_text_is_not_used() -> None:
    with shop() as (_, host, project):
        template(host)
        edit(host, project, "shop.items", "PRICES = [7]\n")
        answer = host.ask("restart")
        assert not answer["is_from_template"]
        assert host.eval("import shop.cart; shop.cart.total()")["value"] == "7"
        assert modules(host) == {*SHOP}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()", "a thread"),
        ("import socket\nOURS, THEIRS = socket.socketpair()", "a file or a socket"),
        ("import subprocess\nCHILD = subprocess.Popen(['sleep', '60'])", "a child process"),
    ],
)
def test_a_module_that_cannot_be_shared_is_imported_by_each_generation(text: str, why: str) -> None:
    with shop(odd=text) as (device, host, _project):
        assert template(host)["modules"] == len(SHOP)
        assert f"shop.odd cannot be in it: importing it leaves {why} open" in device.log()
        answer = host.ask("restart")
        assert (answer["is_from_template"], answer["failed"]) == (True, [])
        assert "shop.odd" in modules(host)


def only_once(folder: Path, otherwise: str) -> str:
    """A module that can be imported once in the world."""
    mark = repr(str(folder / "once"))
    return f"import os\nif os.path.exists({mark}): {otherwise}\nopen({mark}, 'w').close()"


def test_a_module_that_fails_in_the_template_is_left_out_and_told_by_each_generation(tmp_path: Path) -> None:
    with shop(odd=only_once(tmp_path, "raise SystemExit('no more')")) as (_, host, _project):
        assert template(host)["modules"] == len(SHOP)
        answer = host.ask("restart")
        assert answer["is_from_template"]
        assert answer["failed"] == [{"module": "shop.odd", "error": "SystemExit: no more"}]
        assert modules(host) == {*SHOP}


def test_where_importing_the_project_kills_there_is_no_template_and_the_old_generation_lives_on(tmp_path: Path) -> None:
    with shop(fatal=only_once(tmp_path, "os.abort()")) as (_, host, _project):
        host.eval("kept = 42")
        told = template(host, lambda told: told["dropped"] and not told["is_making"])
        assert (told["pid"], told["dropped"]) == (None, "it died: SIGABRT (Aborted)")
        answer = host.ask("restart")
        assert (answer["op"], answer["type"]) == ("error", "crash")
        assert "is as it was: no other could be started: SIGABRT (Aborted)" in answer["error"]
        assert host.eval("kept")["value"] == "42"


def test_a_killed_template_is_made_again_and_nobody_else_notices() -> None:
    with shop() as (device, host, _project):
        first = template(host)["pid"]
        os.kill(first, signal.SIGKILL)
        answer = host.ask("restart")
        assert (answer["op"], answer["failed"]) == ("result", [])
        assert modules(host) == {*SHOP}
        assert template(host, lambda told: told["pid"] not in (None, first))["is_current"]
        assert "A template of the project was dropped: it died: SIGKILL" in device.log()


def test_a_stopped_template_does_not_hold_up_a_restart_for_ever() -> None:
    with shop() as (_, host, _project):
        first = template(host)["pid"]
        os.kill(first, signal.SIGSTOP)
        number = host.request("restart")
        assert host.eval("'the old one serves'")["value"] == "'the old one serves'"
        os.kill(first, signal.SIGKILL)
        assert host.answer(number)["op"] == "result"


def test_a_template_that_has_served_for_long_enough_is_replaced() -> None:
    with shop("--generations", "3") as (_, host, _project):
        first = template(host)["pid"]
        for _ in range(3):
            assert host.ask("restart")["is_from_template"]
        later = template(host, lambda told: told["pid"] not in (None, first))
        assert later["generations"] == 0
        assert host.ask("restart")["is_from_template"]


def test_where_edits_are_not_told_there_is_no_template_and_generations_have_the_text_on_the_host() -> None:
    with shop(is_watched=False) as (_, host, project):
        project.texts["shop.items"] = "PRICES = [8]\n"
        answer = host.ask("restart")
        assert (answer["is_from_template"], answer["failed"]) == (False, [])
        assert host.eval("import shop.cart; shop.cart.total()")["value"] == "8"
        assert "no host is connected that tells of every edit" in host.ask("status")["template"]["dropped"]


def test_with_none_wanted_there_is_none() -> None:
    with shop("--generations", "0") as (_, host, _project):
        answer = host.ask("restart")
        assert (answer["is_from_template"], answer["failed"]) == (False, [])
        assert modules(host) == {*SHOP}
        assert host.ask("status")["template"]["pid"] is None
