"""The model of the state machine: what a worker remembers, and what each piece of code does to that. Pure."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from hypothesis import strategies as st

MODULES: Final = ("colorsys", "netrc", "stringprep")
"""Nobody else imports these."""


class Printed(str):
    """A Clojure value of which only the printed form matters."""


@dataclass
class World:
    """What the worker holds, as far as the rules touch it."""

    python: dict[str, object] = field(default_factory=dict)
    clojure: dict[str, object] = field(default_factory=dict)
    underscore: dict[str, object] = field(default_factory=dict)
    """Python's `_`, by session."""
    stars: dict[str, list[object]] = field(default_factory=dict)
    """Clojure's `*1 *2 *3`, by session."""
    dice: random.Random = field(default_factory=lambda: random.Random(0))
    modules: set[str] = field(default_factory=set)
    threads: list[str] = field(default_factory=list)

    def without_threads(self) -> World:
        """As a copy of the worker has it."""
        left = copy.deepcopy(self)
        left.threads.clear()
        return left


class Raised(Exception):
    """The code of a step raises; the text is the type of its error."""


@dataclass(frozen=True)
class Code:
    """Something to evaluate, and what it does to a world: the value, or Raised."""

    lang: str
    text: str
    effect: Callable[[World], object]


def clojure(value: object) -> str:
    """A value as Clojure prints it."""
    if isinstance(value, Printed):
        return str(value)
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(value, tuple):
        return f"[{' '.join(map(clojure, value))}]"
    return "nil" if value is None else str(value)


def outcome(code: Code, world: World, session: str) -> tuple[str, str]:
    """What the eval answers, `result` and the value or `error` and its type; the world is changed."""
    try:
        value = code.effect(world)
    except Raised as error:
        return "error", str(error)
    if code.lang == "python":
        if value is not None:
            world.underscore[session] = value
        return "result", repr(value)
    world.stars[session] = [value, *world.stars.get(session, [None, None, None])[:2]]
    return "result", clojure(value)


def excerpt(text: str) -> str:
    """As the device tells which eval was undone."""
    line = text.strip().split("\n", 1)[0]
    return line if line == text.strip() and len(line) <= 80 else f"{line[:80]} ..."


def known(names: dict[str, object], name: str, error: str) -> object:
    if name not in names:
        raise Raised(error)
    return names[name]


def _let(world_of: str, name: str, value: object, result: object = None) -> Callable[[World], object]:
    def effect(world: World) -> object:
        getattr(world, world_of)[name] = value
        return result

    return effect


def python_assignment(p: str, name: str, value: object) -> Code:
    return Code("python", f"{p}{name} = {value!r}", lambda world: world.python.update({name: copy.deepcopy(value)}))


def python_read(p: str, name: str) -> Code:
    return Code("python", f"{p}{name}", lambda world: known(world.python, name, "runtime"))


def python_append(p: str, name: str, value: int) -> Code:
    def effect(world: World) -> object:
        target = known(world.python, name, "runtime")
        if not isinstance(target, list):
            raise Raised("runtime")
        target.append(value)
        return target

    return Code("python", f"{p}{name}.append({value})\n{p}{name}", effect)


def python_next(p: str, name: str) -> Code:
    def effect(world: World) -> object:
        counter = known(world.python, f"iterator {name}", "runtime")
        assert isinstance(counter, list)
        counter[0] += 1
        return counter[0]

    return Code("python", f"next({p}iterator_{name})", effect)


def python_iterator(p: str, name: str, start: int) -> Code:
    def effect(world: World) -> None:
        world.python[f"iterator {name}"] = [start]

    return Code("python", f"import itertools; {p}iterator_{name} = itertools.count({start} + 1)", effect)


def python_function(p: str, name: str, step: int) -> Code:
    effect = _let("python", f"function {name}", step)
    return Code("python", f"def {p}function_{name}(x, *, step={step}):\n  return x + step", effect)


def python_call(p: str, name: str, argument: int) -> Code:
    def effect(world: World) -> object:
        step = known(world.python, f"function {name}", "runtime")
        assert isinstance(step, int)
        return argument + step

    return Code("python", f"{p}function_{name}({argument})", effect)


def python_import(module: str) -> Code:
    return Code("python", f"import {module}", lambda world: world.modules.add(module))


def python_modules() -> Code:
    text = f"import sys; sorted(each for each in {MODULES} if each in sys.modules)"
    return Code("python", text, lambda world: sorted(world.modules))


def python_seed(seed: int) -> Code:
    return Code("python", f"import random; random.seed({seed})", lambda world: world.dice.seed(seed))


def python_dice() -> Code:
    return Code("python", "import random; random.random()", lambda world: world.dice.random())


def python_thread(p: str, number: int) -> Code:
    def effect(world: World) -> None:
        world.threads.append(f"{p}{number}")

    start = "threading.Thread(target=threading.Event().wait, daemon=True, name="
    return Code("python", f"import threading; {start}'{p}{number}').start()", effect)


def python_threads(p: str) -> Code:
    text = f"import threading; [each.name for each in threading.enumerate() if each.name.startswith('{p}')]"
    return Code("python", text, lambda world: list(world.threads))


def python_half(p: str, name: str, value: int) -> Code:
    def effect(world: World) -> object:
        world.python[name] = value
        raise Raised("runtime")

    return Code("python", f"{p}{name} = {value}\n1/0", effect)


def python_last(session: str) -> Code:
    return Code("python", "_", lambda world: world.underscore.get(session))


def clojure_definition(p: str, name: str, value: object) -> Code:
    effect = _let("clojure", name, value, Printed(f"#'user/{p}{name}"))
    return Code("basilisp", f"(def {p}{name} {clojure(value)})", effect)


def clojure_read(p: str, name: str) -> Code:
    return Code("basilisp", f"{p}{name}", lambda world: known(world.clojure, name, "compile"))


def clojure_atom(p: str, name: str) -> Code:
    effect = _let("clojure", f"atom {name}", (), Printed(f"#'user/{p}atom-{name}"))
    return Code("basilisp", f"(def {p}atom-{name} (atom []))", effect)


def clojure_swap(p: str, name: str, value: int) -> Code:
    def effect(world: World) -> object:
        items = known(world.clojure, f"atom {name}", "compile")
        assert isinstance(items, tuple)
        world.clojure[f"atom {name}"] = (*items, value)
        return world.clojure[f"atom {name}"]

    return Code("basilisp", f"(swap! {p}atom-{name} conj {value})", effect)


def clojure_function(p: str, name: str, step: int) -> Code:
    effect = _let("clojure", f"function {name}", step, Printed(f"#'user/{p}function-{name}"))
    return Code("basilisp", f"(defn {p}function-{name} [x] (+ x {step}))", effect)


def clojure_call(p: str, name: str, argument: int) -> Code:
    def effect(world: World) -> object:
        step = known(world.clojure, f"function {name}", "compile")
        assert isinstance(step, int)
        return argument + step

    return Code("basilisp", f"({p}function-{name} {argument})", effect)


def clojure_star(session: str, number: int) -> Code:
    return Code("basilisp", f"*{number}", lambda world: world.stars.get(session, [None] * 3)[number - 1])


def begin() -> Code:
    """Put what all worlds share into its first state."""
    text = f"import random, sys; random.seed(0); [sys.modules.pop(each, None) for each in {MODULES}]; None"
    return Code("python", text, lambda world: None)


def read_everything(p: str) -> Code:
    """All of an example's plain Python values at once."""
    text = f"{{name: value for name, value in sorted(globals().items()) if name in {[p + n for n in 'abc']}}}"
    return Code("python", text, lambda world: {p + n: world.python[n] for n in "abc" if n in world.python})


names = st.sampled_from("abc")
numbers = st.integers(-1000, 1000)
texts = st.text('aé"\\\n', max_size=5)
Make: TypeAlias = Callable[[str, str], Code]
"""Makes a step's code from the example's prefix and the session."""
steps: st.SearchStrategy[Make] = st.one_of(
    st.builds(lambda n, v: lambda p, s: python_assignment(p, n, v), names, numbers | texts | st.lists(numbers)),
    st.builds(lambda n: lambda p, s: python_read(p, n), names),
    st.builds(lambda n, v: lambda p, s: python_append(p, n, v), names, numbers),
    st.builds(lambda n, v: lambda p, s: python_iterator(p, n, v), names, numbers),
    st.builds(lambda n: lambda p, s: python_next(p, n), names),
    st.builds(lambda n, v: lambda p, s: python_function(p, n, v), names, numbers),
    st.builds(lambda n, v: lambda p, s: python_call(p, n, v), names, numbers),
    st.builds(lambda m: lambda p, s: python_import(m), st.sampled_from(MODULES)),
    st.just(lambda p, s: python_modules()),
    st.builds(lambda v: lambda p, s: python_seed(v), numbers),
    st.just(lambda p, s: python_dice()),
    st.just(lambda p, s: python_threads(p)),
    st.builds(lambda v: lambda p, s: python_thread(p, v), numbers),
    st.builds(lambda n, v: lambda p, s: python_half(p, n, v), names, numbers),
    st.just(lambda p, s: python_last(s)),
    st.builds(
        lambda n, v: lambda p, s: clojure_definition(p, n, v), names, numbers | texts | st.tuples(numbers, texts)
    ),
    st.builds(lambda n: lambda p, s: clojure_read(p, n), names),
    st.builds(lambda n: lambda p, s: clojure_atom(p, n), names),
    st.builds(lambda n, v: lambda p, s: clojure_swap(p, n, v), names, numbers),
    st.builds(lambda n, v: lambda p, s: clojure_function(p, n, v), names, numbers),
    st.builds(lambda n, v: lambda p, s: clojure_call(p, n, v), names, numbers),
    st.builds(lambda v: lambda p, s: clojure_star(s, v), st.integers(1, 3)),
)
