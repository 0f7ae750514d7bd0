"""The report that shows pictures side by side."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from bridge.golden_pictures import Comparison, Verdict
from bridge.golden_report import page

DIFFERENT = Comparison(
    Verdict.DIFFERENT, "app: <List>", "app/List.png", b"before", b"after", b"red", pixels=3, share=0.0123
)
FAILED = Comparison(Verdict.FAILED, "app: Form", "app/Form.png", b"before", error="<ValueError>")
SAME = Comparison(Verdict.SAME, "app: Chart", "app/Chart.png", b"same", b"same")


class Tags(HTMLParser):
    """What is opened and closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_each_difference_has_its_three_pictures_in_the_page_itself() -> None:
    html = page([DIFFERENT, SAME], [])
    assert re.findall(r"<figcaption>(\w+)", html) == ["approved", "now", "difference"]
    assert html.count("data:image/png;base64,") == 3
    assert not re.search(r"(src|href)=\"(?!data:)", html)
    assert "3 pixels, 1.23%" in html


def test_what_is_the_same_is_only_counted() -> None:
    html = page([DIFFERENT, SAME, FAILED], [])
    assert "2 of 3 pictures are not as approved" in html
    assert "Chart" not in html


def test_names_and_errors_are_no_markup() -> None:
    html = page([DIFFERENT, FAILED], [])
    assert "app: &lt;List&gt; looks different" in html
    assert "&lt;ValueError&gt;" in html


def test_another_renderer_is_told() -> None:
    assert "another renderer: pil 11, now 12" in page([DIFFERENT], ["pil 11, now 12"])
    assert "another renderer" not in page([DIFFERENT], [])


def test_every_tag_is_closed() -> None:
    tags = Tags()
    tags.feed(page([DIFFERENT, FAILED, SAME], ["pil 11, now 12"]))
    assert tags.open == []
