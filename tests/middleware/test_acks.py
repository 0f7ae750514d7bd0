"""What became of an edit, in words and in keys."""

from __future__ import annotations

import pytest

from device_server import wire
from middleware import acks

DONE: wire.Message = {
    "op": "reloaded", "worker": "main", "paths": ["/p/app/shop.py"], "names": ["app/shop.py"], "tier": "body",
    "state": "kept", "reason": "", "stale": [], "reloaded": ["app.shop"], "generation": 3,
    "phases": {"detect": 6.25, "transfer": 1.0, "classify": 2.5, "apply": 0.25},
}  # fmt: skip
FAILED: wire.Message = {
    "op": "reloaded", "paths": ["/p/shop.py"], "names": ["shop.py"], "type": "compile",
    "error": "SyntaxError: invalid syntax\nmore", "location": {"file": "/p/shop.py", "line": 3, "column": 7},
    "code_frame": "> 3 | x", "phases": {},
}  # fmt: skip
WAITS: wire.Message = {"op": "reload-waits", "paths": ["/p/shop.py"], "names": ["shop.py"], "behind": "eval"}


@pytest.mark.parametrize(
    ("news", "summary"),
    [
        (DONE, "app/shop.py: body, state kept, 10 ms"),
        (
            {**DONE, "tier": "structural", "state": "migrated", "reason": "class Item has another base"},
            "app/shop.py: structural, state migrated, 10 ms (class Item has another base)",
        ),
        (
            {**DONE, "stale": ["generator items() of shop.py:12, suspended", "x"]},
            "app/shop.py: body, state kept, 10 ms. Still old: generator items() of shop.py:12, suspended; x",
        ),
        (
            {
                **DONE,
                "views": {"v1": {}, "v2": {"error": "NameError: x"}, "v3": {}},
                "images": {"v1": {"ref": "sha256-1"}},
            },
            "app/shop.py: body, state kept, 10 ms. v1 is drawn again. v2 shows its last good frame: NameError: x",
        ),
        (
            {
                **DONE, "tier": "none", "reason": "not loaded", "reloaded": [],
                "views": {"v1": {"tier": "literal", "state": "kept", "reason": "literals of row"}},
                "images": {"v1": {"ref": "sha256-1"}},
            },
            "app/shop.py: literal, state kept, 10 ms (literals of row). v1 is drawn again",
        ),
        ({**DONE, "tier": "none", "reason": "not loaded", "reloaded": []}, "app/shop.py: not loaded, nothing to do"),
        (FAILED, "shop.py: not reloaded, the old code runs on. SyntaxError: invalid syntax (shop.py:3:7)"),
        ({"error": "It is lost", "names": ["a.py"]}, "a.py: not reloaded, the old code runs on. It is lost"),
        (WAITS, "shop.py: waiting for an eval to end"),
        ({**WAITS, "behind": "test"}, "shop.py: waiting for a test to end"),
        ({"op": "reloaded", "reloaded": ["shop"], "tier": "body", "phases": {"apply": 1}}, "shop: body, 1 ms"),
        ({"op": "reloaded"}, "code: reloaded, 0 ms"),
    ],
)  # fmt: skip
def test_the_summary_is_one_line(news: wire.Message, summary: str) -> None:
    assert acks.summary(news) == summary


def test_an_ack_has_all_that_the_device_has_told() -> None:
    assert acks.message(DONE, "local") == {
        "summary": "app/shop.py: body, state kept, 10 ms", "device": "local", "worker": "main",
        "paths": ["/p/app/shop.py"], "tier": "body", "state": "kept", "reloaded": ["app.shop"], "stale": [],
        "generation": 3, "ms": "10.0", "status": ["reloaded"],
        "phases": {"detect": "6.2", "transfer": "1.0", "classify": "2.5", "apply": "0.2"},
    }  # fmt: skip


def test_a_failure_has_its_place() -> None:
    told = acks.message(FAILED, "local")
    assert (told["status"], told["error-type"]) == (["reload-failed"], "compile")
    assert told["location"] == {"file": "/p/shop.py", "line": 3, "column": 7}
    assert told["code-frame"] == "> 3 | x"


def test_what_waits_says_for_what() -> None:
    told = acks.message(WAITS, "local")
    assert (told["status"], told["waiting"], told["paths"]) == (["reload-waits"], "eval", ["/p/shop.py"])


@pytest.mark.parametrize("news", [DONE, FAILED, WAITS])
def test_every_key_is_documented(news: wire.Message) -> None:
    assert set(acks.message(news, "local")) <= set(acks.RETURNS)


@pytest.mark.parametrize(
    "news", [{"phases": 5, "stale": 3, "location": [], "generation": "x"}, {"location": {"file": "", "line": "a"}}]
)
def test_what_a_device_tells_in_other_shapes_is_left_out(news: wire.Message) -> None:
    assert "location" not in acks.message(news, "local")


def test_a_code_frame_marks_line_and_column() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 13))
    assert acks.code_frame(text, 10, 6).splitlines() == [
        "   8 | line 8",
        "   9 | line 9",
        "> 10 | line 10",
        "     |      ^",
        "  11 | line 11",
        "  12 | line 12",
    ]


def test_a_code_frame_keeps_tabs_so_that_the_mark_is_below_its_column() -> None:
    assert acks.code_frame("\tx = (\n", 1, 6).splitlines() == ["> 1 | \tx = (", "    | \t    ^"]


@pytest.mark.parametrize("line", [-1, 0, 2])
def test_there_is_no_code_frame_of_a_line_that_is_not_there(line: int) -> None:
    assert acks.code_frame("one\n", line, 1) == ""


def test_of_many_files_the_first_are_named() -> None:
    assert acks.named(["a", "b", "c"]) == "a, b, c"
    assert acks.named(["a", "b", "c", "d", "e"]) == "a, b and 3 more"
