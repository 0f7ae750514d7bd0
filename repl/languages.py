"""What the terminal must know of a language to help with typing it. What the language means, the device knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from repl import clojure_forms, python_forms


@dataclass(frozen=True, slots=True)
class Language:
    """Functions over text; each takes what stands before the cursor, but for is_complete and form_at."""

    name: str
    """As the bridge calls it."""
    prompt: str
    """What comes between the namespace and what is typed."""
    suffix: str
    """Of its files."""
    lexer: str
    """Pygments' name for it."""
    is_complete: Callable[[str], bool]
    indentation: Callable[[str], int]
    call_at: Callable[[str], str]
    name_before: Callable[[str], str]
    form_at: Callable[[str, int], str]
    nothing: str
    """The value that an interactive interpreter does not show; empty when it shows all."""

    def name_at(self, before: str, after: str) -> str:
        """The name that the cursor stands in or at, else that of the call around it; empty when there is none."""
        name = self.name_before(before)
        for end in range(1, len(after) + 1):
            longer = self.name_before(before + after[:end])
            if len(longer) != len(name) + 1:
                break
            name = longer
        return name or self.call_at(before)


CLOJURE: Final = Language(
    name="basilisp",
    prompt="=> ",
    suffix=".lpy",
    lexer="clojure",
    is_complete=clojure_forms.is_complete,
    indentation=clojure_forms.indentation,
    call_at=clojure_forms.call_at,
    name_before=clojure_forms.name_before,
    form_at=clojure_forms.form_at,
    nothing="",
)
PYTHON: Final = Language(
    name="python",
    prompt=">>> ",
    suffix=".py",
    lexer="python",
    is_complete=python_forms.is_complete,
    indentation=python_forms.indentation,
    call_at=python_forms.call_at,
    name_before=python_forms.name_before,
    form_at=python_forms.form_at,
    nothing="None",
)
LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({each.name: each for each in (CLOJURE, PYTHON)})
"""By the name that the bridge has for them."""
