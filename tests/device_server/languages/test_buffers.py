"""The text of buffers, as `linecache` and so tracebacks, `inspect` and Basilisp's `source` find it."""

from __future__ import annotations

import linecache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_server.languages import Source, buffers
from tests.device_server.device import Host

SAVED = "first = 1\ndef second():\n    return 2\nthird = 3\n"


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linecache, "cache", {})


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "saved.py"
    path.write_text(SAVED)
    return str(path)


def test_a_file_that_is_saved_is_left_to_the_disk(file: str) -> None:
    buffers.remember_file(Source(SAVED, file))
    assert linecache.cache == {}
    buffers.remember_part(Source("def second():\n    return 2", file, line=2))
    assert linecache.cache == {}


def test_a_file_that_is_not_saved_is_known_whole(file: str) -> None:
    buffers.remember_file(Source("other = 1\n", file))
    linecache.checkcache()
    assert linecache.getlines(file) == ["other = 1\n"]


def test_a_part_that_is_not_saved_stands_among_what_is(file: str) -> None:
    buffers.remember_part(Source("def second():\n    return 22", file, line=2))
    assert "".join(linecache.getlines(file)) == SAVED.replace("2\n", "22\n")


def test_parts_add_up(file: str) -> None:
    buffers.remember_part(Source("def second():\n    return 22", file, line=2))
    buffers.remember_part(Source("third = 33", file, line=4))
    assert linecache.getlines(file)[2:] == ["    return 22\n", "third = 33\n"]


def test_what_has_been_saved_since_is_left_to_the_disk(file: str) -> None:
    buffers.remember_file(Source("other = 1\n", file))
    buffers.remember_file(Source(SAVED, file))
    assert linecache.getlines(file) == SAVED.splitlines(keepends=True)
    assert linecache.cache[file][1:2] != (None,)


def test_a_part_of_a_file_that_is_elsewhere_is_where_it_says() -> None:
    buffers.remember_part(Source("(f 1\n   2)", "/no/such.lpy", line=3, column=5))
    assert linecache.getlines("/no/such.lpy") == ["\n", "\n", "    (f 1\n", "   2)\n"]


@pytest.mark.parametrize("name", ["<repl>", "/dev/null/x", "/dev/zero", "nul\0", "/tmp"])
def test_what_is_no_file_of_text_does_no_harm(name: str) -> None:
    assert buffers.on_disk(name) == []
    buffers.remember_part(Source("x", name))


def test_what_is_too_long_is_not_kept(file: str) -> None:
    buffers.remember_file(Source("x" * (buffers.LIMIT_CHARACTERS + 1), file))
    buffers.remember_part(Source("y", file, line=10_000_000))
    assert linecache.cache == {}


@given(st.lists(st.tuples(st.text("ab\n", min_size=1), st.integers(1, 9), st.integers(1, 5)), max_size=5))
def test_the_latest_part_is_always_where_it_says(parts: list[tuple[str, int, int]]) -> None:
    linecache.cache.clear()
    for text, line, column in parts:
        buffers.remember_part(Source(text, "/no/such", line=line, column=column))
        assert "".join(linecache.getlines("/no/such")[line - 1 :])[column - 1 :].startswith(text)


@pytest.mark.parametrize("op", ["eval", "load"])
def test_inspect_finds_the_source_of_a_function_from_a_buffer(host: Host, op: str) -> None:
    source = "def from_buffer():\n    return 'unsaved'\n"
    key = "code" if op == "eval" else "source"
    host.ask(op, file="/no/such/buffer.py", lang="python", **{key: source})
    assert host.eval("import inspect; inspect.getsource(from_buffer)")["value"] == repr(source)


def test_basilisp_finds_the_source_of_a_function_from_a_buffer(host: Host) -> None:
    host.eval("(defn buffered [x]\n  (str :unsaved x))", file="/no/such/b.lpy", line=12, lang="basilisp", ns="user")
    *before, _ = host.answers(host.start("(source buffered)", lang="basilisp", ns="user"))
    assert ":unsaved" in "".join(each["text"] for each in before)


def test_a_traceback_shows_the_line_of_the_buffer(host: Host) -> None:
    host.eval("def in_buffer():\n    return 1 / 0  # this line", file="/no/such/t.py", line=30)
    code = "import traceback\ntry: in_buffer()\nexcept ZeroDivisionError: text = traceback.format_exc()\ntext"
    shown = host.eval(code)["value"]
    assert "line 31, in in_buffer" in shown
    assert "# this line" in shown
