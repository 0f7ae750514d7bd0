"""The conversations about the project's files."""

from __future__ import annotations

import pytest

from tests.middleware.fakes import FakeSession, replies_to


@pytest.mark.parametrize("prefix", ["", "cider/"])
def test_the_classpath_is_a_list_of_folders(prefix: str) -> None:
    assert replies_to({"op": f"{prefix}classpath"}, FakeSession()) == [
        {"classpath": ["/p/src", "/p"], "status": ["done"]}
    ]


@pytest.mark.parametrize("prefix", ["", "cider/"])
def test_a_resource_is_found_by_its_name(prefix: str) -> None:
    (reply,) = replies_to({"op": f"{prefix}resource", "name": "logo.png"}, FakeSession())
    assert reply == {"resource-path": "/p/logo.png", "status": ["done"]}


def test_a_resource_that_is_not_there_has_no_path() -> None:
    assert replies_to({"op": "resource", "name": "nothing"}, FakeSession()) == [{"status": ["done"]}]


@pytest.mark.parametrize("prefix", ["", "cider/"])
def test_resources_are_listed_with_their_names_and_paths(prefix: str) -> None:
    (reply,) = replies_to({"op": f"{prefix}resources-list"}, FakeSession())
    assert reply["resources-list"] == [{"file": "/p/logo.png", "relpath": "logo.png"}]
