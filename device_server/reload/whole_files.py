"""Edits applied the plain way: the whole file runs again in its module. For a language that cannot do better yet."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from device_server.languages import Form, Source
from device_server.reload import Change, Outcome, State, Tier


@dataclass(frozen=True, slots=True)
class WholeFile:
    """See reload.Plan."""

    change: Change
    tier: Tier
    forms: Iterator[Form]
    reason = "the whole file runs again"


class WholeFiles:
    """See reload.Reloads."""

    def __init__(self, load: Callable[[Source, str | None, str], Iterator[Form]]) -> None:
        """`load` is the language's."""
        self._load = load

    def plan(self, change: Change) -> WholeFile:
        """Compile it, or read its first form."""
        forms = self._load(Source(change.new, change.path), change.module, "")
        return WholeFile(change, Tier.STRUCTURAL, itertools.chain([*itertools.islice(forms, 1)], forms))

    def apply(self, plans: Sequence[WholeFile], undo: ExitStack) -> Outcome:
        """Run them; what they define over what was there."""
        for plan in plans:
            names = vars(sys.modules[plan.change.module])
            undo.callback(_restore, names, {**names})
            for form in plan.forms:
                form()
        return Outcome(tuple(plan.change.module for plan in plans), State.RESET)


def _restore(names: dict[str, object], before: dict[str, object]) -> None:
    names.clear()
    names.update(before)
