"""What Python modules define, as a host follows it: every way in which that can change."""

from __future__ import annotations

import types
from pathlib import Path

import pytest

from device_server.languages.python_symbols import Modules, content_hash
from middleware.mirror import Symbol
from tests.device_server.device import Host, wait_until
from tests.device_server.follower import Follower

MAIN = "__main__"


@pytest.fixture
def folder(mirroring: Host, tmp_path: Path) -> Path:
    """A folder of the program's own modules."""
    assert mirroring.eval(f"import sys; sys.path.insert(0, {str(tmp_path)!r})")["op"] == "result"
    return tmp_path


def told(follower: Follower, name: str, module: str = MAIN) -> tuple[str, str | None] | None:
    symbol = follower.symbol(module, name)
    return None if symbol is None else (symbol.type, symbol.class_name or symbol.target)


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("a1 = 1", "a1", ("variable", "builtins.int")),
        ("for a2 in range(2): pass", "a2", ("variable", "builtins.int")),
        ("def a3(): global a4; a4 = ''\na3()", "a4", ("variable", "builtins.str")),
        ("class A5: pass", "A5", ("class", None)),
        ("class A6: pass\na6 = A6()", "a6", ("variable", "__main__.A6")),
        ("import os.path as a7", "a7", ("module", "posixpath")),
        ("from json import dumps as a8", "a8", ("function", "json.dumps")),
        ("from colorsys import *", "rgb_to_hls", ("function", "colorsys.rgb_to_hls")),
        ("a9 = 1\ndel a9", "a9", None),
        ("a10 = 1\n1 / 0", "a10", ("variable", "builtins.int")),
        ("a11 = lambda x: x", "a11", ("function", None)),
        ("try: a12\nexcept NameError as a13: pass", "a13", None),
    ],
)
def test_what_evaluated_code_binds_is_told_before_its_answer(
    mirroring: Host, follower: Follower, code: str, name: str, expected: tuple[str, str | None] | None
) -> None:
    mirroring.eval(code)
    assert told(follower, name) == expected
    assert follower.times_lost == 0


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("globals()['b1'] = 1", "b1", ("variable", "builtins.int")),
        ("exec('b2 = 1')", "b2", ("variable", "builtins.int")),
        ("setattr(sys.modules['__main__'], 'b3', 1)", "b3", ("variable", "builtins.int")),
        ("globals().pop('b1')", "b1", None),
        ("import threading; t = threading.Thread(target=exec, args=('b4 = 1', globals())); t.start(); t.join()", "b4",
         ("variable", "builtins.int")),
    ],
)  # fmt: skip
def test_what_is_changed_behind_its_back_is_told_in_the_next_pause(
    mirroring: Host, follower: Follower, code: str, name: str, expected: tuple[str, str | None] | None
) -> None:
    mirroring.eval("import sys")
    mirroring.eval(code)
    wait_until(lambda: told(follower, name) == expected)
    assert follower.times_lost == 0


def test_a_method_that_is_replaced_is_told(mirroring: Host, follower: Follower) -> None:
    mirroring.eval("class C:\n  def m(self, old): pass")
    mirroring.eval("def new(self, new): pass\nC.m = new")
    wait_until(lambda: [each.arglists for each in symbol(follower, "C").members] == [("(new)",)])


def test_a_redefinition_tells_its_new_place_arglists_and_doc(mirroring: Host, follower: Follower) -> None:
    mirroring.eval("def f(a): 'Old.'", file="/p/f.py", line=3)
    assert symbol(follower, "f") == Symbol("f", "function", ("(a)",), doc="Old.", file="/p/f.py", line=3)
    mirroring.eval("\ndef f(a, b): 'Older.'\ndef f(a, b): 'New.'", file="/p/f.py", line=10)
    assert symbol(follower, "f") == Symbol("f", "function", ("(a, b)",), doc="New.", file="/p/f.py", line=12)


def test_the_place_of_a_variable_and_of_a_class_is_where_they_were_bound(mirroring: Host, follower: Follower) -> None:
    mirroring.eval("x = 1\nclass A:\n  pass", file="/p/f.py", line=5)
    assert [(symbol(follower, name).file, symbol(follower, name).line) for name in "xA"] == [
        ("/p/f.py", 5),
        ("/p/f.py", 6),
    ]
    mirroring.eval("x = 2")
    assert str(symbol(follower, "x").file).startswith("<python-input-")


def test_the_same_again_is_not_told(mirroring: Host) -> None:
    for _ in range(2):
        mirroring.eval("y = 1", file="/p/f.py")
    assert len([each for each in mirroring.taken("symbols") if "changes" in each]) == 1


def test_an_eval_that_binds_nothing_tells_nothing(mirroring: Host) -> None:
    mirroring.taken("symbols")
    mirroring.eval("1 + 1")
    mirroring.eval("len([1])")
    assert mirroring.taken("symbols") == []


def symbol(follower: Follower, name: str, module: str = MAIN) -> Symbol:
    found = follower.symbol(module, name)
    assert found is not None
    return found


def test_what_an_edit_has_changed_or_moved_is_told_at_once(mirroring: Host, follower: Follower) -> None:
    text = "LIMIT = 1\ndef f(x):\n    return x\nclass A:\n    def m(self): return 1\nafter = []\n"
    mirroring.ask("load", source=text, file="/p/told.py", name="told", lang="python")
    assert [symbol(follower, name, "told").line for name in ("f", "after")] == [2, 6]
    edited = text.replace("def f(x):\n", "def f(x, y=1):\n    'Says.'\n").replace("LIMIT = 1\n", "")
    mirroring.ask("reload", files=[{"path": "/p/told.py", "source": edited}])
    told = symbol(follower, "f", "told")
    assert (told.arglists, told.doc, told.line) == (("(x, y=1)",), "Says.", 1)
    assert symbol(follower, "after", "told").line == 6
    assert "LIMIT" not in follower.namespace("told").symbols
    mirroring.ask("reload", files=[{"path": "/p/told.py", "source": f"# above\n{edited}"}])
    assert [symbol(follower, name, "told").line for name in ("f", "after")] == [2, 7]


def test_a_module_made_by_load_is_told_and_told_again_by_reload(mirroring: Host, follower: Follower) -> None:
    def send(op: str, **keys: object) -> None:
        assert mirroring.ask(op, **keys)["op"] == "result"

    send("load", source='"Made."\nimport json\ndef f(): pass\n', file="/p/made.py", name="made", lang="python")
    made = follower.namespace("made")
    assert (made.doc, made.file, set(made.symbols)) == ("Made.", "/p/made.py", {"json", "f"})
    file = {"path": "/p/made.py", "name": "made", "lang": "python", "source": '"Anew."\ndef f(x): pass\ny = 1'}
    send("reload", files=[file])
    assert follower.namespace("made").doc == "Anew."
    assert (symbol(follower, "f", "made").arglists, symbol(follower, "y", "made").line) == (("(x)",), 3)
    mirroring.eval("z = 1", ns="made")
    assert told(follower, "z", "made") == ("variable", "builtins.int")
    mirroring.eval("import sys; del sys.modules['made']")
    wait_until(lambda: "made" not in follower.follow().namespaces)


def test_a_module_whose_first_run_fails_is_not_told(mirroring: Host, follower: Follower) -> None:
    mirroring.ask("load", source="x = 1\n1 / 0", file="/p/failed.py", name="failed", lang="python")
    assert "failed" not in follower.follow().namespaces


def test_an_imported_module_is_told_by_its_hash_until_it_is_changed(mirroring: Host, folder: Path) -> None:
    (folder / "own.py").write_text('import nturl2path\nsize = 1\n\nclass Thing:\n  "A thing."\n')
    mirroring.eval("import own")
    changes = {name: each for message in mirroring.taken("symbols") for name, each in message["changes"].items()}
    assert set(changes["own"]) == set(changes["nturl2path"]) == {"lang", "hash"}
    hash_ = changes["own"]["hash"]
    assert hash_ == content_hash("python", "own", str(folder / "own.py"))
    own = mirroring.ask("symbols", describe=[hash_])["changes"]["own"]
    assert own["hash"] == hash_
    assert {name: (own["symbols"][name]["type"], own["symbols"][name].get("line")) for name in own["symbols"]} == {
        "nturl2path": ("module", None),
        "size": ("variable", 2),
        "Thing": ("class", 4),
    }
    mirroring.eval("own.more = len")
    message = mirroring.wait_for("symbols")
    assert "more" in message["changes"]["own"]["symbols"]
    assert "hash" not in mirroring.ask("symbols", describe=[hash_])["changes"]["own"]


def test_a_module_that_a_function_imports_is_found_in_the_next_pause(
    mirroring: Host, follower: Follower, folder: Path
) -> None:
    (folder / "hidden_part.py").write_text("x = 1\n")
    mirroring.eval("__import__('hidden_' + 'part')")
    wait_until(lambda: "hidden_part" in follower.follow().namespaces)
    assert told(follower, "x", "hidden_part") == ("variable", "builtins.int")


def test_the_class_of_a_value_leads_to_its_module(mirroring: Host, follower: Follower) -> None:
    mirroring.eval("from fractions import Fraction; half = Fraction(1, 2)")
    assert symbol(follower, "half").class_name == "fractions.Fraction"
    assert "limit_denominator" in {each.name for each in symbol(follower, "Fraction", "fractions").members}
    mirroring.eval("import xml.dom.minidom as dom; node = dom.Node()")
    assert symbol(follower, "dom").target == "xml.dom.minidom"
    assert "Node" in follower.namespace("xml.dom.minidom").symbols


def test_a_library_that_was_changed_is_described_without_its_hash(mirroring: Host) -> None:
    mirroring.eval("import textwrap")
    (hash_,) = [
        each["changes"]["textwrap"]["hash"]
        for each in mirroring.taken("symbols")
        if "textwrap" in each.get("changes", {})
    ]
    assert mirroring.ask("symbols", describe=[hash_])["changes"]["textwrap"]["hash"] == hash_
    mirroring.eval("textwrap.dedent = len")
    assert "hash" not in mirroring.ask("symbols", describe=[hash_])["changes"]["textwrap"]


def test_hostile_names_modules_and_values_are_told_or_left_out(mirroring: Host, follower: Follower) -> None:
    answer = mirroring.eval(
        "import sys, types\n"
        "class Sly(types.ModuleType):\n  def __getattribute__(self, name): raise BaseException(name)\n"
        "sly = Sly('sly'); sys.modules['sly'] = sly; sys.modules['none'] = None; sys.modules['one'] = 1\n"
        "globals()[3] = 1; globals()['x' * 2000] = 1; __doc__ = 'Mine.'; __name__ = sly\n"
        "class Wild:\n  def __getattr__(self, name): raise BaseException\n  __class__ = property(__getattr__)\n"
        "wild = Wild()\n"
    )
    assert answer["op"] == "result"
    assert told(follower, "wild") == ("variable", "?.Wild")
    assert follower.namespace(MAIN).doc == "Mine."
    mirroring.eval("del globals()[3], __name__, sys.modules['sly'], sys.modules['one']; globals().pop('x' * 2000)")


def test_without_basilisp_python_is_told_all_the_same() -> None:
    modules = Modules()
    main = types.ModuleType("__main__")
    modules.add_main(main)
    modules.begin()
    code = compile("x = 1", "<test>", "exec")
    modules.note("__main__", main, code)
    exec(code, main.__dict__)
    assert modules.changes()["__main__"] == {
        "lang": "python",
        "symbols": {"x": {"type": "variable", "class_name": "builtins.int", "file": "<test>", "line": 1}},
    }
    assert modules.changes() == {}


def test_a_file_that_is_gone_has_no_hash(tmp_path: Path) -> None:
    assert content_hash("python", "m", str(tmp_path / "gone.py")) is None
    assert content_hash("python", "sys", None) != content_hash("python", "time", None)
