"""What failing asserts have compared."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from device_server.languages.python_assertions import Comparison, comparison, observed

Load = Callable[[str], ModuleType]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Makes a module of a text."""

    def load(text: str) -> ModuleType:
        file = tmp_path / "test_it.py"
        file.write_text(text)
        module = ModuleType("test_it")
        module.__file__ = str(file)
        exec(compile(text, str(file), "exec", dont_inherit=True), module.__dict__)
        return module

    return load


def explained(module: ModuleType, name: str = "test") -> Comparison | None:
    """What is told of the failure of a function."""
    with observed(module), pytest.raises(BaseException) as caught:  # noqa: PT011 whatever the test raises
        getattr(module, name)()
    return comparison(caught.value, module.__file__)


@pytest.mark.parametrize(
    ("condition", "expected", "actual"),
    [
        ("1 + 1 == 3", "3", "2"),
        ("len([1]) > 3", "len([1]) > 3", "1 > 3"),
        ("4 not in [4]", "4 not in [4]", "4 not in [4]"),
        ("(x := 5) is None", "(x := 5) is None", "5 is None"),
        ("[]", "[]", "[]"),
        ("not {1}", "not {1}", "{1}"),
        ("1 < 0 < 2", "1 < 0 < 2", "False"),
        ("all(n for n in (1, 0))", "all(n for n in (1, 0))", "False"),
    ],
)
def test_the_values_of_a_condition_are_told(load: Load, condition: str, expected: str, actual: str) -> None:
    told = explained(load(f"def test():\n    assert True\n    assert {condition}, 'why'\n"))
    assert told is not None
    assert (told.line, told.expected, told.actual) == (3, expected, actual)


@pytest.mark.parametrize(
    ("actual", "expected", "diff"),
    [
        ("{1: 1, 2: 2}", "{1: 1, 2: 3}", ("{2: 3}", "{2: 2}")),
        ("{1, 2}", "{2, 3}", ("{3}", "{1}")),
        ("[1, 2]", "[1, 3]", ("[3]", "[2]")),
        ("[1]", "{1}", None),
        ("1", "2", None),
    ],
)
def test_collections_of_one_kind_are_told_with_their_difference(
    load: Load, actual: str, expected: str, diff: tuple[str, str] | None
) -> None:
    told = explained(load(f"def test():\n    assert {actual} == {expected}\n"))
    assert told is not None
    assert told.diff == diff


def test_operands_are_evaluated_once(load: Load) -> None:
    module = load("calls = []\ndef test():\n    assert calls.append(1) == 2\n")
    told = explained(module)
    assert told is not None
    assert told.actual == "None"
    assert module.calls == [1]


def test_methods_decorated_functions_and_closures_are_observed(load: Load) -> None:
    module = load(
        "import functools\n"
        "def deco(f):\n    @functools.wraps(f)\n    def g(): return f()\n    return g\n"
        "@deco\ndef decorated(): assert 1 == 2\n"
        "class TestIt:\n    @staticmethod\n    def static(): assert 1 == 3\n    def method(self): assert 1 == 4\n"
        "def closure():\n    n = 5\n    def inner(): assert n == 6\n    inner()\n"
    )
    vars(module).update(static=module.TestIt.static, method=module.TestIt().method)
    told = [explained(module, name) for name in ("decorated", "static", "method", "closure")]
    assert [each.expected for each in told if each] == ["2", "3", "4", "6"]


def test_functions_have_their_own_code_back_afterwards(load: Load) -> None:
    module = load("def test(): assert 1 == 2\n")
    code = module.test.__code__
    with observed(module):
        assert module.test.__code__ is not code
    assert module.test.__code__ is code


def test_asserts_of_modules_and_classes_get_no_names_there(load: Load) -> None:
    module = load(
        "assert 1 == 1\nclass A:\n    assert 2 == 2\ndef test():\n    class B:\n        assert 3 == 3\n    return B\n"
    )
    with observed(module):
        names = [*vars(module), *vars(module.A), *vars(module.test())]
    assert not [name for name in names if name.startswith("@")]


def test_a_function_that_the_file_does_not_define_like_this_any_more_is_left_alone(load: Load) -> None:
    module = load("def test():\n    assert 1 == 2\n")
    Path(str(module.__file__)).write_text("def test():\n    assert 1 == 2 + 0 * len('')\n")
    linecache.clearcache()
    code = module.test.__code__
    with observed(module):
        assert module.test.__code__ is code
    Path(str(module.__file__)).write_text("def test(:")
    with observed(module):
        assert module.test.__code__ is code


def test_a_function_that_was_typed_is_observed_as_well() -> None:
    name, text = "<python-input-900>", "def test(): assert 1 == 2\n"
    linecache.cache[name] = (len(text), None, [text], name)
    module = ModuleType("__main__")
    exec(compile(text, name, "exec", dont_inherit=True), module.__dict__)
    with observed(module), pytest.raises(AssertionError) as caught:
        module.test()
    assert comparison(caught.value, name) == Comparison(1, "2", "1")


def test_of_other_exceptions_the_line_in_the_file_is_told(load: Load) -> None:
    told = explained(load("import json\ndef test():\n    json.loads('{')\n"))
    assert told == Comparison(3, "json.loads('{')", "")


def test_of_what_never_was_in_the_file_nothing_is_told() -> None:
    assert comparison(ValueError(), "/no/such.py") is None
    assert comparison(ValueError(), None) is None


def test_hostile_values_spoil_nothing(load: Load) -> None:
    told = explained(
        load(
            "class Bad(dict):\n    def __eq__(self, other): raise TypeError\n"
            "    def __repr__(self): raise TypeError\n    __hash__ = None\n"
            "class Never(dict):\n    def __eq__(self, other): return False\n    __hash__ = None\n"
            "def test():\n    assert Never(a=Bad()) == Never(a=Bad())\n"
        )
    )
    assert told is not None
    assert "cannot be printed" in told.actual


def test_a_function_is_a_function_whatever_is_in_the_module(load: Load) -> None:
    module = load(
        "class Odd:\n    def __getattr__(self, name): raise RuntimeError\nodd = Odd()\ndef test(): assert 0\n"
    )
    told = explained(module)
    assert isinstance(module.test, FunctionType)
    assert told == Comparison(4, "0", "0")
