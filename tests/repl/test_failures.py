from __future__ import annotations

from repl.bencode import Bencode, Message
from repl.failures import Place, place_of

LIBRARY: Bencode = {"name": "json/loads", "file": "json.py", "line": 1, "flags": ["python"]}
TOOLING: Bencode = {"name": "worker/run", "file": "w.py", "line": 1, "flags": ["python", "tooling", "repl"]}
TYPED: Bencode = {"name": "user/f", "file": "*tether-1*", "line": 2, "flags": ["clj", "repl"]}
PROJECT: Bencode = {"name": "app/g", "file": "app.py", "file-url": "file:///app.py", "line": 1, "flags": ["project"]}
INPUTS = {"*tether-1*": "(defn f [x]\n  (inc x))", "*tether-2*": "(f :a)"}


def nothing(_uri: str) -> None:
    return None


def raised(*frames: Bencode) -> Message:
    return {"phase": "execution", "stacktrace": [*frames]}


def test_the_frame_that_matters_is_the_first_of_the_user() -> None:
    place = place_of([raised(LIBRARY, TOOLING, TYPED, PROJECT)], INPUTS, nothing)
    assert place == Place("in user/f, line 2 of an earlier input", "  (inc x))")
    place = place_of([raised(LIBRARY, PROJECT, TYPED)], INPUTS, lambda uri: f"text of {uri}\n")
    assert place == Place("in app/g, app.py, line 1", "text of file:///app.py")


def test_the_innermost_cause_counts() -> None:
    place = place_of([raised(PROJECT), raised(TYPED)], INPUTS, nothing)
    assert place is not None
    assert "user/f" in place.where


def test_a_place_in_text_that_cannot_be_read_has_a_column() -> None:
    cause: Message = {"phase": "read-source", "file": "*tether-2*", "line": 1, "column": 4}
    assert place_of([cause], INPUTS, nothing) == Place("at line 1", "(f :a)", 4)


def test_the_line_that_was_just_typed_is_not_repeated() -> None:
    frame: Bencode = {"name": "user/eval", "file": "*tether-2*", "line": 1, "flags": ["repl"]}
    assert place_of([raised(frame)], INPUTS, nothing) is None


def test_a_file_that_is_not_here_and_no_frame_at_all() -> None:
    assert place_of([raised(PROJECT)], {}, nothing) == Place("in app/g, app.py, line 1", "")
    assert place_of([raised(LIBRARY)], INPUTS, nothing) is None
    assert place_of([], INPUTS, nothing) is None
