"""The stage of a worker, in this process: no crash here."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_server import wire
from device_server.hosting.refusal import RefusedError
from device_server.hosting.stage import Stage
from device_server.languages.python import Python
from device_server.languages.python_symbols import Modules
from device_server.loaded import LoadedSources

EXPRESSION = "(lambda v: v.Button('More', lambda: shared.update(len)) if shared.value != 'bad' else 7)(views)"


@pytest.fixture
def sent() -> list[wire.Message]:
    return []


@pytest.fixture
def stage(tmp_path: Path, sent: list[wire.Message]) -> Stage:
    (tmp_path / "incoming").mkdir()
    return Stage({"python": Python(Modules())}, LoadedSources(), tmp_path, sent.append)


def ask(stage: Stage, op: str, **message: wire.JSON) -> wire.Message:
    return stage.tools[op]({"lang": "python", **message}, lambda frame: None)


@pytest.mark.parametrize("op", ["view-render", "view-snapshot", "view-elements", "view-configure", "view-variants"])
def test_without_a_view_there_is_nothing_to_show(stage: Stage, op: str) -> None:
    with pytest.raises(RefusedError, match="No view is hosted"):
        ask(stage, op, variants=[])


def test_a_change_is_told_once_until_it_is_drawn(stage: Stage, sent: list[wire.Message]) -> None:
    from device_server import views
    from device_server.views import display

    shared = views.State("good")
    vars(display)["views"], vars(display)["shared"] = views, shared
    try:
        ask(stage, "view-host", expression=EXPRESSION, ns="device_server.views.display", size="fit")
        first = ask(stage, "view-render")
        stage.tell_staleness()
        assert sent == []
        shared.value = "bad"
        stage.tell_staleness()
        stage.tell_staleness()
        assert sent == [{"op": "stale"}]
        with pytest.raises(TypeError, match="A view is"):
            ask(stage, "view-render")
        shared.value = "good"
        assert ask(stage, "view-render")["images"] == first["images"]
    finally:
        del vars(display)["views"], vars(display)["shared"]


def test_the_previews_of_what_is_loaded_are_listed(stage: Stage) -> None:
    assert ask(stage, "view-list") == {"previews": []}
