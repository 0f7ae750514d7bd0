from __future__ import annotations

from repl.style import style


def test_errors_are_red_and_code_has_colours_of_the_terminals_own() -> None:
    looks = style()
    assert looks.get_attrs_for_style_str("class:err").color == "ansired"
    assert (looks.get_attrs_for_style_str("class:pygments.keyword").color or "").startswith("ansi")
