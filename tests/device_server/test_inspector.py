"""Going through a value page by page, as CIDER's users do. Through a real worker."""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

import pytest

from device_server import wire
from device_server.inspector import ACTIONS
from tests.device_server.device import Answer, Host
from tests.device_server.pages import contents, elements, index, lines

CODE: Final = '{:items [1 [2 {:c "q"}]]}'


class Inspected:
    """The inspector of one session."""

    def __init__(self, host: Host, session: str, lang: str) -> None:
        self._host = host
        self.keys = {"session": session, "lang": lang}
        self.page = ""
        self.path = ""

    def begin(self, code: str, **options: object) -> str:
        """The page of what the code returns."""
        return self._show(self._host.eval(code, **self.keys, inspect=options))

    def do(self, action: str, **keys: object) -> str:
        """The page after an action."""
        return self._show(self.ask(action, **keys))

    def push(self, text: str) -> str:
        """The page of a value, known by how it is shown on this one."""
        return self.do("push", index=index(self.page, text))

    def ask(self, action: str, **keys: object) -> Answer:
        """The answer to an action."""
        return self._host.ask("inspect", action=action, **self.keys, **keys)

    def _show(self, answer: Answer) -> str:
        assert answer["op"] == "result", answer
        assert "value" in answer, answer
        self.page, self.path = answer["value"], answer["path"]
        return self.page


@pytest.fixture
def clojure(host: Host, request: pytest.FixtureRequest) -> Inspected:
    return Inspected(host, request.node.name, "basilisp")


@pytest.fixture
def python(host: Host, request: pytest.FixtureRequest) -> Inspected:
    return Inspected(host, request.node.name, "python")


def test_a_value_is_gone_into_and_come_back_from(clojure: Inspected) -> None:
    first = clojure.begin(CODE)
    assert contents(first) == [':items = [1 [2 {:c "q"}]]']
    assert contents(clojure.push('[1 [2 {:c "q"}]]')) == ["0. 1", '1. [2 {:c "q"}]']
    assert contents(clojure.push('[2 {:c "q"}]')) == ["0. 2", '1. {:c "q"}']
    clojure.push('{:c "q"}')
    clojure.push('"q"')
    assert clojure.path == ":items (nth 1) (nth 1) :c"
    assert contents(clojure.page, "Path") == [":items (nth 1) (nth 1) :c"]
    for _ in range(4):
        clojure.do("pop")
    assert lines(clojure.page) == lines(first)
    assert lines(clojure.do("pop")) == lines(first)


def test_what_no_code_leads_to_has_no_path(clojure: Inspected) -> None:
    clojure.begin("#{[1]}")
    clojure.push("[1]")
    assert clojure.path == ""
    clojure.push("1")
    assert clojure.path == ""


def test_pythons_values_are_reached_as_python_says(python: Inspected) -> None:
    python.begin("class Node:\n  def __init__(self): self.items = [{'a': (1, 2)}]\nNode()")
    for text in ("[{'a': (1, 2)}]", "{'a': (1, 2)}", "(1, 2)", "2"):
        python.push(text)
    assert python.path == ".items[0]['a'][1]"


def test_pages_follow_each_other_and_end(clojure: Inspected) -> None:
    assert contents(clojure.begin("(range 5)", page_size=2)) == ["0. 0", "1. 1", "..."]
    assert contents(clojure.do("next-page")) == ["...", "2. 2", "3. 3", "..."]
    last = clojure.do("next-page")
    assert contents(last) == ["...", "4. 4"]
    assert lines(clojure.do("next-page")) == lines(last)
    for _ in range(3):
        clojure.do("previous-page")
    assert contents(clojure.page) == ["0. 0", "1. 1", "..."]


def test_an_endless_sequence_has_no_last_page(clojure: Inspected) -> None:
    page = clojure.begin("(iterate inc 0)", page_size=3)
    assert contents(page, "Page Info") == ["Page size: 3, showing page: 1 of ?"]
    assert contents(clojure.do("next-page"))[1] == "3. 3"


def test_a_vector_says_how_many_pages_there_are(clojure: Inspected) -> None:
    page = clojure.begin("(vec (range 7))", page_size=3)
    assert contents(page, "Page Info") == ["Page size: 3, showing page: 1 of 3"]
    assert "Count: 7" in lines(page)


def test_coming_back_leads_to_the_page_that_was_left(clojure: Inspected) -> None:
    clojure.begin("(range 9)", page_size=2)
    page = clojure.do("next-page")
    clojure.push("3")
    assert lines(clojure.do("pop")) == lines(page)


def test_siblings_are_the_items_beside(clojure: Inspected) -> None:
    clojure.begin('["a" "b" "c"]', page_size=2)
    clojure.push('"a"')
    assert (contents(clojure.do("next-sibling"), "Print"), clojure.path) == (["b"], "(nth 1)")
    assert (contents(clojure.do("next-sibling"), "Print"), clojure.path) == (["c"], "(nth 2)")
    assert contents(clojure.do("next-sibling"), "Print") == ["c"]
    assert contents(clojure.do("previous-sibling"), "Print") == ["b"]
    clojure.do("next-sibling")
    assert contents(clojure.do("pop")) == ["...", '2. "c"']


def test_settings_change_the_page_and_stay_for_later_values(clojure: Inspected) -> None:
    clojure.begin('["abcdef" [1 2 3] [[[1]]]]')
    page = clojure.do("refresh", options={"max_atom_length": 3, "max_coll_size": 2, "max_nested_depth": 2})
    assert contents(page) == ['0. "abc..."', "1. [1 2 ...]", "2. [[#]]"]
    clojure.do("refresh", options={"page_size": 1})
    assert contents(clojure.begin("[1 2]")) == ["0. 1", "..."]


def test_what_is_no_setting_is_not_looked_at(clojure: Inspected) -> None:
    options: wire.Message = {"page_size": 0, "max_coll_size": "x", "sort_maps": 1, "pretty_print": "yes", "other": 1}
    assert contents(clojure.begin("[[1 2]]", **options)) == ["0. [1 2]"]


def test_maps_are_sorted_if_wanted(clojure: Inspected) -> None:
    code = "(zipmap (reverse [:a :b :c :d :e :f :g]) (range))"
    assert contents(clojure.begin(code, sort_maps=True))[:2] == [":a = 6", ":b = 5"]


def test_values_are_printed_in_lines_if_wanted(clojure: Inspected) -> None:
    clojure.begin("[(vec (repeat 5 (vec (repeat 5 :keyword))))]")
    page = clojure.do("toggle-pretty-print")
    row = "[:keyword :keyword :keyword :keyword :keyword]"
    assert contents(page) == [f"0. [{row}", *[row] * 3, f"{row}]"]
    assert "  " + 4 * " " + row in lines(page)
    assert len(contents(clojure.do("toggle-pretty-print"))) == 1


def test_a_value_can_be_seen_as_a_mere_object(python: Inspected) -> None:
    python.begin("class Numbers(list): pass\nn = Numbers([1]); n.name = 'x'; n")
    assert contents(python.page) == ["0. 1"]
    assert contents(python.do("toggle-view-mode"), "Attributes") == ["name = 'x'"]
    assert contents(python.do("toggle-view-mode")) == ["0. 1"]


def test_a_value_gets_a_name(host: Host, clojure: Inspected, python: Inspected) -> None:
    clojure.begin("[1 2]")
    clojure.do("define", ns="user", name="kept")
    assert host.eval("user/kept", lang="basilisp")["value"] == "[1 2]"
    python.begin("{3: 4}")
    python.do("define", ns="__main__", name="kept")
    assert host.eval("kept")["value"] == "{3: 4}"


@pytest.mark.parametrize(("ns", "name"), [("no.such", "x"), ("user", "a b"), ("user", ""), ("user", "a/b")])
def test_a_name_that_cannot_be_is_refused(clojure: Inspected, ns: str, name: str) -> None:
    clojure.begin("1")
    assert "refused" in clojure.ask("define", ns=ns, name=name)


def test_the_value_is_printed_whole(clojure: Inspected) -> None:
    clojure.begin("(vec (range 100))", page_size=2)
    assert clojure.ask("print")["value"].endswith(" 98 99]")
    answer = clojure.ask("print", print={"quota": 9})
    assert (answer["value"], answer["truncated"]) == ("[0 1 2 3 ", True)


def test_the_last_error_its_causes_and_their_data_can_be_inspected(host: Host, clojure: Inspected) -> None:
    inner, outer = '(throw (ex-info "inner" {:b 2}))', '(throw (ex-info "outer" {:a 1}))'
    host.eval(f"(try {inner} (catch python/Exception _ {outer}))", **clojure.keys)
    assert contents(clojure.do("last-exception"), "Causes") == [
        "ExceptionInfo: outer {:a 1}",
        "ExceptionInfo: inner {:b 2}",
    ]
    assert "Message: inner {:b 2}" in lines(clojure.do("last-exception", index=1))
    assert contents(clojure.do("last-exception", index=1, options={"data": True})) == [":b = 2"]
    assert "refused" in clojure.ask("last-exception", index=2)


def test_a_session_without_an_error_has_none_to_inspect(clojure: Inspected) -> None:
    assert clojure.ask("last-exception")["refused"] == "There is no error 0 to inspect"


@pytest.mark.parametrize("action", sorted({*ACTIONS, "print"} - {"clear"}))
def test_without_a_page_there_is_nothing_to_go_on_from(clojure: Inspected, action: str) -> None:
    assert "Inspect a value first" in clojure.ask(action)["refused"]


def test_an_index_of_an_older_page_is_refused(clojure: Inspected) -> None:
    old = index(clojure.begin("[10 20]"), "20")
    clojure.begin("[30 40]")
    assert clojure.ask("push", index=old)["refused"] == f"The page that is shown now has no value {old}"


def test_an_unknown_action_is_refused(clojure: Inspected) -> None:
    clojure.begin("1")
    assert clojure.ask("dance")["refused"] == "Unknown action: dance"


def test_clearing_lets_go_of_the_values(host: Host, python: Inspected) -> None:
    python.begin("class Thing: pass\nimport weakref\nthing = Thing()\nseen = weakref.ref(thing)\nthing")
    host.eval("del thing; _ = None")
    python.do("clear")
    assert lines(python.page) == ["Value: None"]
    host.eval("0", **python.keys)  # `_`
    assert host.eval("import gc; gc.collect(); seen() is None")["value"] == "True"


def test_sessions_and_languages_do_not_meet(host: Host, clojure: Inspected) -> None:
    other = Inspected(host, "other", "python")
    other.begin("[1]")
    clojure.begin("[2]")
    assert contents(other.do("refresh")) == ["0. 1"]
    assert contents(clojure.do("refresh")) == ["0. 2"]


def test_after_a_rewind_there_is_no_page_of_what_was_undone(host: Host, clojure: Inspected) -> None:
    clojure.begin("[1]")
    assert host.ask("rewind", steps=1)["op"] == "result"
    assert "Inspect a value first" in clojure.ask("refresh")["refused"]


def test_a_crash_leaves_the_pages_of_before_it(host: Host, clojure: Inspected) -> None:
    """Those that a kept copy has; else there is none to go on from."""
    clojure.begin("[1 2]")
    stale = index(clojure.page, "2")
    host.eval("import os; os.kill(os.getpid(), 9)")
    answer = clojure.ask("push", index=stale)
    assert "Value: 2" in lines(answer["value"]) if "value" in answer else "Inspect" in answer["refused"]


def test_drawing_can_be_interrupted(host: Host, python: Inspected) -> None:
    code = "class Slow:\n  def __repr__(self):\n    print('printing')\n    while True: pass\nSlow()"
    number = host.start(code, **python.keys, inspect={})
    host.wait_for_text("printing")
    host.ask("interrupt", target=number)
    assert host.answer(number)["type"] == "interrupted"


@pytest.mark.skipif(shutil.which("emacs") is None, reason="there is no Emacs")
def test_emacs_reads_what_is_shown(python: Inspected) -> None:
    page = python.begin("['a\"b\\\\c\\nd', '\\x00\\x1b é 😀 ?\\\\ #( ;', {'(': \"'\"}]")
    code = '(progn (set-language-environment "UTF-8") (prin1 (mapcar #\'identity (read-from-minibuffer "" nil nil t))))'
    process = subprocess.run(["emacs", "-Q", "--batch", "--eval", code], input=page, capture_output=True, text=True)
    assert [text for text, _ in elements(process.stdout)] == [text for text, _ in elements(page)], process.stderr
