"""A whole tree: it stands in the middle of the picture, and every kind of node has its rules."""

from __future__ import annotations

from device_server import views as v
from device_server.views import elements as e
from device_server.views.controls import Track
from device_server.views.geometry import Size
from device_server.views.layout import KINDS, ideal_size
from device_server.views.modifiers import Marked, Modifier, Styled
from device_server.views.state import Store
from device_server.views.traits import Traits
from device_server.views.tree import evaluate
from tests.device_server.views.layouts import Letters, laid


def test_the_outermost_view_stands_in_the_middle() -> None:
    assert laid(v.Text("abcd"), 100, 60).frame == (30, 20, 40, 20)


def test_a_view_in_a_width_is_as_high_as_it_likes() -> None:
    root = evaluate(v.VStack(v.Text("abc def"), v.Text("g"), spacing=0), Store(), Traits())
    assert ideal_size(root, 50, Letters(), Traits()) == Size(30, 60)


def test_there_are_rules_for_all_that_a_tree_is_made_of() -> None:
    built_of_others = {e.Button, e.Toggle, e.TextField, e.Slider, e.List, e.ScrollView, e.ForEach, e.Container}
    drawn = {kind for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, v.Element)}
    assert drawn - built_of_others - {v.Element} | {Track} <= set(KINDS)
    assert set(Modifier.__args__) - {Styled, Marked} <= set(KINDS)
