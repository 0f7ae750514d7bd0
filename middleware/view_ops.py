"""The table of view operations: what the device is asked, the nREPL ops `view-...` and the commands `tether view ...`
are all made from it. It serves none of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a parameter may be."""

    TEXT = auto()
    WHOLE = auto()
    """An integer, also one written as text."""
    NUMBER = auto()
    """A number; what bencode cannot carry comes as text."""
    TRAITS = auto()
    """Presets and traits: `dark,locale=ar`, a list of such texts, or a map."""
    VARIANTS = auto()
    """A list of what TRAITS takes."""
    MASKS = auto()
    """A list of rectangles, `x,y,width,height` or lists of four numbers."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One key of a request, and one argument or option of a command."""

    name: str
    kind: Kind
    doc: str
    is_needed: bool = False


@dataclass(frozen=True, slots=True)
class ViewOp:
    """One operation."""

    doc: str
    parameters: tuple[Parameter, ...]
    results: Mapping[str, str]
    """Key -> what it means."""
    is_on_host: bool = False
    """Whether the bridge answers, which has the source."""


_TEXT, _WHOLE, _NUMBER = Kind.TEXT, Kind.WHOLE, Kind.NUMBER
_VIEW: Final = Parameter("view", _TEXT, "The view's name, as `view-start` told it.", is_needed=True)
_TRAITS: Final = Parameter(
    "traits", Kind.TRAITS, "What it is drawn for: presets and traits, as in `dark,locale=ar`; docs/views.md has them."
)
_SIZE: Final = Parameter("size", _TEXT, "Of the picture in points, `390x844`, or `fit`.")
_SCALE: Final = Parameter("scale", _WHOLE, "Pixels per point: 1, 2 or 3.")
_EXPRESSION: Final = Parameter(
    "expression", _TEXT, "Code whose value is the view, such as `counter()` or `(counter)`; with path, as in that file."
)
_LANG: Final = Parameter("lang", _TEXT, "The language of the expression.")
_PATH: Final = Parameter("path", _TEXT, "A file with previews.")
_INDEX: Final = Parameter("index", _WHOLE, "Which preview of the file, from 0.")
_NAME: Final = Parameter("name", _TEXT, "The preview's name.")
_IMAGES: Final = "The pictures, each with ref, mime, width and height in points, scale, bytes, and path on the host."
_NOTICES: Final = "What is not as it should be."
_MS: Final = "How long it took."
_ERROR: Final = "what went wrong, if something did"

TABLE: Final[dict[str, ViewOp]] = {
    "list": ViewOp(
        "List the views and previews of the project, or of a file or folder of it, by reading the source.",
        (Parameter("path", _TEXT, "A file or a folder; otherwise the whole project."),),
        {
            "views": "Each with path, module, name, line, parameters (name, default, annotation), hostable (yes or "
            "needs-args) and why.",
            "previews": "Each with path, module, name, function, index, line and traits.",
            "problems": "The files that cannot be read, each with path and error.",
        },
        is_on_host=True,
    ),
    "start": ViewOp(
        "Host a view in a process of its own and draw it: an expression, or a preview of a file.",
        (
            _EXPRESSION,
            _LANG,
            _PATH,
            _INDEX,
            _NAME,
            _TRAITS,
            _SIZE,
            _SCALE,
        ),
        {
            "view": "The name of the view, for the other operations.",
            "name": "What it is called: the preview's name, or the expression.",
            "images": _IMAGES,
            "title": "What its window would be called.",
            "generation": "How often its code has begun anew.",
            "ms": _MS,
            "notices": _NOTICES,
        },
    ),
    "stop": ViewOp("Stop a hosted view; its process ends.", (_VIEW,), {"view": "The view that is stopped."}),
    "sessions": ViewOp(
        "List the views that are hosted.",
        (),
        {
            "views": "Each with view, name, expression or path, traits, size, scale, generation, state (live, stale or "
            f"crashed), images, and error: {_ERROR}."
        },
    ),
    "snapshot": ViewOp(
        "Draw a hosted view.",
        (
            _VIEW,
            Parameter("mime", _TEXT, "`image/png`, which it is unless told, or `image/jpeg`."),
            Parameter("quality", _WHOLE, "Of a JPEG, 1 to 95."),
            _SCALE,
        ),
        {"images": _IMAGES},
    ),
    "switch": ViewOp(
        "Show another preview of the file in a hosted view.",
        (_VIEW, _INDEX, _NAME),
        {"view": "The view.", "name": "Of the preview.", "images": _IMAGES, "notices": _NOTICES, "ms": _MS},
    ),
    "configure": ViewOp(
        "Draw a hosted view for other traits. Its state stays.",
        (_VIEW, _TRAITS, _SIZE, _SCALE),
        {"view": "The view.", "traits": "All it has now.", "images": _IMAGES, "notices": _NOTICES, "ms": _MS},
    ),
    "variants": ViewOp(
        "Draw a hosted view, or a preview, for several sets of traits. A hosted view stays as it is.",
        (
            Parameter("view", _TEXT, "The view's name, as `view-start` told it; else what `view-start` takes."),
            _EXPRESSION,
            _LANG,
            _PATH,
            _INDEX,
            _NAME,
            Parameter("variants", Kind.VARIANTS, "The sets, each as in `dark,locale=ar`.", is_needed=True),
        ),
        {"variants": f"Each with traits and images, or error: {_ERROR}."},
    ),
    "elements": ViewOp(
        "Tell what is on a hosted view, as for those who do not see it.",
        (_VIEW, Parameter("filter", _TEXT, "`all`, which it is unless told, `interactable` or `labeled`.")),
        {
            "elements": "Each with role, frame (x, y, width, height, in points), traits, point, where a tap lands, and "
            "perhaps label, value, identifier and children."
        },
    ),
    "touch": ViewOp(
        "Touch a hosted view: at a point, or what has an identifier, a label or a role.",
        (
            _VIEW,
            Parameter("x", _NUMBER, "Where, in points."),
            Parameter("y", _NUMBER, "Where, in points."),
            Parameter("identifier", _TEXT, "Of the element to touch."),
            Parameter("label", _TEXT, "Of the element to touch."),
            Parameter("role", _TEXT, "Of the element to touch."),
            Parameter("kind", _TEXT, "`tap`, which it is unless told, `long-press`, `swipe` or `type`."),
            Parameter("to", _TEXT, "Where a swipe goes: `up`, `down`, `left` or `right`."),
            Parameter("text", _TEXT, "What is typed."),
        ),
        {
            "hit": "The element that was touched.",
            "point": "Where, x and y.",
            "enabled": "Whether it was.",
            "changed": "Whether the picture is another one now.",
            "images": _IMAGES,
            "notices": _NOTICES,
        },
    ),
    "diff": ViewOp(
        "Compare a hosted view with a picture, or two pictures.",
        (
            Parameter("b", _TEXT, "The ref of the picture it is compared with.", is_needed=True),
            Parameter("view", _TEXT, "The view's name, as `view-start` told it; else a."),
            Parameter("a", _TEXT, "The ref of another picture."),
            Parameter("threshold", _WHOLE, "Parts of colours that differ by no more are equal, 0 to 255."),
            Parameter("masks", Kind.MASKS, "Rectangles in pixels, as `x,y,width,height`, in which nothing counts."),
        ),
        {
            "different": "Whether they differ.",
            "pixels": "How many pixels do.",
            "share": "Of all, from 0 to 1.",
            "images": "A picture of the difference, if there is one.",
        },
    ),
}
"""By name; the device and nREPL know each as `view-` and that."""

FLAGS: Final = frozenset({"different", "enabled", "changed"})
"""Keys of results, at any depth, that are true or false; over nREPL they are those words."""
NUMBERS: Final = frozenset({"x", "y", "width", "height", "ms", "share", "scale"})
"""Keys of results, at any depth, that are numbers; over nREPL those that are no integers are texts."""
