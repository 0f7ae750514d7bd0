"""What the device tells and what the code says, as one answer. The process that reads code is scripted here."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.analyst_link import AnalystLink
from bridge.analyst_questions import Answer, Name, Question
from bridge.python_names import MAX_CODE_CHARS, NamesOfPython
from device_server import wire
from middleware.candidates import Candidate
from middleware.mirror import Mirror, Symbol, apply
from middleware.python_source import PythonSource
from tests.middleware.fakes import finish

TOLD: wire.Message = {
    "__main__": {
        "lang": "python",
        "symbols": {
            "Thing": {"type": "class", "members": {"grow": {"type": "method", "arglists": ["(by)"], "doc": "Bigger."}}},
            "thing": {"type": "variable", "class_name": "__main__.Thing"},
            "item": {"type": "variable", "class_name": "app.model.Item"},
            "Item": {"type": "class", "target": "app.model.Item"},
            "model": {"type": "module", "target": "app.model"},
            "odd": {"type": "variable", "class_name": "?.<locals>.Odd"},
            "none": {"type": "variable"},
        },
        "imports": {"np": "numpy"},
    },
    "app.model": {"lang": "python", "file": "app/model.py", "symbols": {}},
}
MIRROR = apply(Mirror(), TOLD, {})


class ScriptedLink(AnalystLink):
    """Answers every question with `answer`."""

    def __init__(self, *names: Name, typed: dict[str, str] | None = None, is_dead: bool = False) -> None:
        self.answer: Answer | None = None if is_dead else {"names": [*names], "typed": typed or {}}
        self.asked: list[tuple[object, Question]] = []

    async def ask(self, asker: object, question: Question) -> Answer | None:
        self.asked.append((asker, question))
        return self.answer


def completed(
    link: ScriptedLink,
    prefix: str,
    *,
    ns: str = "__main__",
    source: PythonSource | None = None,
    mirror: Mirror = MIRROR,
    documented: bool = False,
) -> list[Candidate]:
    async def ask() -> None:
        names = NamesOfPython(Path("/p"), link)
        found.extend(await names.complete(source or PythonSource(), prefix, mirror, ns, documented=documented))

    found: list[Candidate] = []
    finish(ask())
    return found


def looked_up(link: ScriptedLink, symbol: str) -> Symbol | None:
    async def ask() -> None:
        found.append(await NamesOfPython(Path("/p"), link).lookup(PythonSource(), symbol, MIRROR, "__main__"))

    found: list[Symbol | None] = []
    finish(ask())
    return found[0]


def test_what_either_knows_is_offered_once_and_the_device_is_right() -> None:
    link = ScriptedLink({"name": "grow", "type": "field"}, {"name": "inner", "type": "field", "module": "m"})
    grow, inner = completed(link, "thing.")
    assert (grow.candidate, grow.type) == ("thing.grow", "method")
    assert inner == Candidate("thing.inner", "field", "m")


def test_a_candidate_takes_the_place_of_everything_that_was_typed() -> None:
    assert [each.candidate for each in completed(ScriptedLink(), "print(thing.g")] == ["print(thing.grow"]


def test_without_the_reader_the_device_alone_answers() -> None:
    assert completed(ScriptedLink(is_dead=True), "thi") == [Candidate("thing", "var", "__main__")]
    assert looked_up(ScriptedLink(is_dead=True), "thing.grow(1, ") is not None
    assert looked_up(ScriptedLink(is_dead=True), "nope") is None


def test_a_typed_name_that_the_device_has_lost_is_not_offered() -> None:
    link = ScriptedLink(typed={"thing": "variable", "thin": "function"})
    assert [each.candidate for each in completed(link, "thi")] == ["thing"]
    assert completed(link, "thi", mirror=Mirror()) == [
        Candidate("thin", "function", "__main__"),
        Candidate("thing", "var", "__main__"),
    ]


def test_a_builtin_is_what_the_reader_says_unless_the_device_has_told() -> None:
    link = ScriptedLink({"name": "ValueError", "type": "class", "module": "builtins"})
    assert completed(link, "ValueE") == [Candidate("ValueError", "class", "builtins")]


def test_in_an_import_the_devices_names_are_not_meant() -> None:
    assert completed(ScriptedLink({"name": "thread", "type": "namespace"}), "import th") == [
        Candidate("import thread", "namespace")
    ]


def test_what_goes_with_the_parts_of_a_name_comes_after_what_begins_so() -> None:
    told: wire.Message = {"__main__": {"lang": "python", "symbols": {"my_file": {}, "myf": {}}}}
    found = completed(ScriptedLink(), "myf", mirror=apply(Mirror(), told, {}))
    assert [each.candidate for each in found] == ["myf", "my_file"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("thing.gr", "thing: Thing\n"),
        ("f(item.", "import app.model\nitem: app.model.Item\n"),
        ("Item.d", "from app.model import Item as Item\n"),
        ("np.arr", "import numpy as np\n"),
        ("model", "import app.model as model\n"),
        ("odd.", ""),
        ("none.", ""),
        ("nope.", ""),
        ("f().x", ""),
    ],
)
def test_the_reader_is_told_in_python_what_the_device_knows(code: str, said: str) -> None:
    link = ScriptedLink()
    completed(link, code)
    assert link.asked[0][1]["hint"] == said


def test_private_names_come_after_the_others_and_dunders_last() -> None:
    names: list[Name] = [{"name": name, "type": "var"} for name in ("__x__", "_x", "b", "A")]
    assert [each.candidate for each in completed(ScriptedLink(*names), "m.")] == ["m.A", "m.b", "m._x", "m.__x__"]


def test_arglists_and_docs_are_told_when_asked_for() -> None:
    link = ScriptedLink({"name": "late", "type": "method", "arglists": ["()"], "doc": "Later."})
    assert completed(link, "thing.", documented=True) == [
        Candidate("thing.grow", "method", None, ("(by)",), "Bigger."),
        Candidate("thing.late", "method", None, ("()",), "Later."),
    ]
    assert link.asked[0][1]["documented"]


def test_the_reader_is_asked_with_all_that_the_session_has_of_the_module() -> None:
    link, source = ScriptedLink(), PythonSource()
    source.add("x = 1")
    source.add("y = 2", "app.model")
    source.load("app/draft.py", "z = 3")
    completed(link, "thing.g", source=source)
    completed(link, "x", ns="app.model", source=source)
    completed(link, "x", ns="user", source=source)
    (asker, main), (_, module), (_, user) = link.asked
    assert asker is source
    assert (main["typed"], main["file"], main["hint"]) == (["x = 1"], None, "thing: Thing\n")
    assert (module["typed"], module["file"]) == (["y = 2"], "/p/app/model.py")
    assert main["unsaved"] == {"/p/app/draft.py": "z = 3"}
    assert {**user, "code": main["code"], "hint": main["hint"]} == main


def test_what_is_read_of_a_symbol_is_told() -> None:
    read: Name = {
        "name": "f", "type": "function", "full_name": "m.f", "arglists": ["(x)"], "doc": "", "file": "/m.py", "line": 2,
        "column": 5,
    }  # fmt: skip
    expected = Symbol("f", "function", arglists=("(x)",), file="/m.py", line=2, column=5, target="m.f")
    assert looked_up(ScriptedLink(read), "m.f") == expected


@pytest.mark.parametrize("code", ["x" * (MAX_CODE_CHARS + 1), "a." * MAX_CODE_CHARS])
def test_nothing_is_known_of_code_that_nobody_types(code: str) -> None:
    link = ScriptedLink()
    assert completed(link, code) == []
    assert looked_up(link, code) is None
    assert link.asked == []
