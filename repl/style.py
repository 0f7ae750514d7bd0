"""How things look: the classes that the terminal's parts give to text."""

from __future__ import annotations

from typing import Final

from prompt_toolkit.styles import BaseStyle, Style, merge_styles
from prompt_toolkit.styles.defaults import default_pygments_style, default_ui_style

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


def style() -> BaseStyle:
    """prompt_toolkit's own, pygments' default, and ours."""
    return merge_styles([default_ui_style(), default_pygments_style(), _OURS])
