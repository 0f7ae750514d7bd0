"""Lets an edit fail at each step in turn, and sees whether anything is left of it. For the languages' reloads, too.

There are two ways to fail: when a step announces how it is taken back (an exception just before or just after that),
and at a line of code (an interrupt, which may come anywhere but while the gate is held or closed; before there is
anything to be undone it is no step).
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Final, TypeAlias
from unittest.mock import patch

from device_server import reload
from device_server.interrupts import InterruptGate
from device_server.reload import reloader as reloading
from device_server.reload.reloader import Applied, Declined, Edited, Failed, Reloader
from tests.device_server.reload.picture import Picture, differences

RELOADING: Final = str(Path(reload.__file__).parent)
"""The code in which interrupts are made to come."""


class InjectedError(Exception):
    """What a step fails with."""


class WatchedGate(InterruptGate):
    """Knows whether an interrupt could come now."""

    def __init__(self) -> None:
        super().__init__()
        self._is_held_now = self._is_closed = False

    @property
    def lets_in(self) -> bool:
        """Whether it is open and not held."""
        return not (self._is_held_now or self._is_closed)

    def open(self) -> None:
        self._is_closed = False
        super().open()

    def close(self) -> None:
        self._is_closed = True
        super().close()

    @contextmanager
    def hold(self) -> Iterator[None]:
        self._is_held_now = True
        try:
            with super().hold():
                yield
        finally:
            self._is_held_now = False


def failures_that_leave_nothing(
    reloader: Reloader,
    edits: tuple[Sequence[Edited], Sequence[Edited]],
    gate: WatchedGate,
    look: Callable[[], Picture],
    *,
    strides: tuple[int, int] = (1, 1),
) -> int:
    """Fail at each step of an edit, and of the one that takes it back; how often that was. At last they go well.

    `look` makes the picture of all that the edits could touch. Of announcements and of lines only some are tried, in
    steps of `strides`. `reloader` was made with `gate`.
    """
    count = 0
    for way, edited, step in zip(_WAYS, itertools.cycle(edits), (strides[0], *strides), strict=False):
        for place in itertools.count(1, step):
            before = look()
            gate.open()
            made: Applied | Declined | Failed | None = None
            with suppress(KeyboardInterrupt), way(place, gate) as was_reached:  # one that comes before it begins
                made = reloader.reload(edited)
            if not was_reached():
                assert isinstance(made, Applied), made
                break
            assert not isinstance(made, Applied), f"{way.__name__} {place} was swallowed: {made}"
            left = differences(before, look())
            assert not left, f"{way.__name__} {place}: {left}"
            count += 1
    return count


WasReached: TypeAlias = Callable[[], bool]
Trace: TypeAlias = Callable[[FrameType, str, object], "Trace | None"]


@contextmanager
def before_announcing(place: int, gate: WatchedGate) -> Iterator[WasReached]:
    """The `place`th step fails before it has said how it is taken back."""
    with _announcements(place, is_late=False) as was_reached:
        yield was_reached


@contextmanager
def after_announcing(place: int, gate: WatchedGate) -> Iterator[WasReached]:
    """The `place`th step fails when it has said how it is taken back, and done nothing."""
    with _announcements(place, is_late=True) as was_reached:
        yield was_reached


@contextmanager
def at_line(place: int, gate: WatchedGate) -> Iterator[WasReached]:
    """An interrupt comes at the `place`th line of the code that reloads, counted from when something can be undone."""
    count = 0
    has_begun = False

    class Begun(ExitStack):
        def _push_exit_callback(self, callback: object, is_sync: bool = True) -> None:
            nonlocal has_begun
            has_begun = True
            super()._push_exit_callback(callback, is_sync)  # type: ignore[misc]  # the standard library's own

    def trace(frame: FrameType, event: str, _: object) -> Trace | None:
        nonlocal count
        if not frame.f_code.co_filename.startswith(RELOADING):
            return None
        if event == "line" and has_begun and gate.lets_in:
            count += 1
            if count == place:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with patch.object(reloading, "ExitStack", Begun):
            yield lambda: count >= place
    finally:
        sys.settrace(before)


@contextmanager
def _announcements(place: int, *, is_late: bool) -> Iterator[WasReached]:
    count = 0

    class Breaking(ExitStack):
        def _push_exit_callback(self, callback: object, is_sync: bool = True) -> None:
            """All that a stack is given comes here."""
            nonlocal count
            count += 1
            if count == place and not is_late:
                raise InjectedError
            super()._push_exit_callback(callback, is_sync)  # type: ignore[misc]  # the standard library's own
            if count == place:
                raise InjectedError

    with patch.object(reloading, "ExitStack", Breaking):
        yield lambda: count >= place


_WAYS: Final = (before_announcing, after_announcing, at_line)
