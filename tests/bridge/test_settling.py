"""When a file that was touched counts as whole. The clock is the test's."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from bridge import settling
from bridge.settling import Settled, Settling
from bridge.whole_files import Absent, Content, Reading, Unreadable

PATH = "/p/shop.py"


def whole(text: str) -> Content:
    return Content(text.encode(), 7, is_whole=True)


def maybe(text: str) -> Content:
    return Content(text.encode(), 7, is_whole=False)


class Files:
    """Files that are touched and read at times that the test names."""

    def __init__(self) -> None:
        self.core = Settling()

    def touch(self, *paths: str, at: float) -> None:
        self.core.touch(paths or (PATH,), at)

    def read(self, reading: Reading, at: float, path: str = PATH) -> list[Settled]:
        assert path in self.core.due(at)
        self.core.take(path, reading, at, at)
        return self.core.released(at)


def test_what_is_whole_is_told_at_once() -> None:
    files = Files()
    files.touch(at=1)
    assert files.read(whole("a = 1"), at=1) == [Settled(PATH, b"a = 1", 7)]
    assert files.core.next_look() == math.inf


def test_what_is_as_it_was_told_last_is_not_told_again() -> None:
    files = Files()
    files.touch(at=1)
    files.read(whole("a = 1"), at=1)
    files.touch(at=2)
    assert files.read(whole("a = 1"), at=2) == []
    files.touch(at=3)
    assert files.read(whole("a = 2"), at=3) != []


def test_what_somebody_writes_is_looked_at_again_soon_and_ever_less_often() -> None:
    files, at, looks = Files(), 1.0, 0
    files.touch(at=at)
    while not files.core.due(at)[PATH]:
        assert files.read(Absent.BUSY, at) == []
        assert at < files.core.next_look() <= at + settling.LONGEST_S
        at, looks = files.core.next_look(), looks + 1
    assert looks < 100
    assert at >= 1 + settling.BUSY_S
    assert files.read(maybe("a = 1"), at) == []
    assert files.read(maybe("a = 1"), files.core.next_look()) != []


def test_an_empty_file_is_believed_only_after_a_while() -> None:
    files = Files()
    files.touch(at=1)
    assert files.read(whole(""), at=1) == []
    later = files.core.next_look()
    assert later == 1 + settling.DOUBT_S
    assert files.read(whole(""), later) == [Settled(PATH, b"", 7)]


def test_a_file_that_is_truncated_and_then_written_is_told_once() -> None:
    files = Files()
    files.touch(at=1)
    assert files.read(whole(""), at=1) == []
    files.touch(at=1.05)
    assert files.read(whole("a = 1"), at=1.05) == [Settled(PATH, b"a = 1", 7)]


def test_a_file_that_is_moved_away_and_made_anew_is_not_told_to_have_gone() -> None:
    files = Files()
    files.touch(at=1)
    assert files.read(Absent.GONE, at=1) == []
    files.touch(at=1.05)
    assert files.read(whole("a = 1"), at=1.05) == [Settled(PATH, b"a = 1", 7)]


def test_a_file_that_has_gone_is_told_after_a_while_and_once() -> None:
    files = Files()
    files.touch(at=1)
    files.read(Absent.GONE, at=1)
    assert files.read(Absent.GONE, files.core.next_look()) == [Settled(PATH, None)]
    files.touch(at=3)
    files.read(Absent.GONE, at=3)
    assert files.read(Absent.GONE, files.core.next_look()) == []


def test_what_cannot_be_read_is_told_with_the_reason_each_time() -> None:
    files = Files()
    for at in (1.0, 2.0):
        files.touch(at=at)
        assert files.read(Unreadable("Permission denied"), at) == []
        (told,) = files.read(Unreadable("Permission denied"), files.core.next_look())
        assert (told.data, told.problem) == (None, "Permission denied")


def test_where_nobody_knows_what_is_whole_it_must_stay_the_same_for_a_while() -> None:
    files = Files()
    files.touch(at=1)
    assert files.read(maybe("a ="), at=1) == []
    assert files.read(maybe("a = 1"), at=1 + settling.QUIET_S) == []
    assert files.read(maybe("a = 1"), at=1 + 2 * settling.QUIET_S) == [Settled(PATH, b"a = 1", 7)]


def test_what_is_touched_while_it_is_read_is_read_again() -> None:
    files = Files()
    files.touch(at=1)
    files.touch(at=1.001)
    files.core.take(PATH, whole("old"), 1, 1.002)
    assert files.core.released(1.002) == []
    assert files.read(whole("new"), at=1.002) == [Settled(PATH, b"new", 7)]


def test_many_files_are_told_together() -> None:
    files, paths = Files(), [f"/p/{number}.py" for number in range(500)]
    files.touch(*paths[:250], at=1)
    for path in paths[:250]:
        files.core.take(path, whole(path), 1, 1)
    assert files.core.released(1) == []
    files.touch(*paths[250:], at=1.02)
    for path in paths[250:]:
        files.core.take(path, whole(path), 1.02, 1.02)
    assert files.core.released(1.02) == []
    assert files.core.next_look() <= 1.02 + settling.LONGEST_CROWD_S
    assert len(files.core.released(files.core.next_look())) == 500


STEPS = st.lists(st.sampled_from(["touch", "empty", "gone", "busy", "torn", "whole"]), max_size=20)


@given(STEPS)
def test_whatever_an_editor_does_first_what_it_leaves_is_told_last(steps: list[str]) -> None:
    files, at = Files(), 1.0
    readings: dict[str, Reading] = {
        "empty": whole(""), "gone": Absent.GONE, "busy": Absent.BUSY, "torn": maybe("hal"), "whole": whole("first"),
    }  # fmt: skip
    told: list[Settled] = []
    for step in steps:
        if step == "touch":
            files.touch(at=at)
        elif PATH in files.core.due(at):
            told += files.read(readings[step], at)
        at += 0.004
    files.touch(at=at)
    told += files.read(whole("last"), at)
    assert told[-1].data == b"last"
    assert b"hal" not in [each.data for each in told]
