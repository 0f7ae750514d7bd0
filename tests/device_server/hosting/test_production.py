"""What is put on stage."""

from __future__ import annotations

import pytest

from device_server import wire
from device_server.hosting.production import Production, warm
from device_server.hosting.refusal import RefusedError
from device_server.languages.python import Python
from device_server.languages.python_symbols import Modules
from device_server.loaded import LoadedSources


@pytest.fixture
def language() -> Python:
    return Python(Modules())


def production(language: Python, **message: wire.JSON) -> Production:
    return Production.of({"ns": "json", **message}, language, LoadedSources())


def test_an_expression_is_evaluated_in_the_module_that_is_named(language: Python) -> None:
    made = production(language, expression="__import__('device_server.views').views.Text(dumps([1]))", size="fit")
    assert "json" in made.modules
    assert [each.label for each in made.scene(made.traits).elements().children] == ["[1]"]


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({}, "A view needs an 'expression'"),
        ({"path": "/a.py"}, "not loaded"),
        ({"module": "nowhere"}, "There is no module nowhere"),
        ({"expression": "1", "ns": "nowhere"}, "There is no module nowhere"),
        ({"module": "json"}, "json has no previews"),
    ],
)
def test_what_there_is_not_is_refused(language: Python, message: wire.Message, text: str) -> None:
    with pytest.raises(RefusedError, match=text):
        production(language, **message)


def test_a_long_expression_has_a_short_name(language: Python) -> None:
    assert len(production(language, expression=f"'{'x' * 500}'").name) < 100


def test_the_toolkit_is_warmed_by_drawing() -> None:
    warm()
