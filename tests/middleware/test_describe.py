"""What a server says of itself."""

from __future__ import annotations

import pytest

from middleware.describe import version
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to, whole_stack


def test_ops_is_a_dict_of_every_op_that_is_served() -> None:
    (reply,) = replies_to({"op": "describe"}, FakeSession())
    assert reply["ops"] == {op: {} for op in whole_stack().ops}


@pytest.mark.parametrize("yes", [1, "1", "true"])
def test_verbose_documents_every_op(yes: Bencode) -> None:
    (reply,) = replies_to({"op": "describe", "verbose?": yes}, FakeSession())
    ops = reply["ops"]
    assert isinstance(ops, dict)
    for described in ops.values():
        assert isinstance(described, dict)
        assert set(described) == {"doc", "requires", "optional", "returns"}
        assert described["doc"]


def test_it_tells_the_namespace_of_the_session() -> None:
    session = FakeSession()
    session.ns = "app.main"
    (reply,) = replies_to({"op": "describe"}, session)
    assert reply["aux"] == {
        "current-ns": "app.main", "lang": "basilisp", "languages": ["basilisp", "python"], "device": "local",
    }  # fmt: skip


def test_the_python_is_that_of_the_device() -> None:
    (reply,) = replies_to({"op": "describe"}, FakeSession())
    assert reply["versions"] == {"nrepl": version("1.7.0"), "python": version("3.11.2")}


def test_a_language_that_the_device_does_not_have_has_no_version() -> None:
    session = FakeSession()
    session.languages = ("python",)
    (reply,) = replies_to({"op": "describe"}, session)
    versions = reply["versions"]
    assert isinstance(versions, dict)
    assert set(versions) == {"nrepl", "python"}


@pytest.mark.parametrize(
    ("text", "numbers"), [("1.7.0", (1, 7, 0)), ("3.12.1rc2", (3, 12, 0)), ("2", (2, 0, 0)), ("1.2.3.4", (1, 2, 3))]
)
def test_a_version_has_three_numbers_and_a_text(text: str, numbers: tuple[int, int, int]) -> None:
    expected: Message = dict(zip(("major", "minor", "incremental"), numbers, strict=True))
    assert version(text) == {**expected, "version-string": text}
