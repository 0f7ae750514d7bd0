"""What a user may set of the inspector, in its own ops and in an `eval` that inspects. Pure."""

from __future__ import annotations

from typing import Final as Constant

from device_server import wire
from middleware.descriptor import Keys
from middleware.request import Request

_NUMBERS: Constant[Keys] = {
    "page-size": "Items of a page.",
    "max-atom-length": "Characters of what is no collection.",
    "max-coll-size": "Items of a collection within the one that is shown.",
    "max-nested-depth": "How deep collections within it are printed.",
    "max-value-length": "Characters of any one printed value.",
}
_FLAGS: Constant[Keys] = {
    "pretty-print": "Whether values are printed in several lines.",
    "sort-maps": "Whether the entries of maps are sorted by their keys.",
}
SETTINGS: Constant[Keys] = {**_NUMBERS, **_FLAGS}
"""They hold for what the session inspects later, too."""


def settings(request: Request) -> wire.Message:
    """What a request says of the inspector's settings, as the device takes it. Raises: Refusal."""
    told: wire.Message = {}
    for key in _NUMBERS:
        number = request.number(key)
        if number is not None and number > 0:
            told[key.replace("-", "_")] = number
    for key in _FLAGS:
        if key in request.message:
            told[key.replace("-", "_")] = request.flag(key)
    return told
