"""The toolkit as users have it: both languages, on a real device, and no Pillow before something is drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from device_server import views
from device_server.views import typefaces
from device_server.views.difference import difference
from docs import pictures
from tests.device_server.device import Host
from tests.device_server.views.golden import THRESHOLD, drawn_with_what

BASILISP = """
(import [device_server.views :as v] [device_server.views.scene :as scene] [device_server.views.state :as state]
        [device_server.views.touch :as touch])
(defn row [item] (-> (v/HStack (v/Text (:title item)) (v/Spacer) (v/Text "x")) (.padding ** :vertical 4)))
(defn counter []
  (let [n (v/State 0)]
    (v/VStack (-> (v/Text (str "Count " @n)) (.font :title ** :weight :bold) (.foreground :accent))
              (v/Button "Add" #(swap! n inc))
              (when false (v/Text "no"))
              (v/ForEach [{:id 1 :title "a"} {:id 2 :title "b"}] row ** :key :id)
              (map #(v/Text %) ["y" "z"])
              ** :spacing 4 :alignment :leading)))
(def store (state/Store))
(touch/touch (scene/render counter store) (touch/Target ** :label "Add") (touch/Gesture))
(vec (map #(.-label %) (python/list (.all (.elements (scene/render counter store))))))
"""


@pytest.mark.slow
def test_a_view_in_basilisp_has_states_modifiers_and_children(host: Host) -> None:
    answer = host.ask("eval", code=BASILISP, lang="basilisp")
    assert answer["op"] == "result", answer
    assert answer["value"] == '[nil "Count 1" "Add" "a" "x" "b" "x" "y" "z"]'


@pytest.mark.slow
def test_a_mistake_in_basilisp_is_told_what_is_valid(host: Host) -> None:
    code = '(import [device_server.views :as v]) (.font (v/Text "x") :titel)'
    assert "valid are: large_title, title" in host.ask("eval", code=code, lang="basilisp")["error"]


WITHOUT_PILLOW = """
import sys
sys.modules["PIL"] = None
from device_server import views as v
from device_server.views.display import display
assert display(3) is None and display([1]) is None
text = v.Text("a").padding()
try:
    display(text)
except ModuleNotFoundError as error:
    print(error)
"""


def test_without_pillow_there_are_values_and_views_but_no_pictures() -> None:
    command = [sys.executable, "-c", WITHOUT_PILLOW]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "Views are drawn with Pillow, which this Python does not have: pip install pillow\n"


def test_all_that_is_public_is_there_and_in_the_guide(project_root: Path) -> None:
    guide = (project_root / "docs/views.md").read_text()
    for name in views.__all__:
        assert hasattr(views, name)
        assert f"`{name}" in guide or f"v.{name}" in guide, f"docs/views.md does not tell of {name}"


@pytest.mark.skipif(not typefaces.HAS_RAQM, reason="The pictures of the guide are drawn with Raqm: install libfribidi")
def test_the_pictures_of_the_docs_are_what_their_code_draws(project_root: Path) -> None:
    guide = dict(pictures.examples())
    drawn = guide | dict(pictures.previews())
    assert set(drawn) == {path.stem for path in pictures.FOLDER.glob("*.png")}
    assert (project_root / "docs/views.md").read_text().count("](pictures/") == len(guide)
    for name, picture in drawn.items():
        found = difference((pictures.FOLDER / f"{name}.png").read_bytes(), picture.data, THRESHOLD)
        assert found.is_same, f"{name}: make docs. {drawn_with_what()}"
