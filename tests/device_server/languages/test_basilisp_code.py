"""Forms laid out as code."""

from __future__ import annotations

import pytest

from tests.device_server.device import Host


def laid_out(host: Host, code: str, width: int) -> str:
    """The form, which has no macro in it."""
    answer = host.ask("macroexpand", code=code, expander="macroexpand-1", lang="basilisp", print={"width": width})
    return str(answer["expansion"])


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("(f a b)", ["(f a b)"]),
        ("(let* [the-first 1 the-second 2] (f))", ["(let* [the-first 1", "       the-second 2]", "  (f))"]),
        ("(some-function argument-1 argument-2)", ["(some-function argument-1", "               argument-2)"]),
        (
            "{:key-number-1 (f a b c d e f)}",
            [
                "{:key-number-1 (f a",
                "                  b",
                "                  c",
                "                  d",
                "                  e",
                "                  f)}",
            ],
        ),
        ("[aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbb]", ["[aaaaaaaaaaaaaaaa", " bbbbbbbbbbbbbbb]"]),
        ("(fn* named [x] (do-something x y))", ["(fn* named [x]", "  (do-something x y))"]),
        ("(if condition? (then a) (else b))", ["(if condition?", "  (then a)", "  (else b))"]),
        ("'(quoted aaaaaaaa bbbbbbbbbbbbb)", ["'(quoted aaaaaaaa", "         bbbbbbbbbbbbb)"]),
        ("((aaaaaaaaaaaaaaa 1) bbbbbbbbbbbb)", ["((aaaaaaaaaaaaaaa 1)", " bbbbbbbbbbbb)"]),
        ("(averyveryverylongoperatorname x)", ["(averyveryverylongoperatorname x)"]),
        ("#{:only-member-of-this-very-long-set}", ["#{:only-member-of-this-very-long-set}"]),
    ],
)
def test_what_does_not_fit_is_broken_as_clojure_is_written(host: Host, code: str, lines: list[str]) -> None:
    assert laid_out(host, code, 28).splitlines() == lines


@pytest.mark.parametrize("code", ["'a", "#'a", "@a", "'(a @b)", "(f 'a #'b)", '"é\\n"', ":k", "()", "[]", "{}", "#{}"])
def test_short_forms_are_written_short(host: Host, code: str) -> None:
    assert laid_out(host, code, 80) == code


def test_a_form_that_is_deep_is_laid_out_in_time(host: Host) -> None:
    code = "(f " * 60 + "x" + ")" * 60
    assert laid_out(host, code, 80).count("(f") == 60
