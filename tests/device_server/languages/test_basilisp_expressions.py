"""Basilisp expressions that are evaluated over and over, on a device."""

from __future__ import annotations

import pytest

from tests.device_server.device import Answer, Host

TEXT = "device_server.views/Text"


def start(host: Host, expression: str) -> Answer:
    answer = host.ask("view-start", lang="basilisp", expression=expression, size="fit")
    if answer["op"] == "result":
        host.ask("view-stop", view=answer["view"])
    return answer


def test_a_namespace_or_module_that_is_named_in_full_is_loaded(host: Host) -> None:
    answer = start(host, f'({TEXT} (basilisp.string/join "," [1 2]))')
    assert answer["op"] == "result", answer


@pytest.mark.parametrize("text", ['({0} "a") ({0} "b")', "; nothing"])
def test_one_expression_is_needed(host: Host, text: str) -> None:
    assert "One expression is needed" in start(host, text.format(TEXT))["error"]


@pytest.mark.parametrize("text", ["(", "(nowhere/at 1)", "unknown"])
def test_what_cannot_be_read_or_compiled_is_an_error(host: Host, text: str) -> None:
    assert start(host, text)["type"] == "compile"
