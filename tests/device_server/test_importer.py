"""Modules that the host has, imported by the device: what is asked, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.device_server.device import Device, Host, running
from tests.device_server.project_host import ROOT, ProjectHost, sha256

Project: TypeAlias = Callable[..., ProjectHost]


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A device with a cache of its own."""
    cache = tmp_path_factory.mktemp("cache")
    with running("--checkpoints", "0", environment={"XDG_CACHE_HOME": str(cache)}) as device:
        yield device
        assert not device.has_broken(), device.log()


@pytest.fixture
def project(device: Device) -> Iterator[Project]:
    """Makes hosts with a project, after whose test the worker is a fresh one."""
    with ExitStack() as stack:

        def make(**texts: str) -> ProjectHost:
            host = ProjectHost(device, **texts)
            stack.enter_context(host.host)
            return host

        yield make
        with device.connect() as host:
            host.eval("import os; os._exit(0)")


def test_a_module_of_the_host_is_imported_and_known_as_loaded(project: Project) -> None:
    host = project(shop="COUNT = 3\n")
    assert host.value("import shop; shop.COUNT, shop.__file__, shop.__name__") == f"(3, '{ROOT}/shop.py', 'shop')"
    assert host.host.ask("loaded")["files"] == {f"{ROOT}/shop.py": sha256("COUNT = 3\n")}


def test_packages_relative_and_circular_imports_work(project: Project) -> None:
    host = project(
        app__INIT="from . import model\nfrom .model import Item",
        app__model="import app.store\nclass Item: pass",
        app__store="from app import model\ndef items(): return [model.Item]",
    )
    assert host.value("import app; app.store.items() == [app.Item], app.__path__") == f"(True, ['{ROOT}/app'])"


def test_a_folder_without_a_file_is_a_package(project: Project) -> None:
    host = project(area__part="X = 1")
    assert host.value("import area.part; area.part.X, area.__path__, area.__file__") == f"(1, ['{ROOT}/area'], None)"


def test_a_guard_for_the_main_program_holds(project: Project) -> None:
    host = project(guarded="import sys\nRAN = False\nif __name__ == '__main__':\n    RAN = True")
    assert host.value("import guarded, runpy; guarded.RAN") == "False"
    host.value("del guarded.sys.modules['guarded']")
    assert host.value("runpy.run_module('guarded', run_name='__main__')['RAN']") == "True"


def test_what_comes_along_is_not_asked_for(project: Project) -> None:
    host = project(one="import two, three", two="import three", three="X = 1")
    host.value("import one")
    assert host.asked == ["one", "texts"]


def test_what_did_not_come_along_is_asked_for(project: Project) -> None:
    host = project(loads="import importlib\nX = importlib.import_module('hid' + 'den').X", hidden="X = 5")
    assert host.value("import loads; loads.X") == "5"
    assert host.asked == ["loads", "texts", "hidden", "texts"]


def test_a_text_that_is_known_is_not_sent_again(project: Project) -> None:
    host = project(kept="X = 'kept'")
    host.value("import kept")
    host.eval("import os; os._exit(0)")
    host.asked.clear()
    assert host.value("import kept, inspect; kept.X, inspect.getsource(kept)") == """('kept', "X = 'kept'\\n")"""
    assert host.asked == ["kept"]


def test_an_edited_module_is_imported_as_it_is_now(project: Project) -> None:
    host = project(edited="X = 1")
    host.value("import edited")
    host.texts["edited"] = "X = 2"
    assert host.value("import importlib; importlib.reload(edited).X") == "2"
    assert host.host.ask("loaded")["files"] == {f"{ROOT}/edited.py": sha256("X = 2")}


def test_a_module_that_fails_is_not_loaded(project: Project) -> None:
    host = project(fails="X = 1\n1 / 0", wrong="def")
    error = host.eval("import fails")
    assert [frame["file"] for frame in error["frames"]] == ["<python-input-1>", f"{ROOT}/fails.py"]
    assert (error["ex"], error["location"]["file"], error["location"]["line"]) == (
        "ZeroDivisionError", f"{ROOT}/fails.py", 2,
    )  # fmt: skip
    error = host.eval("import wrong")
    assert error["error"] == "SyntaxError: invalid syntax (wrong.py, line 1)"
    assert host.host.ask("loaded")["files"] == {}
    assert host.value("import sys; 'fails' in sys.modules") == "False"


def test_the_source_is_shown_by_tracebacks_and_inspect(project: Project) -> None:
    host = project(shown="def f():\n    return 1 / 0  # why\n")
    assert "# why" in host.value("import shown, inspect; inspect.getsource(shown.f)")
    code = "import traceback\ntry:\n    shown.f()\nexcept ZeroDivisionError:\n    text = traceback.format_exc()\ntext"
    assert "return 1 / 0  # why" in host.value(code)


def test_resources_are_the_hosts(project: Project) -> None:
    host = project(pack__INIT="", **{"pack/data.txt": "größe"})
    code = "import importlib.resources as r, pack; r.files(pack).joinpath('data.txt').read_text()"
    assert host.value(code) == "'größe'"
    assert host.value("r.files(pack).joinpath('none.txt').is_file()") == "False"
    assert host.value("import pkgutil; pkgutil.get_data('pack', 'data.txt').decode()") == "'größe'"
    assert host.eval("pkgutil.get_data('pack', 'none.txt')")["ex"] == "FileNotFoundError"


def test_a_package_that_nobody_has_is_an_error_that_names_it(project: Project) -> None:
    host = project(needs="import no_such_package")
    error = host.eval("import needs")
    assert error["error"] == "ModuleNotFoundError: No module named 'no_such_package'"
    assert host.asked == ["needs", "texts", "no_such_package"]


def test_a_new_module_at_the_top_is_found(project: Project) -> None:
    host = project(old="")
    host.texts["added"] = "X = 1"
    assert host.value("import added; added.X") == "1"


def test_what_the_device_has_it_does_not_ask_for(project: Project) -> None:
    host = project(other="")
    host.value("import zipapp, wave, basilisp.lang.reader")
    assert host.asked == []


@pytest.mark.parametrize("place", [".venv/lib", "env/lib/site-packages"])
def test_what_is_installed_inside_the_project_is_not_the_projects(device: Device, tmp_path: Path, place: str) -> None:
    (tmp_path / place / "installed").mkdir(parents=True)
    (tmp_path / place / "installed" / "part.py").write_text("X = 1")
    with device.connect("out") as connection:
        project = {"roots": [str(tmp_path)], "modules": []}
        assert connection.ask("hello", caps=["out", "source"], project=project)["op"] == "ready"
        code = f"import sys; sys.path.append({str(tmp_path / place)!r}); import installed.part; installed.part.X"
        answer = connection.eval(code)
        connection.eval("import os; os._exit(0)")
    assert answer["value"] == "1"


def test_any_thread_may_import_while_the_main_one_waits(project: Project) -> None:
    host = project(late="X = 7")
    host.value("import threading\ndef go():\n    import late\n    out.append(late.X)\nout = []")
    assert host.value("t = threading.Thread(target=go); t.start(); t.join(); out") == "[7]"


def test_a_client_without_a_project_imports_from_the_host_that_has_one(project: Project, netcat: Host) -> None:
    host = project(common="X = 1")
    number = netcat.start("import common; common.X")
    host.answer(host.host.wait_for("need-source"))
    host.answer(host.host.wait_for("need-source"))
    assert netcat.answer(number)["value"] == "1"


def test_without_a_host_nothing_is_asked(netcat: Host) -> None:
    assert netcat.eval("import shop")["error"] == "ModuleNotFoundError: No module named 'shop'"


def test_a_host_that_goes_away_in_the_middle_is_an_error(project: Project, netcat: Host) -> None:
    host = project(gone="")
    number = netcat.start("import gone")
    host.host.wait_for("need-source")
    host.host.socket.close()
    error = netcat.answer(number)
    assert (error["ex"], error["error"]) == (
        "ImportError", "ImportError: The source of gone cannot be had: the host has gone away",
    )  # fmt: skip
    assert netcat.eval("'alive'")["value"] == "'alive'"


def test_an_interrupt_ends_the_wait(project: Project) -> None:
    host = project(slow="X = 1")
    number = host.host.start("import slow")
    question = host.host.wait_for("need-source")
    assert host.host.ask("interrupt", target=number)["op"] == "interrupted"
    assert host.host.answer(number)["type"] == "interrupted"
    host.answer(question)  # too late, and no harm
    assert host.value("import slow; slow.X") == "1"


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"found": True},
        {"found": True, "files": [1, None, {"module": 1}]},
        {"found": True, "files": [{"module": "odd", "path": "/x.py", "sha256": "none"}]},
        {"found": True, "files": [{"module": "odd", "path": "/x.c", "sha256": "", "lang": "c"}]},
        {"found": True, "files": [{"module": "odd", "path": "/x.py", "error": "it is unreadable"}]},
        {"found": True, "sources": {"a": 1}},
        {"error": "no"},
    ],
)
def test_an_odd_answer_is_an_import_error(project: Project, answer: dict[str, object]) -> None:
    host = project(odd="")
    number = host.host.start("import odd")
    while (message := host.host.next())["op"] == "need-source":
        host.host.send_message({"op": "source", "id": message["id"], **answer})
    assert message["id"] == number
    assert message["ex"] in ("ImportError", "ModuleNotFoundError")


def test_a_namespace_is_required_and_its_macros_are_expanded(project: Project) -> None:
    host = project(lisp__core="(ns lisp.core (:require [lisp.my-macros :as m]))\n(def x (m/twice 4))",
                   lisp__my_macros="(ns lisp.my-macros)\n(defmacro twice [x] `(* 2 ~x))")  # fmt: skip
    for _ in range(2):  # the second time from what is kept
        assert host.value("(do (require 'lisp.core) lisp.core/x)", lang="basilisp").endswith("8")
        assert host.value("(str *ns*)", lang="basilisp") == '"user"'
        assert {*host.host.ask("loaded")["files"]} == {f"{ROOT}/lisp/core.lpy", f"{ROOT}/lisp/my_macros.lpy"}
        host.eval("import os; os._exit(0)")


def test_a_changed_macro_changes_what_uses_it_though_its_text_stays(project: Project) -> None:
    macros = "(ns exp.macros)\n(defmacro put [x] `(* %d ~x))"
    host = project(exp__core="(ns exp.core (:require [exp.macros :as m]))\n(def x (m/put 4))", exp__macros="")
    for factor, expected in ((2, "8"), (3, "12"), (2, "8")):
        host.texts["exp.macros"] = macros % factor
        assert host.value("(do (require 'exp.core) exp.core/x)", lang="basilisp").endswith(expected)
        host.eval("import os; os._exit(0)")


def test_a_macro_that_was_changed_at_the_prompt_is_not_kept_in_the_code_of_others(project: Project) -> None:
    host = project(rep__core="(ns rep.core (:require [rep.macros :as m]))\n(def x (m/put 4))",
                   rep__macros="(ns rep.macros)\n(defmacro put [x] `(* 2 ~x))")  # fmt: skip
    host.value("(require 'rep.macros)", lang="basilisp")
    host.value("(defmacro put [x] `(* 5 ~x))", lang="basilisp", ns="rep.macros")
    assert host.value("(do (require 'rep.core) rep.core/x)", lang="basilisp").endswith("20")
    host.eval("import os; os._exit(0)")
    assert host.value("(do (require 'rep.core) rep.core/x)", lang="basilisp").endswith("8")


def test_a_required_namespace_is_loaded_again_as_it_is_now(project: Project) -> None:
    host = project(again__core="(ns again.core)\n(def x 1)\n(defonce kept (atom 0))")
    host.value("(require 'again.core)\n(swap! again.core/kept inc)", lang="basilisp")
    host.texts["again.core"] = "(ns again.core)\n(def x 2)\n(defonce kept (atom 0))"
    assert host.value("(do (require 'again.core :reload) [again.core/x @again.core/kept])", lang="basilisp") == "[2 1]"


def test_the_source_of_a_namespace_is_shown(project: Project) -> None:
    host = project(src__core='(ns src.core)\n(defn f [x] (inc x)) ; "why"\n')
    host.value("(require 'src.core)", lang="basilisp")
    answer = host.eval('(src.core/f "a")', lang="basilisp")
    assert answer["location"]["file"] == f"{ROOT}/src/core.lpy"


def test_a_device_in_the_projects_own_folder_does_not_read_what_is_on_the_disk(tmp_path: Path) -> None:
    (tmp_path / "same.py").write_text("X = 'disk'")
    with running(environment={"XDG_CACHE_HOME": str(tmp_path)}, working_in=tmp_path) as device:
        host = ProjectHost(device, same="X = 'host'")
        with host.host:
            assert host.value("import same; same.X") == "'host'"
