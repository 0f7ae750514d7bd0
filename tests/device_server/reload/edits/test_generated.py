"""Whatever is edited, and in whatever order: the program does what a fresh interpreter does, and counts on."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from device_server.reload.python_apply import PythonReloads
from tests.device_server.reload.edits.generated import Choice, choices, text
from tests.device_server.reload.edits.program import Program

DESCRIBE = """
import inspect
def attempt(call, *arguments):
    try:
        result = call(*arguments)
        return [*map(str, result)] if inspect.isgenerator(result) else repr(result)
    except Exception as error:
        return type(error).__name__
def calls(function):
    return attempt(function), attempt(function, 3)
def instance(thing):
    return calls(thing.f), calls(thing.g) if hasattr(thing, "g") else None, getattr(thing, "n", None)
def describe(thing):
    if isinstance(thing, list):
        return [*map(describe, thing)]
    if inspect.isfunction(thing):
        return calls(thing), inspect.signature(thing), thing.__doc__
    if inspect.isclass(thing) and hasattr(thing, "RED"):
        return [*thing]
    if inspect.isclass(thing):
        made = thing()
        if hasattr(thing, "p"):
            return made.n, str(attempt(made.p)) if callable(made.p) else made.p
        does = instance(made) if hasattr(made, "f") else (made.x, repr(made)[:7])
        return [each.__name__ for each in thing.__mro__], does
    return thing
def world():
    same = {"COUNT", "step", "add", "make", "dataclass", "NamedTuple", "Enum"}
    return {name: describe(value) for name, value in sorted(vars(m).items()) if name[0] != "_" and name not in same}
"""
"""What a module can do, as far as its names can be called."""

HELD = "held = m.f, m.decorated, m.Base(), m.Derived(), m.make(3)\n"
BY_HOLDERS = "describe(held[0]), describe(held[1]), instance(held[2]), instance(held[3]), describe(held[4])"
AFRESH = "describe(m.f), describe(m.decorated), instance(m.Base()), instance(m.Derived()), describe(m.make(3))"
STILL_ONE = "held[0] is m.f, held[1] is m.decorated, type(held[2]) is m.Base, type(held[3]) is m.Derived"


@given(st.lists(choices, min_size=2, max_size=6))
@settings(max_examples=30)
def test_edits_at_random_leave_what_a_fresh_interpreter_would_make(versions: list[Choice]) -> None:
    first, *later = map(text, versions)
    with Program({"m.py": later[-1]}) as fresh:
        fresh.start(DESCRIBE)
        world, objects = fresh.probe(["world()", AFRESH])
    with Program({"m.py": first}) as program:
        reloads = PythonReloads(program.loaded)
        program.start(DESCRIBE + HELD)
        for count, version in enumerate(later, 1):
            program.probe(["m.step()"])
            answer = program.save({"m.py": version}, reloads)
            assert answer.error == ""
            assert program.probe(["m.COUNT"]) == [str(count)], answer
        assert program.probe(["world()", BY_HOLDERS]) == [world, objects]
        assert program.probe([STILL_ONE]) == ["(True, True, True, True)"]
