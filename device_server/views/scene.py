"""A view drawn for its traits: evaluated, laid out, painted. The one place where all of it comes together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from device_server.views import accessibility, elements, imaging, paint, typefaces
from device_server.views.accessibility import Accessible
from device_server.views.geometry import Size
from device_server.views.layout import ideal_size, lay_out
from device_server.views.negotiation import Placed
from device_server.views.pictures import Picture
from device_server.views.state import Store
from device_server.views.traits import MOST_PIXELS, Traits
from device_server.views.tree import Node, evaluate

if TYPE_CHECKING:
    from PIL import Image

FIT_WIDTH: Final = 390.0
"""How wide a view may be whose picture is to fit it."""
FIT_HEIGHT: Final = 4096.0
NOT_SHAPED: Final = (
    "Pillow has no Raqm here (is libfribidi installed?): right-to-left text is not drawn as it should be"
)
CUT: Final = f"The view is larger than {FIT_WIDTH:g}x{FIT_HEIGHT:g} points; the rest is not drawn"


@dataclass(frozen=True, slots=True)
class Scene:
    """What there is to be seen at one moment."""

    placed: Placed
    size: Size
    traits: Traits
    notices: tuple[str, ...] = ()
    """What is not as it should be, for a person."""

    def image(self) -> Image.Image:
        """As pixels."""
        return paint.paint(self.placed, self.size, self.traits)

    def picture(self) -> Picture:
        """As a PNG: the same bytes whenever the scene is the same."""
        return imaging.png(self.image(), self.traits.scale, self.notices)

    def elements(self) -> Accessible:
        """As it is told to those who do not see it."""
        return accessibility.told(self.placed, self.size)


def render(view: object, store: Store | None = None, traits: Traits | None = None) -> Scene:
    """Evaluate a view and lay it out; its states are those of the store, or start anew.

    Raises: what the view raises, and TypeError or ValueError for what is no view or is too much. The store is then as
    before.
    """
    traits = Traits() if traits is None else traits
    root = evaluate(view, Store() if store is None else store, traits)
    ruler = typefaces.Ruler(traits.scale)
    notices: tuple[str, ...] = (NOT_SHAPED,) if any(map(typefaces.unshaped, _texts(root))) else ()
    if isinstance(traits.size, Size):
        size = traits.size
    else:
        wanted = ideal_size(root, FIT_WIDTH, ruler, traits)
        most = min(FIT_HEIGHT, MOST_PIXELS / FIT_WIDTH / traits.scale**2)
        size = Size(min(max(1, ceil(wanted.width)), FIT_WIDTH), min(max(1, ceil(wanted.height)), most))
        notices += (CUT,) if wanted.width > size.width or wanted.height > size.height else ()
    return Scene(lay_out(root, size, ruler, traits), size, traits, notices)


def _texts(node: Node) -> Iterator[str]:
    if typefaces.HAS_RAQM:
        return
    if isinstance(node.what, elements.Text):
        yield node.what.content
    for child in node.children:
        yield from _texts(child)
