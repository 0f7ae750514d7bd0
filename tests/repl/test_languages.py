from __future__ import annotations

import pytest
from pygments.lexers import find_lexer_class_by_name

from repl.languages import CLOJURE, LANGUAGES, PYTHON, Language


def test_each_language_is_found_by_its_name_and_has_a_lexer() -> None:
    for name, language in LANGUAGES.items():
        assert language.name == name
        assert find_lexer_class_by_name(language.lexer)
        assert language.is_complete("1")


@pytest.mark.parametrize(
    ("language", "before", "after", "name"),
    [
        (CLOJURE, "(red", "uce-kv f)", "reduce-kv"),
        (CLOJURE, "(", "reduce f)", "reduce"),
        (CLOJURE, "(map inc ", "[1])", "map"),
        (CLOJURE, '(str "a', 'b")', "str"),
        (CLOJURE, "", "", ""),
        (PYTHON, "x = os.pa", "th.join(a)", "os.path.join"),
        (PYTHON, "print(", ")", "print"),
    ],
)
def test_the_name_at_the_cursor(language: Language, before: str, after: str, name: str) -> None:
    assert language.name_at(before, after) == name
