"""What requests for views say."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_server import wire
from device_server.hosting import requests
from device_server.hosting.refusal import RefusedError
from device_server.views import Text, Traits, VStack
from device_server.views.scene import render


def test_traits_are_names_of_presets_and_objects_the_later_first() -> None:
    found = requests.traits({"traits": ["dark", {"locale": "ar"}], "scale": 2}, Traits())
    assert (found.color_scheme, found.layout_direction, found.scale) == ("dark", "rtl", 2)
    assert requests.traits({}, found) == found


@pytest.mark.parametrize("named", ["neon", {"colour": "red"}, {"scale": 9}, [7], {"size": "0x0"}, {"size": [1e9, 1]}])
def test_wrong_traits_are_refused_with_the_valid_ones(named: wire.JSON) -> None:
    with pytest.raises(RefusedError, match=r"valid|Traits are|size is from"):
        requests.traits({"traits": named}, Traits())


def test_traits_are_told_as_json() -> None:
    assert requests.told(Traits())["size"] == [390.0, 844.0]
    assert requests.told(Traits(size="fit"))["size"] == "fit"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"mime": "image/tiff"}, "valid are: image/png, image/jpeg"),
        ({"quality": 50}, "Only a JPEG"),
        ({"mime": "jpeg", "quality": 100}, "from 1 to 95"),
        ({"scale": 9}, "Unknown scale"),
    ],
)
def test_a_snapshot_that_cannot_be_made_is_refused(message: wire.Message, text: str) -> None:
    with pytest.raises(RefusedError, match=text):
        requests.snapshot(message, Traits())


def test_a_snapshot_is_a_png_of_the_scale_of_the_view() -> None:
    assert requests.snapshot({}, Traits(scale=2))[::2] == ("image/png", 2)
    assert requests.snapshot({"mime": "jpg", "quality": 50, "scale": 3}, Traits()) == ("image/jpeg", 50, 3)


@pytest.mark.parametrize(
    "message",
    [{}, {"x": 1}, {"x": 1, "y": 2, "label": "a"}, {"label": "a", "kind": "type"}, {"label": "a", "kind": "swipe"}],
)
def test_a_touch_of_nothing_or_of_too_much_is_refused(message: wire.Message) -> None:
    with pytest.raises(RefusedError):
        requests.touch(message)


def test_elements_that_nest_deeper_than_messages_may_are_told_beside_each_other() -> None:
    view: object = Text("deepest")
    for number in range(35):
        view = VStack(view).identifier(f"level {number}")
    told = requests.elements(render(view), {})
    assert wire.Decoder().feed(wire.encode({"op": "result", "elements": told}))[0] == {"op": "result", "elements": told}
    assert "deepest" in str(told)


@pytest.mark.parametrize("masks", [[7], [[1, 2]], [["a", 1, 2, 3]]])
def test_masks_that_are_no_rectangles_are_refused(tmp_path: Path, masks: wire.JSON) -> None:
    with pytest.raises(RefusedError, match="A mask is an array"):
        requests.difference(tmp_path, "a", {"b": "b", "masks": masks})


@pytest.mark.parametrize("ref", ["../../etc/passwd", "", f"sha256-{'0' * 64}"])
def test_only_pictures_of_the_device_are_compared(tmp_path: Path, ref: str) -> None:
    with pytest.raises(RefusedError, match="picture"):
        requests.difference(tmp_path, ref, {"b": ref})
