"""What is told of a file's views and previews."""

from __future__ import annotations

from middleware.view_sources import Parameter, Preview, View


def test_a_view_that_needs_nothing_can_be_hosted_as_it_is() -> None:
    told = View("rows", 3, (Parameter("title", "'Things'", "str"), Parameter("*items"))).told()
    assert (told["hostable"], told["why"]) == ("yes", "It can be called without arguments")
    assert told["parameters"] == [{"name": "title", "default": "'Things'", "annotation": "str"}, {"name": "*items"}]


def test_a_view_that_needs_arguments_says_which() -> None:
    told = View("row", 3, (Parameter("item"), Parameter("size"), Parameter("color"))).told()
    assert (told["hostable"], told["why"]) == ("needs-args", "It needs item, size and color: host a call of it")


def test_a_preview_has_its_place_in_the_file() -> None:
    told = Preview("Empty", "empty", 7, ("dark", "size=320x480")).told(2)
    assert told == {"name": "Empty", "function": "empty", "index": 2, "line": 7, "traits": ["dark", "size=320x480"]}
