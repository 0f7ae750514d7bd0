"""Python modules and classes in a mirror."""

from __future__ import annotations

from device_server import wire
from middleware.mirror import Mirror, Symbol, apply
from middleware.python_members import attributes, called, class_called

WORLD: wire.Message = {
    "pkg": {
        "lang": "python",
        "symbols": {
            "sub": {"type": "module", "target": "pkg.sub"},
            "Alias": {"type": "class", "target": "pkg.sub.Thing"},
            "_own": {},
            "get_all": {"type": "function"},
        },
    },
    "pkg.sub": {"lang": "python", "symbols": {"Thing": {"type": "class", "members": {"run": {"type": "method"}}}}},
}
MIRROR = apply(Mirror(), WORLD, {})


def test_a_full_name_leads_to_a_module_a_class_or_nothing() -> None:
    thing = MIRROR.namespaces["pkg.sub"].symbols["Thing"]
    assert called(MIRROR, "pkg.sub") is MIRROR.namespaces["pkg.sub"]
    assert called(MIRROR, "pkg.sub.Thing") is thing
    assert called(MIRROR, "pkg.Alias") is thing
    assert called(MIRROR, "pkg.sub.Thing.run") == Symbol("run", "method")
    assert called(MIRROR, "pkg.nothing") is None
    assert called(MIRROR, "") is None
    assert class_called(MIRROR, "pkg.sub.Thing") is thing
    assert class_called(MIRROR, "nowhere.Thing") is None


def test_attributes_with_an_underscore_are_offered_when_it_is_typed() -> None:
    module = called(MIRROR, "pkg")
    assert [each.symbol.name for each in attributes(module, "")] == ["Alias", "get_all", "sub"]
    assert [each.symbol.name for each in attributes(module, "_")] == ["_own"]
    assert [each.symbol.name for each in attributes(module, "ga")] == ["get_all"]
    assert list(attributes(None, "")) == []
