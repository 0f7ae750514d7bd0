"""What is wrong with how an edit was served: the table's word against what was seen. Knows no tool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_server.reload import State, Tier
from tests.device_server.reload.edits.table import Edit

Probe = Callable[[Sequence[str]], Sequence[str]]
"""Evaluates these expressions in the program, in order: of each the repr, or the name of the type of what it raises."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tool said of a save."""

    tier: Tier = Tier.NONE
    state: State = State.KEPT
    stale: Sequence[str] = ()
    error: str = ""
    """The name of the type of the error; empty for none."""
    text: str = ""
    """What it said of it, for whoever reads a failure."""


def behaviour(edit: Edit, is_reset: bool, probe: Probe) -> list[str]:
    """What the program does and should not, after the edit, as sentences."""
    expected = {**edit.kept, **edit.changed, **edit.moved, **({} if is_reset else edit.unless_reset)}
    seen = zip(expected.items(), probe([*expected]), strict=True)
    return [f"{expression} gives {got}, not {wanted}" for (expression, wanted), got in seen if got != wanted]


def words(edit: Edit, answer: Answer) -> list[str]:
    """What the answer says and should not, as sentences."""
    if answer.error != edit.error:
        return [f"the answer was {answer.error or 'no error'}, not {edit.error or 'success'}: {answer.text}"]
    if edit.error:
        return []
    found = []
    if answer.tier not in edit.tiers:
        found.append(f"tier {answer.tier.name}, not {_either(edit.tiers)}: {answer.text}")
    if answer.state not in edit.states:
        found.append(f"state {answer.state.name}, not {_either(edit.states)}: {answer.text}")
    if edit.stale and not any(edit.stale in each for each in answer.stale):
        found.append(f"{edit.stale!r} is not among what is stale: {[*answer.stale]}")
    return found


def _either(choices: frozenset[Tier] | frozenset[State]) -> str:
    return " or ".join(each.name for each in sorted(choices))
