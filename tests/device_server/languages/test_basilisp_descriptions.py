"""Basilisp's vars as they are told: forms are printed as they were written, within bounds, and no code runs."""

from __future__ import annotations

import pytest
from basilisp.lang import keyword as kw
from basilisp.lang import list as llist
from basilisp.lang import map as lmap
from basilisp.lang import reader, runtime
from basilisp.lang import symbol as sym

from device_server.languages.basilisp_descriptions import described_special_forms, described_var


def arglists(*texts: str) -> list[str]:
    """How argument lists, as they are read, are told."""
    forms = llist.list([form for text in texts for form in reader.read_str(text)])
    target = runtime.Var(runtime.Namespace(sym.symbol("nowhere")), sym.symbol("v"))
    target._meta = lmap.map({kw.keyword("arglists"): forms})
    target.bind_root(len)
    return list(described_var("v", target, None).get("arglists", []))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("[]", "[]"),
        ("[x & more]", "[x & more]"),
        ("[{:keys [a b] :or {a 1}}]", "[{:keys [a b] :or {a 1}}]"),
        ('["s" nil true 1 1.5 :k ns/s (f) #{1}]', '["s" nil true 1 1.5 :k ns/s (f) #{1}]'),
        ('[#"regex"]', "[...]"),
        ("[[[[[[[1]]]]]]]", "[[[[[[...]]]]]]"),
        (f"[{'x ' * 60}]", f"[{'x ' * 50}...]"),
        (f'["{"long" * 100}"]', f'["{"long" * 50}..."]'),
    ],
)
def test_an_arglist_is_told_as_it_was_written(written: str, told: str) -> None:
    assert arglists(written) == [told]


def test_what_is_no_arglist_is_left_out() -> None:
    assert arglists("[x]", "3", "(y)") == ["[x]"]


def test_special_forms_are_known() -> None:
    assert described_special_forms()["if"] == {"type": "special-form"}
