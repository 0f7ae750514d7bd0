"""What the process that reads Python code knows of it. A real one, for a project made here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bridge.analyst_questions import Answer, Name
from tests.bridge.analyst import Reader, question, reading

THING = '''
import os
class Thing:
    """What it is."""
    size = 3
    def __init__(self):
        self.inner = {}
    def grow(self, by: int, *more) -> "Thing":
        """Make it bigger."""
        return self
    @property
    def area(self) -> int: ...
'''
MODULE = '''
"""A module."""
open(__file__ + ".ran", "w")
class Item:
    def __init__(self):
        self.done = False
def found(): return Item()
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    for path, text in {
        "app/__init__.py": "open(__file__ + '.ran', 'w')",
        "app/model.py": MODULE,
        "src/deep.py": "class Deep: pass\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "app/native.so").write_bytes(b"no library")
    return root


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def reader(project: Path, home: Path) -> Iterator[Reader]:
    with reading(project, **{**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}) as reader:
        yield reader


def look_up(reader: Reader, code: str, *typed: str, hint: str = "") -> Name:
    answer = reader.ask(question(code, typed, op="look_up", hint=hint))
    assert "error" not in answer
    return answer["names"][0]


def test_an_instance_made_at_the_prompt_has_its_classs_names(reader: Reader) -> None:
    names = reader.names("x.", THING, "x = Thing()")
    kinds = {"grow": "method", "inner": "field", "size": "field", "area": "field"}
    assert {name: kind for name, kind in names.items() if not name.startswith("_")} == kinds


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        ("os.path.jo", "join", "function"),
        ("Thi", "Thing", "class"),
        ("x.grow(b", "by=", "local"),
        ("x.grow(1).gr", "grow", "method"),
        ("lam", "lambda", "keyword"),
        ("le", "len", "function"),
        ("'a'.up", "upper", "method"),
        ("import ap", "app", "namespace"),
        ("from app.model import It", "Item", "class"),
        ("import dee", "deep", "namespace"),
        ("_hid", "_hidden", "variable"),
    ],
)
def test_a_name_is_completed_with_its_type(reader: Reader, code: str, name: str, kind: str) -> None:
    assert reader.names(code, THING, "x = Thing()", "_hidden = 1")[name] == kind


def test_every_candidate_begins_as_what_was_typed(reader: Reader) -> None:
    assert all(name.startswith("gr") for name in reader.names("x.gr", THING, "x = Thing()"))


def test_an_eval_that_is_no_python_does_not_hide_the_others(reader: Reader) -> None:
    assert "grow" in reader.names("x.", THING, "def (", "x = Thing()", "'''")


def test_what_the_device_knows_serves_where_the_code_does_not_say_it(reader: Reader) -> None:
    hint = "import app.model\nitem: app.model.Item\n"
    assert "done" not in reader.names("item.", "item = unknown()")
    assert "done" in reader.names("item.", "item = unknown()", hint=hint)
    assert "grow" in reader.names("item.", THING, "item = Thing()", hint=hint)


def test_code_in_a_module_sees_that_modules_names(reader: Reader, project: Path) -> None:
    asked = question("found().", ["later = 1"], file=str(project / "app/model.py"))
    assert "done" in {each["name"] for each in reader.ask(asked)["names"]}
    assert reader.ask({**asked, "code": "la"})["typed"] == {"later": "variable"}
    assert "model" in {each["name"] for each in reader.ask({**asked, "code": "from . import mo"})["names"]}


def test_a_text_that_is_not_saved_counts_until_the_file_is_saved(reader: Reader, project: Path) -> None:
    path = project / "app" / "draft.py"
    path.write_text("class Saved: pass\n")
    asked = question("from app.draft import ")

    def names(answer: Answer) -> set[str]:
        return {each["name"] for each in answer["names"]}

    assert "Saved" in names(reader.ask(asked))
    assert "Unsaved" in names(reader.ask({**asked, "unsaved": {str(path): "class Unsaved: pass\n"}}))
    path.write_text("class Again: pass\n")
    os.utime(path, (path.stat().st_mtime + 10,) * 2)
    assert "Again" in names(reader.ask(asked))


def test_a_change_of_the_project_is_seen_at_once(reader: Reader, project: Path) -> None:
    path = project / "app" / "changing.py"
    assert reader.names("changing.", "from app import changing") == {}
    for number, name in enumerate(("first", "second")):
        path.write_text(f"def {name}(): ...\n")
        os.utime(path, (number, number))
        assert name in reader.names("changing.", "from app import changing")


def test_docs_and_arglists_come_when_asked_for(reader: Reader) -> None:
    asked = question("x.gr", [THING, "x = Thing()"])
    assert "doc" not in reader.ask(asked)["names"][0]
    name = reader.ask({**asked, "documented": True})["names"][0]
    assert (name["arglists"], name["doc"]) == (['(by: int, *more) -> "Thing"'], "Make it bigger.")


def test_a_method_is_looked_up(reader: Reader) -> None:
    name = look_up(reader, "x.grow", THING, "x = Thing()")
    assert (name["name"], name["type"], name["doc"]) == ("grow", "method", "Make it bigger.")
    assert name["arglists"] == ['(by: int, *more) -> "Thing"']
    assert "file" not in name  # it was typed


def test_a_value_is_told_with_its_class_and_that_ones_doc(reader: Reader) -> None:
    name = look_up(reader, "x", THING, "x = Thing()")
    assert (name["type"], name["class_name"], name["doc"]) == ("variable", "__main__.Thing", "What it is.")


def test_a_name_of_the_project_is_told_with_its_place(reader: Reader, project: Path) -> None:
    name = look_up(reader, "model.found", "from app import model")
    assert (name["file"], name["line"], name["column"]) == (str(project / "app/model.py"), 7, 5)


def test_a_name_of_a_library_is_told_with_its_place(reader: Reader) -> None:
    name = look_up(reader, "json.loads", "import json")
    assert name["file"].endswith("json/__init__.py")
    assert "Deserialize" in name["doc"]


@pytest.mark.parametrize("code", ["x.grow(", "x.grow(1, ", "print(x.grow(1, y"])
def test_of_an_open_call_what_is_called_is_told(reader: Reader, code: str) -> None:
    name = look_up(reader, code, THING, "x = Thing()")
    assert (name["type"], name["arglists"]) == ("method", ['(by: int, *more) -> "Thing"'])


def test_a_name_that_nothing_says_is_not_looked_up(reader: Reader) -> None:
    assert reader.ask(question("nope", op="look_up"))["names"] == []


ODD: Final = (
    "(" * 1000, "[" * 500 + "x.", "x" * 1_000_000, "\0.", "\ud800.", "def f(:\n" * 500, "é.", "0x.", "\'\'\'", "f(*", ""
)  # fmt: skip


@pytest.mark.parametrize("code", ODD, ids=range(len(ODD)))
def test_odd_code_is_answered(reader: Reader, code: str) -> None:
    answer = reader.ask(question(code, ["x = '\ud800'", f"y = {'[' * 90}{']' * 90}"]))
    assert isinstance(answer["names"], list)


def test_classes_that_inherit_from_each_other_are_answered(reader: Reader) -> None:
    assert isinstance(reader.names("x.", "class A(B): pass", "class B(A): pass", "x = A()"), dict)
    assert isinstance(reader.names("f().", "def f(): return g()", "def g(): return f()"), dict)


def test_the_code_of_a_project_is_never_run(reader: Reader, project: Path) -> None:
    reader.names("app.native.", "import app.native, app.model")
    reader.names("app.model.found().", "import app.model")
    assert list(project.rglob("*.ran")) == []


def test_nothing_is_written_in_the_users_home(reader: Reader, home: Path) -> None:
    reader.names("os.", "import os")
    assert list(home.rglob("*")) == []
