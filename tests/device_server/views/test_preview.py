"""Previews are marks on functions; what is marked is checked at once."""

from __future__ import annotations

import importlib

import pytest

from device_server import views as v
from device_server.views.preview import Preview, of_metadata, preview, previews


def test_a_function_keeps_its_previews_and_stays_what_it_is() -> None:
    @preview("Light")
    @preview("Small and dark", "dark", size="320x480")
    def screen() -> object:
        return v.Text("a")

    assert previews(screen) == (
        Preview("Light", {}),
        Preview("Small and dark", {"color_scheme": "dark", "size": (320, 480)}),
    )
    assert isinstance(screen(), v.Text)
    assert previews(print) == ()


@pytest.mark.parametrize(
    ("arguments", "traits", "told"),
    [
        (("a", "night"), {}, "Unknown preset 'night'; valid are"),
        (("a",), {"scale": 9}, "valid are: 1, 2, 3"),
        (("a",), {"color": "x"}, "Unknown trait 'color'"),
        (("",), {}, "1 to 200 characters, not 0"),
    ],
)
def test_an_unknown_trait_is_refused_where_it_is_written(
    arguments: tuple[str, ...], traits: dict[str, object], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        preview(*arguments, **traits)


def test_two_previews_of_a_function_have_two_names() -> None:
    with pytest.raises(ValueError, match="are called 'a'"):
        preview("a")(preview("a")(lambda: v.Text("")))


DARK: dict[str, object] = {"color_scheme": "dark"}


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ("true", [Preview("empty-list", {})]),
        ("nil", []),
        ("false", []),
        ('"Empty"', [Preview("Empty", {})]),
        (":empty", [Preview("empty", {})]),
        ('["Empty" :dark {:size [320 480]}]', [Preview("Empty", {**DARK, "size": (320, 480)})]),
        ('[["Empty"] ["Dark" :dark]]', [Preview("Empty", {}), Preview("Dark", DARK)]),
    ],
)
def test_metadata_of_basilisp_says_previews(metadata: str, expected: list[Preview]) -> None:
    importlib.import_module("basilisp.main").init()
    (form,) = importlib.import_module("basilisp.lang.reader").read_str(metadata)
    assert [*of_metadata("empty-list", form)] == expected


def test_a_basilisp_function_has_the_previews_of_its_metadata() -> None:
    def screen() -> object:
        return v.Text("a")

    vars(screen)["meta"] = {"name": "screen", "preview": True}  # as Basilisp sets it
    assert previews(screen) == (Preview("screen", {}),)
    vars(screen)["meta"] = {"name": "screen"}
    assert previews(screen) == ()


@pytest.mark.parametrize(
    ("mark", "told"), [(["a", "night"], "Unknown preset"), ([], "1 to 200"), (["a", {"b": 1}], "trait")]
)
def test_metadata_is_checked_as_well(mark: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        of_metadata("f", mark)
