"""The page that shows approved pictures, pictures of now and their differences side by side, in one file."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from bridge.golden_pictures import Comparison, Verdict

_HEAD: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Views that look different</title>
<style>
  body { font: 15px system-ui, sans-serif; margin: 2em; color: #222; background: #f4f4f6 }
  section { background: white; border: 1px solid #ddd; border-radius: 8px; margin: 1em 0; padding: 1em }
  h2 { font-size: 1.1em; margin: 0 0 .5em }
  div { display: flex; flex-wrap: wrap; gap: 1em; align-items: flex-start }
  figure { margin: 0 }
  figcaption { color: #666; margin-bottom: .3em }
  img { border: 1px solid #ccc; max-width: 390px }
  .renderer { color: #a40 }
  pre { white-space: pre-wrap }
</style>
"""
_TITLES: Final = {
    Verdict.DIFFERENT: "looks different",
    Verdict.NEW: "is not approved yet",
    Verdict.GONE: "is a picture of no preview any more",
    Verdict.FAILED: "cannot be drawn",
}


def page(comparisons: Iterable[Comparison], renderer_changes: Sequence[str]) -> str:
    """HTML that needs no other file. Pictures that are the same are counted only."""
    shown = [*comparisons]
    return "\n".join([_HEAD, *_body(shown, renderer_changes), "</html>", ""])


def _body(comparisons: list[Comparison], renderer_changes: Sequence[str]) -> Iterator[str]:
    changed = [each for each in comparisons if each.verdict is not Verdict.SAME]
    yield f"<h1>{len(changed)} of {len(comparisons)} pictures are not as approved</h1>"
    if renderer_changes:
        said = escape("; ".join(renderer_changes))
        yield f'<p class="renderer">The approved pictures were drawn by another renderer: {said}.</p>'
    for each in changed:
        yield from _section(each)


def _section(each: Comparison) -> Iterator[str]:
    yield f"<section>\n<h2>{escape(each.what)} {_TITLES[each.verdict]}</h2>"
    if each.verdict is Verdict.DIFFERENT:
        yield f"<p>{each.pixels} pixels, {each.share:.2%}; {escape(each.file)}</p>"
    if each.error:
        yield f"<pre>{escape(each.error)}</pre>"
    yield "<div>"
    for caption, picture in (("approved", each.approved), ("now", each.now), ("difference", each.difference)):
        if picture is not None:
            data = b64encode(picture).decode()
            yield (
                f"<figure><figcaption>{caption}</figcaption>"
                f'<img alt="{caption}" src="data:image/png;base64,{data}"></figure>'
            )
    yield "</div>\n</section>"
