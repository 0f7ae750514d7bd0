"""How things look: the classes that the terminal's parts give to text."""

from __future__ import annotations

from typing import Final

from prompt_toolkit.styles import BaseStyle, Style, merge_styles
from prompt_toolkit.styles.defaults import default_ui_style

_OURS: Final = Style.from_dict({
    "prompt.device": "ansibrightblack",
    "prompt.ns": "bold ansigreen",
    "prompt.away": "ansired",
    "continuation": "ansibrightblack",
    "out": "",
    "err": "ansired",
    "error": "ansired bold",
    "warning": "ansiyellow",
    "message": "ansicyan",
    "code": "",
    "caret": "ansired bold",
    "bottom-toolbar": "noreverse bg:#303030 #c0c0c0",
    "bottom-toolbar.name": "bold",
    "bottom-toolbar.busy": "ansiyellow",
    "completion-menu.meta.completion.current": "bold",
})  # fmt: skip

_CODE: Final = Style.from_dict({
    "pygments.comment": "ansibrightblack",
    "pygments.keyword": "ansimagenta",
    "pygments.keyword.constant": "ansicyan",
    "pygments.literal.number": "ansicyan",
    "pygments.literal.string": "ansigreen",
    "pygments.literal.string.symbol": "ansiyellow",
    "pygments.name.builtin": "bold",
    "pygments.name.class": "bold",
    "pygments.name.decorator": "ansiyellow",
    "pygments.name.exception": "bold",
    "pygments.name.function": "bold",
    "pygments.operator.word": "ansimagenta",
})  # fmt: skip
"""The terminal's own colours, by pygments' names of tokens: fit for a dark background and for a light one."""


def style() -> BaseStyle:
    """prompt_toolkit's own, and ours."""
    return merge_styles([default_ui_style(), _CODE, _OURS])
