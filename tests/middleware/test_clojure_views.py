"""The views and previews of Clojure files, by their text alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from middleware.clojure_views import read
from middleware.view_sources import NOTHING, Parameter

NS = "(ns app (:import [device_server.views :as v]))\n"


def views(code: str, head: str = NS) -> list[str]:
    return [each.name for each in read(head + code).views]


@pytest.mark.parametrize(
    "body",
    [
        '(v/Text "a")',
        '(-> (v/Text "a") .padding)',
        '(.padding (.bold (v/Text "a")))',
        '(let [a 1] (print a) (v/Text "a"))',
        '(when a (v/Text "a"))',
        '(if a nil (v/Text "a"))',
        '(device_server.views/Text "a")',
    ],
)
def test_what_ends_with_an_element_is_a_view(body: str) -> None:
    assert views(f'(defn card "It is a card." [a] {body})') == ["card"]


@pytest.mark.parametrize("body", ['(str "a")', "(v/State 0)", '(w/Text "a")', '(v/Text "a") nil', "a", "", "(do)"])
def test_what_ends_otherwise_is_none(body: str) -> None:
    assert views(f"(defn card [a] {body})") == []


@pytest.mark.parametrize("head", ["(import [device_server.views :as v])", NS])
def test_the_toolkit_is_called_what_the_file_calls_it(head: str) -> None:
    assert views('(defn card [] (v/Text "a"))', head) == ["card"]


def test_what_is_marked_is_a_view() -> None:
    assert views("(defn ^:view a [] (b)) (defn ^:preview c [] (b)) (defn ^{:preview false} d [] (b))") == ["a", "c"]


def test_parameters_are_told_and_the_rest_is_not_needed() -> None:
    (view,) = read(NS + "(defn ^:view card [title {:keys [a b]} & more] nil)").views
    assert view.parameters == (Parameter("title"), Parameter("{:keys [a b]}"), Parameter("& more"))
    assert view.told()["why"] == "It needs title and {:keys [a b]}: host a call of it"


def test_of_several_arities_the_one_counts_that_needs_least() -> None:
    (view,) = read(NS + '(defn card ([a] (v/Text a)) ([] (card "a")))').views
    assert view.told()["hostable"] == "yes"


def previews(marks: str) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(each.name, each.function, each.traits) for each in read(f"{NS}(defn {marks} [] (card))").previews]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("^:preview empty-list", [("empty-list", ())]),
        ("^{:preview true} empty-list", [("empty-list", ())]),
        ('^{:preview "Empty"} empty-list', [("Empty", ())]),
        ('empty-list {:preview "Empty"}', [("Empty", ())]),
        ('empty-list "It is empty." {:preview "Empty"}', [("Empty", ())]),
        ('^{:preview ["Empty" :dark {:size "320x480"}]} empty-list', [("Empty", ("dark", "size=320x480"))]),
        (
            '^{:preview [["Empty"] ["Large" :xx-large {:size [320 480] :color-scheme :dark}]]} empty-list',
            [("Empty", ()), ("Large", ("xx_large", "size=320x480", "color_scheme=dark"))],
        ),
        ("empty-list", []),
    ],
)
def test_previews_are_marked_in_the_metadata(marks: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert previews(marks) == [(name, "empty-list", traits) for name, traits in expected]


def test_a_preview_is_where_its_name_is() -> None:
    (preview,) = read(NS + '(defn\n ^{:preview "Empty"}\n empty-list [] (card))').previews
    assert preview.line == 3


def test_a_file_without_the_toolkit_has_none() -> None:
    assert read("(defn ^:preview a [])") is NOTHING


@given(st.text(alphabet='(defn ^{:preview} v/Text [a])"\n', max_size=80))
def test_any_text_is_read(code: str) -> None:
    read(NS + code)
    read(f"{NS}(defn ^:preview {code}")
