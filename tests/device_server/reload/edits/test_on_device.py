"""Each edit of the table on the real device: files are saved, a bridge sends them, a worker has the state."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.device_server.reload.edits import editor
from tests.device_server.reload.edits.editor import Editor
from tests.device_server.reload.edits.table import Edit, edits


@pytest.fixture(scope="module")
def open_editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with editor.editor(tmp_path_factory.mktemp("project")) as opened:
        yield opened


@pytest.mark.parametrize("edit", edits(), ids=str)
def test_an_edit_reaches_the_device(edit: Edit, open_editor: Editor) -> None:
    assert editor.faults(edit, open_editor) == []
