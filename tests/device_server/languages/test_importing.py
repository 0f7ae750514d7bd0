"""What importer.py asks of every language."""

from __future__ import annotations

from device_server.languages.basilisp_importing import BasilispImporting
from device_server.languages.importing import Importing
from device_server.languages.python_importing import PythonImporting


def test_code_of_one_language_is_never_taken_for_anothers() -> None:
    languages: list[Importing] = [PythonImporting(), BasilispImporting()]
    assert len({language.compiler for language in languages}) == len(languages)
