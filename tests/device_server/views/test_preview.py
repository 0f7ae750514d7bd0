"""Previews are marks on functions; what is marked is checked at once."""

from __future__ import annotations

import pytest

from device_server import views as v
from device_server.views.preview import Preview, preview, previews


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
