"""Values of Basilisp as they are printed at the REPL: Clojure's text, within the quota. Through a real worker."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.device_server.device import Answer, Host, running


@pytest.fixture(scope="module")
def shared() -> Iterator[Host]:
    """One connection for all examples."""
    with running() as device, device.connect("out", "values") as host:
        yield host


def printed(host: Host, code: str, quota: int = 200) -> Answer:
    answer = host.eval(code, lang="basilisp", print={"quota": quota})
    assert answer["op"] == "result", answer
    return answer


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("(range)", "(0 1 2 3"),
        ("(iterate inc 0)", "(0 1 2"),
        ("(repeat (range))", "((0 1 2"),
        ("[(range) (range)]", "[(0 1 2"),
        ("{:a (range)}", "{:a (0 1 2"),
        ("#{(vec (repeat 10000 1))}", "#{[1 1 1"),
        ("(repeat (python/list (range 1000)))", ""),
        ('(apply str (repeat 10000 "x"))', '"xxx'),
        ('(repeat (apply str (repeat 10000 "x")))', '("xxx'),
        ("(vec (range 10000))", "[0 1 2"),
    ],
)  # fmt: skip
def test_what_is_endless_or_huge_is_cut_and_said_to_be(shared: Host, code: str, text: str) -> None:
    answer = printed(shared, code)
    assert answer["value"].startswith(text)
    assert (len(answer["value"]), answer["truncated"]) == (200, True)


@pytest.mark.parametrize(
    "code",
    ["nil", "true", ":a/b", "'sym", "[1 2 3]", "{:a 1}", "#{1}", "(list 1 [2 {:b nil}])", "1.5", '"é"', "()", "[]"],
)  # fmt: skip
def test_what_fits_is_printed_whole(shared: Host, code: str) -> None:
    """With exactly room enough, too."""
    shown = printed(shared, code, 10_000)
    assert "truncated" not in shown
    exact = printed(shared, code, len(shown["value"]))
    assert exact["value"] == shown["value"]
    assert "truncated" not in exact


def literal(value: object) -> str:
    """A value in Clojure's syntax, as Clojure prints it."""
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
        return f'"{escaped}"'
    if isinstance(value, list):
        return f"[{' '.join(map(literal, value))}]"
    return (
        {None: "nil", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(value)
    )


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text('aé😀"\\\n\t ', max_size=8),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=8,
)


@given(value=values)
def test_a_literal_is_printed_as_it_was_written(shared: Host, value: object) -> None:
    text = literal(value)
    answer = printed(shared, text, max(1, len(text)))
    assert (answer["value"], answer.get("truncated")) == (text, None)


@given(value=values, quota=st.integers(1, 30))
def test_a_cut_value_is_within_the_quota(shared: Host, value: object, quota: int) -> None:
    text = literal(value)
    answer = printed(shared, text, quota)
    assert len(answer["value"]) <= quota
    assert answer.get("truncated", False) == (len(text) > quota)


def test_the_quota_holds_for_the_value_only(shared: Host) -> None:
    """Not for what the code prints, nor for the next eval."""
    number = shared.start("(println (range 100)) (pr-str (range 100))", lang="basilisp", print={"quota": 10})
    *outs, result = shared.answers(number)
    assert "99)" in "".join(each.get("text", "") for each in outs)
    assert len(result["value"]) == 10
    assert printed(shared, "(count (pr-str (range 100)))")["value"] == "291"


@pytest.mark.parametrize("lang", ["python", "basilisp"])
def test_a_repr_that_raises_is_an_ordinary_error(shared: Host, lang: str) -> None:
    shared.eval("class Broken:\n  def __repr__(self): raise ZeroDivisionError('in repr')")
    code = {"python": "[Broken()]", "basilisp": "[(python/eval \"__import__('sys').modules['__main__'].Broken()\")]"}[
        lang
    ]
    answer = shared.eval(code, lang=lang)
    assert (answer["op"], answer["type"], answer["ex"]) == ("error", "runtime", "ZeroDivisionError")


def test_a_repr_that_recurses_is_an_ordinary_error(shared: Host) -> None:
    answer = shared.eval("class Deep:\n  def __repr__(self): return repr(self)\nDeep()")
    assert (answer["op"], answer["ex"]) == ("error", "RecursionError")


def test_a_repr_that_prints_prints_before_the_value(shared: Host) -> None:
    number = shared.start("class Loud:\n  def __repr__(self): print('loud'); return 'value'\nLoud()")
    out, result = shared.answers(number)
    assert (out["text"].strip(), result["value"]) == ("loud", "value")


def test_a_repr_that_blocks_can_be_interrupted(shared: Host) -> None:
    number = shared.start("class Slow:\n  def __repr__(self):\n    print('busy')\n    while True: pass\nSlow()")
    shared.wait_for_text("busy")
    assert shared.ask("interrupt", target=number)["op"] == "interrupted"
    assert shared.answer(number)["type"] == "interrupted"


def test_a_python_list_within_itself_is_printed(shared: Host) -> None:
    shared.eval("ring = [1]; ring.append(ring)")
    assert shared.eval("ring")["value"] == "[1, [...]]"
    answer = shared.eval(
        "(python/eval \"__import__('sys').modules['__main__'].ring\")", lang="basilisp", print={"quota": 50}
    )
    assert answer["op"] in ("result", "error")
    assert printed(shared, "(+ 1 2)")["value"] == "3"


def test_another_thread_that_prints_meanwhile_has_no_quota(shared: Host) -> None:
    """A value whose own printing waits for the thread."""
    shared.eval(
        "from basilisp.lang import runtime, vector\n"
        "import concurrent.futures\n"
        "class Waits:\n"
        "  def __repr__(self):\n"
        "    with concurrent.futures.ThreadPoolExecutor() as pool:\n"
        "      self.seen = len(pool.submit(runtime.lrepr, vector.vector(range(100))).result())\n"
        "    return 'waits'\n"
        "waits = Waits()"
    )
    code = '(.-waits (get sys/modules "__main__"))'
    printed(shared, f"(import sys) [{code}]", 10)
    assert shared.eval("waits.seen")["value"] == "291"


def pretty(host: Host, code: str, **options: object) -> str:
    answer = host.eval(code, lang="basilisp", print={"pretty": True, **options})
    assert answer["op"] == "result", answer
    return str(answer["value"])


def test_a_pretty_value_has_the_lines_that_clojure_users_expect(shared: Host) -> None:
    code = '[{:name "a"} (list 1 2) #{:k} #py [1 #py {"k" [1 2]}]]'
    assert pretty(shared, code, width=24) == '[{:name "a"}\n (1 2)\n #{:k}\n #py [1\n      #py {"k" [1 2]}]]'
    assert pretty(shared, "{:key [100 200 300]}", width=15) == "{:key\n [100 200 300]}"
    assert pretty(shared, "(vec (range 8))", width=10) == "[0\n 1\n 2\n 3\n 4\n 5\n 6\n 7]"


@given(value=values, width=st.integers(1, 60))
def test_a_pretty_value_without_its_lines_is_the_plain_one(shared: Host, value: object, width: int) -> None:
    text = literal(value)
    assert re.sub(r"\n *", " ", pretty(shared, text, width=width)) == text


@pytest.mark.parametrize("code", ["(range)", "(iterate inc 0)", "(repeat (range))", "{:a (range)}", "[(range)]"])
def test_a_pretty_value_that_is_endless_is_cut_at_the_quota(shared: Host, code: str) -> None:
    answer = shared.eval(code, lang="basilisp", print={"pretty": True, "quota": 200, "width": 40})
    assert (len(answer["value"]), answer["truncated"]) == (200, True)


def test_metadata_is_printed_when_the_program_says_so(shared: Host) -> None:
    assert pretty(shared, "(with-meta [1] {:a 1})") == "[1]"
    shared.eval("(set! *print-meta* true)", lang="basilisp", session="meta")
    answer = shared.eval("(with-meta [1] {:a 1})", lang="basilisp", session="meta", print={"pretty": True})
    assert answer["value"] == "^{:a 1} [1]"


def test_length_and_level_of_a_request_win_over_the_programs_settings(shared: Host) -> None:
    shared.eval("(set! *print-length* 1)", lang="basilisp", session="limits")
    keys = {"lang": "basilisp", "session": "limits"}
    assert shared.eval("[1 2 3]", **keys)["value"] == "[1 ...]"
    assert shared.eval("[1 2 3]", **keys, print={"length": 2})["value"] == "[1 2 ...]"
    assert shared.eval("[1 2 3]", **keys, print={"length": 2, "pretty": True})["value"] == "[1 2 ...]"
    assert shared.eval("[[[1]]]", **keys, print={"level": 2})["value"] == "[[#]]"
    assert shared.eval("*print-length*", **keys, print={"length": 2})["value"] == "1"


def test_atoms_are_shortened_each_by_itself(shared: Host) -> None:
    code = '["abcdef" 123456 :abcdef [1 2 3 4] nil]'
    answer = shared.eval(code, lang="basilisp", print={"atom": 3})
    assert answer["value"] == '["abc..." 123... :ab... [1 2 3 4] nil]'
