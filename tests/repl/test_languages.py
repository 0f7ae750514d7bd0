from __future__ import annotations

from pygments.lexers import find_lexer_class_by_name

from repl.languages import LANGUAGES


def test_each_language_is_found_by_its_name_and_has_a_lexer() -> None:
    for name, language in LANGUAGES.items():
        assert language.name == name
        assert find_lexer_class_by_name(language.lexer)
        assert language.is_complete("1")
