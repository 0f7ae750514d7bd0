"""When there is a template of the project, and what generations start from."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.device_server.device import Answer, Device, Host, running, wait_until
from tests.device_server.project_host import Project, serving

SHOP = {
    "shop": "",
    "shop.items": "PRICES = [1, 2]\n",
    "shop.cart": "from shop import items\n\ndef total():\n    return sum(items.PRICES)\n",
    "shop.page": "from shop.cart import total\nTITLE = 'page'\n",
    "shop.about": "TEXT = 'about'\n",
}
EVERYTHING = "import shop.page, shop.about"


@contextmanager
def shop(*arguments: str, **texts: str) -> Iterator[tuple[Device, Host, Project]]:
    """A device that has imported the whole shop; `texts` are modules of the shop."""
    project = Project(**SHOP, **{f"shop.{name}": text for name, text in texts.items()})
    with running(*arguments) as device, serving(device, project), device.connect("out", "watch") as host:
        names = ", ".join(f"shop.{name}" for name in ("page", "about", *texts))
        assert host.eval(f"import {names}")["op"] == "result"
        yield device, host, project
        assert not device.has_broken(), device.log()


@pytest.fixture
def device() -> Iterator[Device]:
    """A device server for one test."""
    with running() as device:
        yield device


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
        ("import os\nif 'IS_OPEN' in os.environ: raise SystemExit('no more')\nos.environ['IS_OPEN'] = ''", None),
    ],
)
def test_a_module_that_cannot_be_shared_is_imported_by_each_generation(text: str, why: str | None) -> None:
    with shop(odd=text) as (_, host, _project):
        told = template(host)
        assert told["modules"] == len(SHOP) + (why is None)
        answer = host.ask("restart")
        assert (answer["is_from_template"], answer["failed"]) == (True, [])
        assert "shop.odd" in modules(host)


def test_a_template_that_dies_is_dropped_and_the_reason_told() -> None:
    fatal = "import sys, os\nif os.getppid() and 'IMPORTED' in sys.argv: os.abort()\n"
    with shop(fatal=fatal) as (_, host, project):
        template(host)
        edit(host, project, "shop.about", "TEXT = 'new'\n")
        text = fatal + "import shop.about\n"
        edit(host, project, "shop.fatal", text)
        assert host.ask("restart")["op"] == "result"


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


def test_with_none_wanted_there_is_none() -> None:
    with shop("--generations", "0") as (_, host, _project):
        answer = host.ask("restart")
        assert (answer["is_from_template"], answer["failed"]) == (False, [])
        assert modules(host) == {*SHOP}
        assert host.ask("status")["template"]["pid"] is None
