"""The table of view operations, against all that is made from it."""

from __future__ import annotations

import click
import pytest

from bridge.cli import main
from device_server import wire
from middleware import views
from middleware.view_ops import TABLE, Kind, ViewOp
from tests.middleware.test_views import NO_FILES

GROUP = main.commands["view"]
assert isinstance(GROUP, click.Group)
COMMANDS = GROUP.commands
OPS = views.middleware(NO_FILES).handles
TYPES = {
    Kind.TEXT: str, Kind.WHOLE: int, Kind.NUMBER: float, Kind.TRAITS: dict, Kind.VARIANTS: list, Kind.MASKS: list,
}  # fmt: skip
BESIDES = {"session"}
"""Parameters of an nREPL op that are not the operation's."""
HOSTS_OWN = {"module", "ns", "setup", "timeout_ms", "worker"}
"""What a host tells the device besides: it has the project."""
COMMANDS_OWN = {"port", "as_json", "output"}

each_op = pytest.mark.parametrize(("name", "op"), TABLE.items(), ids=[*TABLE])


def test_nrepl_has_the_operations_of_the_table() -> None:
    assert set(OPS) == {f"view-{name}" for name in TABLE}


@each_op
def test_an_nrepl_op_takes_and_tells_what_the_table_says(name: str, op: ViewOp) -> None:
    spec = OPS[f"view-{name}"]
    assert {*spec.requires} == {each.name for each in op.parameters if each.is_needed}
    assert {*spec.requires, *spec.optional} - BESIDES == {each.name for each in op.parameters}
    assert {*op.results} <= {*spec.returns}


@each_op
def test_a_command_takes_what_the_table_says(name: str, op: ViewOp) -> None:
    parameters = {each.name: each for each in COMMANDS[name].params}
    assert {*parameters} - COMMANDS_OWN == {each.name for each in op.parameters}
    assert {key for key, each in parameters.items() if each.required} == {
        each.name for each in op.parameters if each.is_needed
    }


def test_there_are_commands_for_the_operations_and_for_golden_pictures() -> None:
    assert {*COMMANDS} == {*TABLE, "check", "approve"}


ON_DEVICE = {op.removeprefix("view-"): fields for op, fields in wire.REQUESTS.items() if op.startswith("view-")}


def test_the_device_has_the_operations_of_the_table() -> None:
    assert {*ON_DEVICE} == {*TABLE}


@pytest.mark.parametrize(("name", "fields"), ON_DEVICE.items(), ids=[*ON_DEVICE])
def test_the_device_takes_what_the_table_says(name: str, fields: dict[str, wire.Field]) -> None:
    op = TABLE[name]
    assert {*fields} - HOSTS_OWN == {each.name for each in op.parameters}
    assert {key for key, field in fields.items() if field.required} == {
        each.name for each in op.parameters if each.is_needed
    }
    for each in op.parameters:
        assert TYPES[each.kind] in fields[each.name].types


def test_commands_say_what_their_arguments_mean() -> None:
    for name in TABLE:
        command = COMMANDS[name]
        arguments = [each for each in command.params if isinstance(each, click.Argument)]
        assert all(f"{str(each.name).upper()}: " in (command.help or "") for each in arguments)
