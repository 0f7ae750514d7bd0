"""Python's functions, classes and other values as hosts are told of them. Which are told is python_symbols.py's.

Runs no code of the program: attributes are read from where Python itself keeps them, past any property,
`__getattr__` or metaclass; only objects of Python's own types are asked for more, and only such are printed.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Iterator, Mapping

from device_server.wire import JSON, Message

NAME_LIMIT = 1000
"""A longer name is not told."""
TYPED_LISP = "<repl>"
"""The name of the file in code that Basilisp made of what was typed."""
_DOC_LIMIT = 32 * 1024
_MEMBER_DOC_LIMIT = 2000
_MEMBERS_LIMIT = 2000
_SHORT = 200
_DEFAULT_LIMIT = 40
_WRAPPERS_LIMIT = 20

FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType,
    types.ClassMethodDescriptorType, types.WrapperDescriptorType, type(functools.lru_cache(abs)),
)  # fmt: skip
_WITH_DICT = (types.FunctionType, type(functools.lru_cache(abs)))
_FIELDS = (property, functools.cached_property, types.MemberDescriptorType, types.GetSetDescriptorType)

_mro = type.__dict__["__mro__"].__get__
_class_dict = type.__dict__["__dict__"].__get__
_class_module = type.__dict__["__module__"].__get__
_class_qualname = type.__dict__["__qualname__"].__get__
_class_signature = type.__dict__["__text_signature__"].__get__
_module_dict = vars(types.ModuleType)["__dict__"].__get__


def described(value: object, module_name: str) -> Message:
    """A value as a symbol of a `symbols` message; `module_name` is where it was found."""
    if issubclass(type(value), type):
        assert isinstance(value, type)
        return _described_class(value, module_name)
    if issubclass(type(value), types.ModuleType):
        assert isinstance(value, types.ModuleType)
        return {"type": "module", "target": name_of_module(value) or ""}
    if type(value) in FUNCTIONS:
        return {"type": "function", **_described_function(value, is_bound=False), **_target(value, module_name)}
    return {"type": "variable", "class_name": class_name(type(value))}


def class_name(cls: type) -> str:
    """`module.Class`."""
    module = _class_module(cls)
    return f"{module if type(module) is str else '?'}.{_class_qualname(cls)}"[:NAME_LIMIT]


def dict_of_class(cls: type) -> Mapping[str, object]:
    """What a class itself holds."""
    held: Mapping[str, object] = _class_dict(cls)
    return held


def mro_of(cls: type) -> tuple[type, ...]:
    """The class and those that it inherits from."""
    bases: tuple[type, ...] = _mro(cls)
    return bases


def dict_of_module(module: types.ModuleType) -> dict[str, object]:
    """What a module holds; empty when it was never initialised."""
    held = _module_dict(module)
    return held if type(held) is dict else {}


def name_of_module(module: types.ModuleType) -> str | None:
    """What it calls itself."""
    name = dict_of_module(module).get("__name__")
    return name if type(name) is str else None


def bounded_text(value: object, limit: int = _DOC_LIMIT) -> str | None:
    """A text, of the length that is told; None for anything else."""
    if type(value) is not str:
        return None
    return value if len(value) <= limit else value[:limit] + "..."


def shortened(text: str) -> str:
    """A text that is told within another."""
    return text if len(text) <= _SHORT else text[:_SHORT] + "..."


def arglists(cls: type) -> list[JSON]:
    """How to call a class."""
    for base in mro_of(cls)[:-1]:
        held = dict_of_class(base)
        made = held.get("__init__", held.get("__new__"))
        made = made.__func__ if type(made) is staticmethod else made
        if type(made) is types.FunctionType:
            return [_signature(made, skipped=1)]
        if made is not None:
            return _text_signature(_class_signature(cls))
    return ["()"]


def members(cls: type) -> dict[str, JSON]:
    """What instances have, inherited names included, but for those with double underscores."""
    found: dict[str, JSON] = {}
    own_module = _class_module(cls)
    for base in reversed(mro_of(cls)):
        if base is not object:
            is_own = _class_module(base) == own_module if type(own_module) is str else base is cls
            found.update((name, _member(name, value, base, is_own)) for name, value in _members_of(base))
    return dict(list(found.items())[:_MEMBERS_LIMIT])


def _members_of(cls: type) -> Iterator[tuple[str, object]]:
    held = dict_of_class(cls)
    declared = held.get("__annotations__")
    if type(declared) is dict:
        yield from ((name, property()) for name in list(declared) if _is_told(name) and name not in held)
    yield from ((name, value) for name, value in held.copy().items() if _is_told(name))  # type: ignore[attr-defined]


def _is_told(name: object) -> bool:
    is_own_affair = type(name) is str and (name == "_abc_impl" or (name.startswith("__") and name.endswith("__")))
    return type(name) is str and len(name) < NAME_LIMIT and not is_own_affair


def _member(name: str, value: object, owner: type, is_own: bool) -> Message:
    """A method or a field; of what another module's class has, its place is told instead of its text."""
    kind = type(value)
    inner: object = value.__func__ if isinstance(value, staticmethod | classmethod) else value
    if type(inner) in FUNCTIONS:
        is_static = kind in (staticmethod, classmethod, types.ClassMethodDescriptorType)
        told: Message = {"type": "static-method" if is_static else "method"}
        told.update(_described_function(inner, is_bound=kind is not staticmethod))
    elif issubclass(kind, type):
        told = {"type": "class"}
    else:
        told = {"type": "field"}
        if kind in _FIELDS:
            told.update(_doc(value.__doc__))
        else:
            told["class_name"] = class_name(kind)
    if is_own:
        return {**told, **_doc(told.get("doc"), _MEMBER_DOC_LIMIT)}
    short = {key: text for key, text in told.items() if key in ("type", "arglists", "class_name")}
    return {**short, "target": f"{class_name(owner)}.{name}"}


def _described_class(cls: type, module_name: str) -> Message:
    held = dict_of_class(cls)
    told: Message = {"type": "class", "arglists": arglists(cls), **_doc(held.get("__doc__"))}
    if _class_module(cls) == module_name:
        return {**told, "members": members(cls)}
    return {**told, "target": class_name(cls)}


def _described_function(function: object, is_bound: bool) -> Message:
    """Arguments, doc and place."""
    if type(function) is types.MethodType:
        owner: object = function.__func__
        return _described_function(owner, is_bound=True) if type(owner) in FUNCTIONS else {}
    told = _doc(function.__doc__)
    inner = _unwrapped(function)
    if type(inner) is not types.FunctionType:
        return {"arglists": _text_signature(inner.__text_signature__), **told}  # type: ignore[attr-defined]
    code = inner.__code__
    place: Message = {} if code.co_filename == TYPED_LISP else {"file": code.co_filename}
    return {"arglists": [_signature(inner, int(is_bound))], **told, **place, "line": code.co_firstlineno}


def _unwrapped(function: object) -> object:
    """What `functools.wraps` says it is, to a limit."""
    for _ in range(_WRAPPERS_LIMIT):
        inner = function.__dict__.get("__wrapped__") if type(function) in _WITH_DICT else None
        if type(inner) not in FUNCTIONS:
            break
        function = inner
    return function


def _target(function: object, module_name: str) -> Message:
    """Where a function comes from, if it is not from here."""
    if type(function) is not types.FunctionType:
        return {}
    module = function.__module__
    if type(module) is not str or module == module_name:
        return {}
    return {"target": f"{module}.{function.__qualname__}"[:NAME_LIMIT]}


def _doc(text: object, limit: int = _DOC_LIMIT) -> Message:
    doc = bounded_text(text, limit)
    return {} if doc is None else {"doc": doc}


def _text_signature(text: object) -> list[JSON]:
    """Of what is written in C: `($self, x, /)` is told as `(x, /)`."""
    if type(text) is not str:
        return []
    first, _, rest = text.removeprefix("(").removesuffix(")").partition(", ")
    if not first.startswith("$"):
        return [shortened(text)]
    return [f"({shortened(rest.removeprefix('/, ') if rest != '/' else '')})"]


def _signature(function: types.FunctionType, skipped: int) -> str:
    """`(x, *more)`, without the first `skipped` arguments."""
    code = function.__code__
    positional = list(code.co_varnames[: code.co_argcount])
    only = list(code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount])
    rest = list(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
    defaults = function.__defaults__ if type(function.__defaults__) is tuple else ()
    values = dict(zip(reversed(positional), reversed(defaults), strict=False))
    if type(function.__kwdefaults__) is dict:
        values.update(function.__kwdefaults__)
    told = [_parameter(name, values) for name in positional]
    if code.co_posonlyargcount:
        told.insert(code.co_posonlyargcount, "/")
    if code.co_flags & 0x04:
        told.append(f"*{rest.pop(0)}")
    elif only:
        told.append("*")
    told += [_parameter(name, values) for name in only]
    if code.co_flags & 0x08:
        told.append(f"**{rest.pop(0)}")
    return f"({', '.join(told[skipped:][:_SHORT])})"


def _parameter(name: str, defaults: Mapping[str, object]) -> str:
    if name not in defaults:
        return name
    printer = _PRINTERS.get(type(defaults[name]))
    text = "..." if printer is None else printer(defaults[name])
    return f"{name}={text if len(text) <= _DEFAULT_LIMIT else '...'}"


def _printed_if_empty(value: object) -> str:
    return "..." if value else repr(value)


def _printed_if_short(value: str | bytes) -> str:
    return repr(value) if len(value) <= _DEFAULT_LIMIT else "..."


_PRINTERS: dict[type, Callable[..., str]] = {
    type(None): repr,
    bool: repr,
    int: lambda value: repr(value) if value.bit_length() < 64 else "...",
    float: repr,
    str: _printed_if_short,
    bytes: _printed_if_short,
    tuple: _printed_if_empty,
    list: _printed_if_empty,
    dict: _printed_if_empty,
}
