"""One module, statement by statement. Whole edits are in test_python_apply.py."""

from __future__ import annotations

import pytest

from device_server.reload.python_module import class_at, mangled, run_body


class Outer:
    class Inner:
        x = 1


def test_classes_are_found_by_their_qualified_names() -> None:
    names = {"Outer": Outer, "Other": Outer, "n": 1}
    assert class_at(names, ("Outer", "Inner")) is Outer.Inner
    assert [class_at(names, (name,)) for name in ("Other", "n", "gone")] == [None] * 3


@pytest.mark.parametrize(
    ("name", "owner", "full"), [("__x", "_A", "_A__x"), ("__x__", "A", "__x__"), ("x", "A", "x"), ("__x", "_", "__x")]
)
def test_private_names_are_those_of_their_class(name: str, owner: str, full: str) -> None:
    assert mangled(name, owner) == full


def test_statements_run_as_in_the_body_of_the_class() -> None:
    namespace: dict[str, object] = {"__name__": "m", "n": 5}
    code = compile("class Inner:\n  y = x + n\n  def who(self): return __class__", "m.py", "exec").co_consts[0]
    bound = run_body(code, namespace, Outer.Inner)
    assert bound["y"] == 6
    assert bound["who"](None) is Outer.Inner  # type: ignore[operator]
