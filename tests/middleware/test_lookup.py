"""The conversations of `lookup`, `info`, `eldoc` and `classify-symbols`."""

from __future__ import annotations

import pytest

from middleware import lookup
from middleware.mirror import Mirror, Symbol
from middleware.request import Bencode, Message
from tests.middleware.fakes import FakeSession, replies_to, request_for, returned
from tests.middleware.mirrors import MIRROR


@pytest.fixture
def session() -> FakeSession:
    session = FakeSession()
    session.mirror = MIRROR
    session.ns = "shop.main"
    return session


@pytest.fixture
def python(session: FakeSession) -> FakeSession:
    session.language = "python"
    session.ns = "__main__"
    return session


def ask(session: FakeSession, op: str, sym: str, **keys: Bencode) -> Message:
    (reply,) = replies_to({"op": op, "sym": sym, **keys}, session)
    return reply


# info


@pytest.mark.parametrize("op", ["info", "cider/info"])
@pytest.mark.parametrize("key", ["sym", "symbol"])
def test_info_tells_all_that_is_known_in_one_message(session: FakeSession, op: str, key: str) -> None:
    (reply,) = replies_to({"op": op, key: "map", "ns": "shop.main"}, session)
    assert reply == {
        "name": "map",
        "ns": "basilisp.core",
        "type": "function",
        "doc": "Return a lazy sequence. Of (f x).",
        "arglists-str": "[f]\n[f coll]\n[f coll & colls]",
        "added": "0.1",
        "file": "file:///host/lib/basilisp/core.lpy",
        "line": 10,
        "column": 1,
        "status": ["done"],
    }


def test_info_of_a_macro_says_so(session: FakeSession) -> None:
    assert ask(session, "info", "defn")["macro"] == "true"


def test_info_of_a_special_form_has_its_forms(session: FakeSession) -> None:
    reply = ask(session, "info", "if")
    assert reply["special-form"] == "true"
    assert reply["forms-str"] == "(if test then else?)"
    assert "arglists-str" not in reply


def test_info_tells_since_when_something_is_deprecated(session: FakeSession) -> None:
    assert ask(session, "info", "str/join")["deprecated"] == "9.9"


@pytest.mark.parametrize("name", ["shop.main", "basilisp.string", "clojure.string"])
def test_info_of_a_namespace_leads_to_its_file(session: FakeSession, name: str) -> None:
    reply = ask(session, "info", name, ns=name)
    assert str(reply["file"]).startswith("file:///host/")
    assert reply["line"] == 1


def test_info_of_what_was_typed_in_a_repl_leads_to_that_buffer(session: FakeSession) -> None:
    reply = ask(session, "info", "typed")
    assert (reply["file"], reply["line"]) == ("*cider-repl shop*", 7)


def test_a_place_that_cannot_be_opened_is_not_told(session: FakeSession) -> None:
    session.files.missing.add("/p/shop/main.lpy")
    reply = ask(session, "info", "-main")
    assert not {"file", "line", "column"} & set(reply)
    assert reply["arglists-str"] == "[& args]"


def test_info_of_a_method_of_several_classes_gives_the_choice(session: FakeSession) -> None:
    reply = ask(session, "info", ".split")
    candidates = reply["candidates"]
    assert isinstance(candidates, dict)
    assert set(candidates) == {"builtins.str", "builtins.bytes"}
    assert candidates["builtins.str"] == {
        "name": "split",
        "ns": "builtins.str",
        "type": "method",
        "doc": "Split it.",
        "arglists-str": "(self, /, sep=None, maxsplit=-1)",
    }


@pytest.mark.parametrize("sym", [{"member": "split"}, {"sym": "split"}, {"sym": ".split"}])
def test_info_of_a_member_of_a_class(session: FakeSession, sym: Message) -> None:
    (reply,) = replies_to({"op": "info", "class": "python/str", **sym}, session)
    assert reply["ns"] == "builtins.str"


@pytest.mark.parametrize("sym", ["", ":key", "nothing", "\x00", "(", "/", "//", "a" * 10_000])
def test_info_of_what_nobody_knows_is_no_info_and_no_error(session: FakeSession, sym: str) -> None:
    session.mirror = Mirror()
    assert ask(session, "info", sym) == {"status": ["done", "no-info"]}


def test_info_without_a_name_is_no_info(session: FakeSession) -> None:
    (reply,) = replies_to({"op": "info", "sym": [], "symbol": 0}, session)
    assert reply == {"status": ["done", "no-info"]}


def test_a_python_session_reads_names_as_python(python: FakeSession) -> None:
    reply = ask(python, "info", "thing.method", ns="user")
    assert (reply["ns"], reply["name"], reply["arglists-str"]) == ("__main__.Thing", "method", "(self, x: int = 3)")


def test_the_language_of_the_request_wins(session: FakeSession) -> None:
    assert ask(session, "info", "Thing", lang="python")["file"] == "file:///host/p/a%20b.py"


# What understands Python beyond the mirror


class OnePythonName:
    """Knows `local`, which the device never told, after the source that it was made with."""

    def __init__(self, source: object) -> None:
        self.source = source

    async def complete(self, *_: object) -> list[object]:
        raise AssertionError

    async def lookup(self, source: object, symbol: str, mirror: Mirror, ns: str) -> Symbol | None:
        assert source is self.source
        return Symbol("local", "variable", doc="A local.", file="/here/x.py", line=4) if symbol == "local" else None


def test_python_that_the_mirror_does_not_know_is_asked_for_on_the_host(python: FakeSession) -> None:
    descriptor = lookup.middleware(OnePythonName(python.python_source))  # type: ignore[arg-type]  # completes nothing

    async def inner(_: object) -> Message:
        raise AssertionError

    handler = descriptor.wrap(inner, {})
    reply = returned(handler(request_for({"op": "info", "sym": "local"}, python, [])))
    assert (reply["doc"], reply["file"], reply["line"]) == ("A local.", "file:///here/x.py", 4)
    assert returned(handler(request_for({"op": "info", "sym": "other"}, python, []))) == {"status": ["no-info"]}


# lookup


def test_lookup_has_the_shape_of_nrepl(session: FakeSession) -> None:
    assert ask(session, "lookup", "str/join") == {
        "info": {
            "name": "join",
            "ns": "basilisp.string",
            "arglists": "([coll] [sep coll])",
            "arglists-str": "([coll] [sep coll])",
            "deprecated": "9.9",
        },
        "status": ["done"],
    }


def test_lookup_of_what_nobody_knows_is_an_empty_list(session: FakeSession) -> None:
    assert ask(session, "lookup", "nothing") == {"info": [], "status": ["done"]}


def test_lookup_in_a_namespace_that_is_not_there_is_an_error(session: FakeSession) -> None:
    reply = ask(session, "lookup", "map", ns="nowhere")
    assert reply["status"] == ["error", "lookup-error", "done"]
    assert reply["message"] == "No namespace: nowhere"


def test_lookup_without_a_name_is_an_error(session: FakeSession) -> None:
    (reply,) = replies_to({"op": "lookup"}, session)
    assert reply["status"] == ["error", "lookup-error", "done"]


# eldoc


@pytest.mark.parametrize("op", ["eldoc", "cider/eldoc"])
def test_eldoc_tells_how_to_call_a_function(session: FakeSession, op: str) -> None:
    assert ask(session, op, "str/join") == {
        "name": "join",
        "ns": "basilisp.string",
        "type": "function",
        "eldoc": [["coll"], ["sep", "coll"]],
        "status": ["done"],
    }


@pytest.mark.parametrize(("sym", "type_"), [("defn", "macro"), ("if", "special-form"), ("math/sqrt", "function")])
def test_eldoc_tells_what_is_called(session: FakeSession, sym: str, type_: str) -> None:
    assert ask(session, "eldoc", sym)["type"] == type_


def test_eldoc_of_a_variable_has_its_documentation(session: FakeSession) -> None:
    assert ask(session, "eldoc", "price") == {
        "name": "price",
        "ns": "shop.main",
        "type": "variable",
        "docstring": 'In "cents".\nNot euros.',
        "status": ["done"],
    }


def test_eldoc_of_what_nobody_knows_has_a_type_all_the_same(session: FakeSession) -> None:
    assert ask(session, "eldoc", "nothing") == {"type": "variable", "status": ["done", "no-eldoc"]}


def test_eldoc_of_a_method_of_several_classes_names_them(session: FakeSession) -> None:
    reply = ask(session, "eldoc", ".split")
    assert (reply["class"], reply["member"]) == (["builtins.bytes", "builtins.str"], "split")
    assert reply["eldoc"] == [["self"], ["self", "/", "sep=None", "maxsplit=-1"]]
    assert "ns" not in reply


def test_eldoc_of_a_python_call(python: FakeSession) -> None:
    assert ask(python, "eldoc", "Thing.method(")["eldoc"] == [["self", "x: int = 3"]]


# classify-symbols


def test_operators_are_classified(session: FakeSession) -> None:
    names: list[Bencode] = ["if", "defn", "map", "str/join", "nothing", "shop.main"]
    (reply,) = replies_to({"op": "cider/classify-symbols", "symbols": names}, session)
    kinds = {"if": "special", "defn": "macro", "map": "function", "str/join": "function"}
    assert reply == {"classification": kinds, "status": ["done"]}


def test_what_is_no_list_of_names_is_refused(session: FakeSession) -> None:
    (reply,) = replies_to({"op": "cider/classify-symbols", "symbols": "map"}, session)
    assert reply["status"] == ["error", "bad-symbols", "done"]
