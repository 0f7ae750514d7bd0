"""Which methods may be written at a place; most of it is in test_clojure_names.py."""

from __future__ import annotations

from device_server import wire
from middleware.clojure_context import place
from middleware.clojure_interop import members
from middleware.mirror import Mirror, Namespace, apply


def test_a_local_that_is_bound_to_itself_is_of_no_known_class() -> None:
    code = "(let [a b b a] (.__prefix__ a))"
    assert list(members(Mirror(), Namespace("user"), place(code), ".x")) == []


def test_the_methods_of_imported_modules_are_in_sight() -> None:
    told: wire.Message = {
        "lang": "python",
        "symbols": {"date": {"type": "class", "members": {"isoformat": {"type": "method"}}}},
    }
    mirror = apply(Mirror(), {"datetime": told, "user": {"imports": {"datetime": "datetime"}}}, {})
    (found,) = members(mirror, mirror.namespaces["user"], place(None), ".iso")
    assert (found.candidate, found.type, found.ns) == (".isoformat", "method", "date")
