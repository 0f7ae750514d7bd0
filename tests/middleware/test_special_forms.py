"""The table of special forms, against the language that has them."""

from __future__ import annotations

from basilisp.lang import runtime

from middleware.special_forms import SPECIAL_FORMS


def test_the_table_has_the_special_forms_that_basilisp_has() -> None:
    assert set(SPECIAL_FORMS) == {str(form) for form in runtime._SPECIAL_FORMS}


def test_every_special_form_is_documented_with_the_forms_it_takes() -> None:
    for name, form in SPECIAL_FORMS.items():
        assert form.doc
        assert all(each.startswith(f"({name.replace('.-', '.')}"[:2]) and each.endswith(")") for each in form.arglists)
