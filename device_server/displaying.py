"""Pictures of the values that evals give: made in the worker, handed in, and told of beside the printed value.

A value that has no look costs a few look-ups: nothing is imported for it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from device_server import wire
from device_server.image_store import hand_in
from device_server.languages import reports

if TYPE_CHECKING:
    from device_server.views.pictures import Picture

_METHODS: Final = ("_repr_mimebundle_", "_repr_png_", "_repr_jpeg_", "_repr_svg_", "_repr_html_")
_KINDS: Final = (("device_server.views.element", "Element"), ("matplotlib.axes", "Axes"))
"""Where a class is whose instances have a look, but none of the methods."""


class Displays:
    """Shows values that can be seen."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is where pictures are handed in; None when the device can keep none."""
        self.folder = folder

    def show(self, value: object) -> wire.Message:
        """The keys that an answer has for a value besides its printed text: `images`, or `notices` when that failed.

        Raises: KeyboardInterrupt.
        """
        try:
            if not _may_have_a_look(value):
                return {}
            from device_server.views.display import display

            picture = display(value)
            return {} if picture is None else self._told(picture)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of the value's own code: it has been evaluated, and is printed
            return {"notices": [f"This value has no picture: {reports.text_of(error)}"]}

    def _told(self, picture: Picture) -> wire.Message:
        if self.folder is None:
            return {"notices": ["This value has a picture, but the device has no folder to keep it in"]}
        keys: wire.Message = {"images": [image(self.folder, picture)]}
        return {**keys, "notices": [*picture.notices]} if picture.notices else keys


def image(folder: Path, picture: Picture) -> wire.Message:
    """Hand in a picture; how answers refer to it. Raises: ValueError, OSError."""
    told: wire.Message = {"ref": hand_in(folder, picture.data), "mime": picture.mime, "scale": picture.scale}
    if picture.width is not None and picture.height is not None:
        told |= {"width": round(picture.width / picture.scale), "height": round(picture.height / picture.scale)}
    return told


def _may_have_a_look(value: object) -> bool:
    kind = type(value)
    if issubclass(kind, type):
        return False
    return any(hasattr(kind, name) for name in _METHODS) or any(
        issubclass(kind, getattr(module, name)) for path, name in _KINDS if (module := sys.modules.get(path))
    )
