"""What the messages of a run of tests say."""

from __future__ import annotations

from tests.device_server.device import Answer


def assertions(answers: list[Answer]) -> list[Answer]:
    """Each assertion, with the name of its test under `var`."""
    return [{"var": each["var"], **assertion} for each in answers for assertion in each.get("assertions", ())]


def types(answers: list[Answer]) -> list[tuple[str, str]]:
    """Name and type of each."""
    return [(each["var"], each["type"]) for each in assertions(answers)]


def ended(answers: list[Answer]) -> list[str]:
    """The names of the tests that ended."""
    return [each["var"] for each in answers if each["op"] == "tested"]
