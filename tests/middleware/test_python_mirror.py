"""What the mirror knows of Python names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server import wire
from middleware import python_mirror
from middleware.mirror import Mirror, apply

THING: wire.Message = {
    "type": "class",
    "members": {"grow": {"type": "method", "arglists": ["(by)"]}, "late": {"type": "field"}},
}
TOLD: wire.Message = {
    "__main__": {
        "lang": "python",
        "symbols": {
            "Thing": THING,
            "x": {"type": "variable", "class_name": "__main__.Thing"},
            "item": {"type": "variable", "class_name": "app.model.Item"},
            "Item": {"type": "class", "target": "app.model.Item"},
            "model": {"type": "module", "target": "app.model"},
            "odd": {"type": "variable", "class_name": "?.<locals>.Odd"},
            "none": {"type": "variable"},
        },
        "imports": {"np": "numpy"},
    },
    "app.model": {"lang": "python", "symbols": {"Item": {**THING, "members": {"done": {"type": "field"}}}}},
    "builtins": {"lang": "python", "symbols": {"len": {"type": "function"}, "str": THING}},
    "user": {"lang": "basilisp", "symbols": {"f": {"type": "function"}}},
}
MIRROR = apply(Mirror(), TOLD, {})


def following(code: str, ns: str = "__main__") -> list[str]:
    return sorted(each.name for each in python_mirror.following(MIRROR, ns, code))


@pytest.mark.parametrize(
    ("code", "names"),
    {
        "x.": ["grow", "late"],
        "x.g": ["grow"],
        "print(x.g": ["grow"],
        "y = [x.g": ["grow"],
        "item.": ["done"],
        "Item.": ["done"],
        "model.": ["Item"],
        "model.Item.d": ["done"],
        "mo": ["model"],
        "n": ["none", "np"],
        "nope.": [],
        "np.": [],
        "f().x": [],
        "'a'.x": [],
        "a..x": [],
        "1.x": [],
        "import m": [],
        "from app import m": [],
    }.items(),
)
def test_what_may_follow_is_what_the_device_has(code: str, names: list[str]) -> None:
    assert following(code) == names


def test_code_of_a_namespace_that_is_no_module_is_evaluated_in_main() -> None:
    assert following("mo", "user") == following("mo", "gone") == ["model"]
    assert following("I", "app.model") == ["Item"]


def test_nothing_follows_where_nothing_is_known() -> None:
    assert python_mirror.following(Mirror(), "__main__", "x.") == []


@pytest.mark.parametrize(("code", "kind"), [("x.grow", "method"), ("len", "function"), ("str.grow", "method")])
def test_a_dotted_name_is_followed_through_values_classes_and_modules(code: str, kind: str) -> None:
    found = python_mirror.find(MIRROR, "__main__", code)
    assert found is not None
    assert found.type == kind


@pytest.mark.parametrize("code", ["nope", "x.nope", "nope.x", "", "f()", "x."])
def test_a_name_that_the_device_has_not_is_not_found(code: str) -> None:
    assert python_mirror.find(MIRROR, "__main__", code) is None


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x.gr", "x: Thing\n"),
        ("item.", "import app.model\nitem: app.model.Item\n"),
        ("Item.d", "from app.model import Item as Item\n"),
        ("np.arr", "import numpy as np\n"),
        ("model", "import app.model as model\n"),
        ("odd.", ""),
        ("none.", ""),
        ("nope.", ""),
    ],
)
def test_a_hint_says_in_python_what_the_first_name_is(code: str, said: str) -> None:
    assert python_mirror.hint(MIRROR, "__main__", code) == said


@pytest.mark.parametrize(
    ("code", "called"),
    [("f(", "f"), ("x.grow(1, ", "x.grow"), ("f(g(1), [2], ", "f"), ("f(g(", "f(g"), ("f(1)", None), ("f([1", None)],
)
def test_what_is_called_stands_before_the_bracket_that_is_not_closed(code: str, called: str | None) -> None:
    assert python_mirror.callee(code) == called


def test_what_code_says_to_be_there_may_have_been_taken_by_a_crash() -> None:
    main = python_mirror.module_of(MIRROR, "__main__")
    assert [python_mirror.may_have(main, name) for name in ("x", "np", "lost")] == [True, True, False]
    assert python_mirror.may_have(python_mirror.module_of(Mirror(), "__main__"), "lost")


def test_the_stem_is_what_is_before_the_last_name() -> None:
    stems = [python_mirror.stem_of(code) for code in ("x.app", "x.", "x", "f(größe", "", "_x1")]
    assert stems == ["x.", "x.", "", "f(", "", ""]


@given(st.text("x.()[]{}'\" \nimport,mode1é"))
def test_any_code_has_an_answer(code: str) -> None:
    python_mirror.following(MIRROR, "__main__", code)
    python_mirror.find(MIRROR, "__main__", code)
    python_mirror.hint(MIRROR, "__main__", code)
    called = python_mirror.callee(code)
    assert called is None or code.startswith(f"{called}(")
    assert code.startswith(python_mirror.stem_of(code))
