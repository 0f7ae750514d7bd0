"""Codes before and after: which is which."""

from __future__ import annotations

from types import CodeType

from device_server.reload.python_codes import CodePair, by_place, children, docstring, moved, nested, references, same


def code(text: str) -> CodeType:
    return compile(text, "p", "exec", dont_inherit=True)


def test_functions_and_classes_are_found_by_name_and_first_line() -> None:
    found = by_place(
        code("@d\ndef f():\n  def g(): pass\nclass A:\n  def f(self): pass\n  class B:\n    def f(self): pass")
    )
    assert sorted(found) == [("A", 4), ("B", 6), ("f", 1), ("f", 5), ("f", 7)]


def test_the_same_code_elsewhere_is_the_same() -> None:
    text = "def f(x):\n  return [lambda: x for y in x]"
    one, other = code(text), code("\n\n" + text)
    assert one != other
    assert same(children(one)[0], children(other)[0])
    assert moved(children(one)[0], 2) == children(other)[0]
    assert not same(children(one)[0], children(code(text.replace("return", "yield")))[0])
    assert not same(children(code("def f(): return 1"))[0], children(code("def f(): return True"))[0])


def test_nested_functions_are_paired_by_name_then_by_what_they_do() -> None:
    old = code("def a(): return 1\nf = lambda: 1\ng = lambda: 2\ndef b(): pass")
    new = code("g = lambda: 2\ndef a(): return 2")
    pairs = [(pair.old.co_name, pair.new and children(new).index(pair.new)) for pair in nested(old, new)]
    assert pairs == [("a", 1), ("<lambda>", None), ("<lambda>", 0), ("b", None)]


def test_the_holders_of_code_are_counted() -> None:
    namespace: dict[str, object] = {}
    exec(code("def f(): 'Text.'"), namespace)
    function = namespace["f"]
    pair = CodePair(function.__code__, None)  # type: ignore[attr-defined]
    assert references(pair) == 1
    assert docstring(pair.old) == "Text."
    held = [pair.old, pair.old]
    assert references(pair) == 1 + len(held)
