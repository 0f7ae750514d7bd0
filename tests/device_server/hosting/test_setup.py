"""The setup of a project's views."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator

import pytest

from device_server.hosting.setup import Setup
from device_server.views import Element, Text, VStack


@pytest.fixture
def make() -> Iterator[Callable[..., None]]:
    def make(**functions: object) -> None:
        module = types.ModuleType("preview_setup")
        vars(module).update(functions)
        sys.modules["preview_setup"] = module

    yield make
    sys.modules.pop("preview_setup", None)


def text() -> object:
    return Text("view")


def fail(*_: object) -> None:
    raise RuntimeError("no database")


def test_it_is_set_up_once_and_wraps_each_view(make: Callable[..., None]) -> None:
    calls: list[str] = []
    make(set_up=lambda: calls.append("set up"), wrap=VStack)
    setup = Setup.named("preview_setup")
    for _ in range(2):
        view, notices = setup.around(text)
        assert isinstance(view, VStack)
        assert notices == ()
    assert calls == ["set up"]


def test_one_that_fails_is_told_and_the_view_stays_as_it_is(make: Callable[..., None]) -> None:
    make(set_up=fail, wrap=VStack)
    view, notices = Setup.named("preview_setup").around(text)
    assert view is text
    assert "no database" in notices[0]


def test_a_wrap_that_fails_or_gives_no_view_is_told(make: Callable[..., None]) -> None:
    for wrap in (fail, lambda view: 7):
        make(wrap=wrap)
        view, notices = Setup.named("preview_setup").around(text)
        assert view is text
        assert "wrap has failed" in notices[0]


def test_a_module_that_there_is_not_is_told() -> None:
    assert "nowhere" in Setup.named("nowhere.at.all").notices[0]


def test_without_one_there_is_nothing_around_a_view() -> None:
    view, notices = Setup.named(None).around(text)
    assert not isinstance(view, Element)
    assert notices == ()
