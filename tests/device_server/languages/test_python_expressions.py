"""Python expressions that are evaluated over and over."""

from __future__ import annotations

import types

import pytest

from device_server.languages import Expression
from device_server.languages.python_expressions import compiled, parsed


def expression(text: str, **names: object) -> Expression:
    module = types.ModuleType("__main__")
    vars(module).update(names)
    return compiled(parsed(text, "<test>"), module)


def test_it_is_evaluated_anew_each_time() -> None:
    found: list[int] = []
    each = expression("found.append(len(found)) or len(found)", found=found)
    assert [each.evaluate(), each.evaluate()] == [1, 2]


def test_a_module_that_is_named_in_full_is_imported() -> None:
    each = expression("xml.dom.minidom.parseString('<a/>').documentElement.tagName")
    assert each.evaluate() == "a"
    assert each.modules == ("xml.dom.minidom",)


def test_the_modules_of_names_that_are_known_are_told() -> None:
    assert expression("decode('{}')", decode=__import__("json").loads).modules == ("json",)


def test_of_names_that_were_typed_no_module_is_known() -> None:
    assert expression("one + 1", one=1).modules == ()


@pytest.mark.parametrize("text", ["", "1 +", "a = 1", "1; 2", "\0"])
def test_what_is_no_expression_is_a_syntax_error_with_its_place(text: str) -> None:
    with pytest.raises(SyntaxError) as raised:
        parsed(text, "<test>")
    assert raised.value.filename == "<test>"


def test_a_name_that_is_no_module_is_left_to_evaluation() -> None:
    each = expression("nowhere.at.all")
    with pytest.raises(NameError):
        each.evaluate()
