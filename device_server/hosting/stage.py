"""The stage of a worker: the one view that is hosted there, what it was asked to be, and what it looked like last.

Everything here runs code of the program. How long that may take, and what happens when it crashes, the supervisor sees
to. A request that fails leaves the view as it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from device_server import wire
from device_server.displaying import image
from device_server.hosting import copies, requests
from device_server.hosting.refusal import RefusedError
from device_server.languages import Language, Tell, Tool
from device_server.loaded import LoadedSources

if TYPE_CHECKING:
    from device_server.hosting.production import Production
    from device_server.views.pictures import Picture
    from device_server.views.scene import Scene
    from device_server.views.traits import Traits

_DRAWING_S: Final = 2.0
_perf_counter = time.perf_counter  # bound here: user code may replace it


@dataclass(frozen=True, slots=True)
class _Frame:
    """What was drawn last."""

    scene: Scene
    image: wire.Message
    """How answers refer to its picture."""
    notices: tuple[str, ...]


class Stage:
    """Hosts a view. Each tool is a request -> the keys of its `result`."""

    def __init__(
        self,
        languages: Mapping[str, Language],
        loaded: LoadedSources,
        folder: Path | None,
        send: Callable[[wire.Message], None],
    ) -> None:
        """`folder` is where pictures are handed in; `send` takes frames to the supervisor."""
        self._languages = languages
        self._loaded = loaded
        self.folder = folder
        self._send = send
        self._production: Production | None = None
        self._frame: _Frame | None = None
        self._has_told = False
        """Whether the supervisor knows that the frame is not what is."""
        self.tools: Mapping[str, Tool] = {
            "view-host": self._host,
            "view-render": self._render,
            "view-snapshot": self._snapshot,
            "view-configure": self._configure,
            "view-elements": self._elements,
            "view-touch": self._touch,
            "view-variants": self._variants,
            "view-diff": self._diff,
            "view-list": self._list,
        }

    def tell_staleness(self) -> None:
        """Let the supervisor know when what is shown is no longer what is."""
        if self._frame is not None and not self._has_told and self._hosted.store.is_stale:
            self._has_told = True
            self._send({"op": "stale"})

    def _host(self, message: wire.Message, tell: Tell) -> wire.Message:
        """Get a view ready: import what it needs, and compile it. It is not drawn yet."""
        from device_server.hosting.production import Production  # and the toolkit, which most workers never need

        production = Production.of(message, self._languages[str(message["lang"])], self._loaded)
        self._production, self._frame = production, None
        return {"name": production.name, "entries": [*production.modules], "traits": requests.told(production.traits)}

    def _render(self, message: wire.Message, tell: Tell) -> wire.Message:
        started = _perf_counter()
        frame = self._drawn(self._hosted, self._hosted.traits)
        self._frame = frame
        return {**_shown(frame), "ms": round((_perf_counter() - started) * 1000, 3)}

    def _snapshot(self, message: wire.Message, tell: Tell) -> wire.Message:
        """A picture of it as it is now, of another kind or scale perhaps; what is shown stays."""
        mime, quality, scale = requests.snapshot(message, self._hosted.traits)
        if scale == self._hosted.traits.scale:
            scene = self._current().scene
        else:
            scene = self._hosted.scene(replace(self._hosted.traits, scale=scale))
        return {"images": [self._handed_in(requests.encoded(scene, mime, quality))]}

    def _configure(self, message: wire.Message, tell: Tell) -> wire.Message:
        """Other traits; those that are not named stay."""
        traits = requests.traits(message, self._hosted.traits)
        frame = self._drawn(self._hosted, traits)
        self._hosted.traits, self._frame = traits, frame
        return {**_shown(frame), "traits": requests.told(traits)}

    def _elements(self, message: wire.Message, tell: Tell) -> wire.Message:
        return {"elements": requests.elements(self._current().scene, message)}

    def _touch(self, message: wire.Message, tell: Tell) -> wire.Message:
        from device_server.views.touch import TouchError, touch

        target, gesture = requests.touch(message)
        before = self._current()
        try:
            touched = touch(before.scene, target, gesture)
        except TouchError as error:
            raise RefusedError(str(error)) from error
        after = self._current()
        hit = {key: value for key, value in requests.element(touched.hit).items() if key != "children"}
        is_changed = after.image["ref"] != before.image["ref"]
        x, y = touched.point
        told: wire.Message = {"hit": hit, "point": {"x": x, "y": y}, "enabled": True, "changed": is_changed}
        return {**told, **_shown(after)}

    def _variants(self, message: wire.Message, tell: Tell) -> wire.Message:
        """Other traits, each drawn in a copy of this process; the view stays as it is."""
        wanted = requests.variants(message, self._hosted.traits)

        def draw(traits: Traits) -> wire.Message:
            return _shown(self._drawn(self._hosted, traits))

        limit = message.get("limit_ms")
        limit_s = limit / 1000 if isinstance(limit, int) else _DRAWING_S
        drawn = copies.results([partial(draw, traits) for traits in wanted], limit_s, os.cpu_count() or 1)
        told: list[wire.JSON] = [
            {"traits": requests.told(traits), **result} for traits, result in zip(wanted, drawn, strict=True)
        ]
        return {"variants": told}

    def _diff(self, message: wire.Message, tell: Tell) -> wire.Message:
        """Two pictures that the device keeps; without the first, what the view looks like now."""
        folder = self._needed_folder()
        before = message.get("a")
        if before is None:
            before = self._current().image["ref"]
        difference = requests.difference(folder, before, message)
        picture = difference.picture
        images: list[wire.JSON] = [] if picture is None else [image(folder, picture)]
        share, box = round(difference.ratio, 6), difference.box
        told: wire.Message = {"different": not difference.is_same, "pixels": difference.changed, "share": share}
        return {**told, "box": None if box is None else [*box], "images": images}

    def _list(self, message: wire.Message, tell: Tell) -> wire.Message:
        """The previews of what this worker has loaded."""
        from device_server.hosting.previews import of_loaded

        return {"previews": [each.told() for each in of_loaded(self._loaded, message.get("path"))]}

    @property
    def _hosted(self) -> Production:
        if self._production is None:
            raise RefusedError("No view is hosted in this worker")
        return self._production

    def _current(self) -> _Frame:
        """The frame of what is now."""
        if self._frame is None or self._hosted.store.is_stale:
            self._frame = self._drawn(self._hosted, self._hosted.traits)
        return self._frame

    def _drawn(self, production: Production, traits: Traits) -> _Frame:
        self._has_told = False
        scene = production.scene(traits)
        picture = scene.picture()
        return _Frame(scene, self._handed_in(picture), (*picture.notices, *production.notices))

    def _handed_in(self, picture: Picture) -> wire.Message:
        return image(self._needed_folder(), picture)

    def _needed_folder(self) -> Path:
        if self.folder is None:
            raise RefusedError("This device has no folder to keep pictures in")
        return self.folder


def _shown(frame: _Frame) -> wire.Message:
    keys: wire.Message = {"images": [frame.image]}
    return {**keys, "notices": [*frame.notices]} if frame.notices else keys
