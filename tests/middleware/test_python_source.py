"""What a session keeps of the Python that it has evaluated."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from middleware.python_source import LIMIT_CHARS, LIMIT_FILES_CHARS, PythonSource


def test_code_is_kept_in_order_for_each_module() -> None:
    source = PythonSource()
    source.add("x = 1")
    source.add("y = 2", "app.main")
    source.add("x = 3")
    assert (source.typed(), source.typed("app.main")) == (["x = 1", "x = 3"], ["y = 2"])


def test_of_much_code_the_latest_is_kept() -> None:
    source = PythonSource()
    source.add("a" * 10)
    source.add("b" * (LIMIT_CHARS - 10))
    assert len(source.typed()) == 2
    source.add("c")
    assert source.typed() == ["b" * (LIMIT_CHARS - 10), "c"]


def test_code_beyond_the_limit_drives_nothing_out() -> None:
    source = PythonSource()
    source.add("x = 1")
    source.add("y" * (LIMIT_CHARS + 1))
    assert source.typed() == ["x = 1"]


def test_a_file_has_the_text_of_its_last_load() -> None:
    source = PythonSource()
    source.load("/p/a.py", "x = 1")
    source.load("/p/a.py", "x = 2")
    assert source.files() == {"/p/a.py": "x = 2"}
    source.load("/p/a.py", "x" * (LIMIT_FILES_CHARS + 1))
    assert source.files() == {}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30))))
def test_what_is_kept_of_files_is_within_the_limit_and_the_latest(loads: list[tuple[str, int]]) -> None:
    source = PythonSource()
    unlimited: dict[str, str] = {}
    for path, tenths in loads:
        text = "x" * (tenths * LIMIT_FILES_CHARS // 20)
        unlimited.pop(path, None)
        unlimited[path] = text
        source.load(path, text)
    kept = source.files()
    assert sum(map(len, kept.values())) <= LIMIT_FILES_CHARS
    assert kept.items() <= unlimited.items()
