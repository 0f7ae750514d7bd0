"""Views: what a program shows, said in a few lines. `from device_server import views as v`, in Basilisp
`(import [device_server.views :as v])`; docs/views.md is the guide.

These names need no Pillow; drawing does (scene.py).
"""

from __future__ import annotations

from device_server.views.element import Element, View
from device_server.views.elements import (
    Button,
    Circle,
    Divider,
    ForEach,
    Grid,
    HStack,
    Image,
    List,
    Rectangle,
    ScrollView,
    Slider,
    Spacer,
    Text,
    TextField,
    Toggle,
    VStack,
    ZStack,
)
from device_server.views.preview import preview
from device_server.views.state import State, current_traits
from device_server.views.traits import Traits

__all__ = [
    "Button", "Circle", "Divider", "Element", "ForEach", "Grid", "HStack", "Image", "List", "Rectangle", "ScrollView",
    "Slider", "Spacer", "State", "Text", "TextField", "Toggle", "Traits", "VStack", "View", "ZStack", "current_traits",
    "preview",
]  # fmt: skip
