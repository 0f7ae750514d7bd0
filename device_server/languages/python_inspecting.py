"""What the inspector's page says of Python's values. It calls none of their code but what prints and what iterates.

Properties are not asked for, iterators not read: looking at a value must not change it.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter
from typing import TypeAlias

from device_server.languages import NamespaceNotFoundError, reports
from device_server.languages.inspecting import Page, class_name

Draw: TypeAlias = Callable[[Page, object], None]

_MISSING = object()
_DOC_LINES = 20
_BYTES_A_LINE = 16


class PythonInspecting:
    """See the Inspecting protocol."""

    def draw(self, page: Page, value: object) -> None:
        """See Inspecting."""
        (drawer_of(value) or draw_object)(page, value)

    def draw_object(self, page: Page, value: object) -> None:
        """See Inspecting."""
        draw_object(page, value)

    def is_object(self, value: object) -> bool:
        """See Inspecting."""
        return drawer_of(value) is None

    def nth(self, position: int) -> str:
        """`[3]`."""
        return f"[{position}]"

    def key(self, key: object, text: str) -> str:
        """`['name']`."""
        return f"[{text}]"

    def attribute(self, name: str) -> str:
        """`.name`."""
        return f".{name}"

    def path(self, steps: Sequence[str]) -> str:
        """`['name'][3].name`."""
        return "".join(steps)

    def define(self, namespace: str, name: str, value: object) -> None:
        """An attribute of the module."""
        module = sys.modules.get(namespace)
        if module is None:
            raise NamespaceNotFoundError(namespace)
        if not name.isidentifier():
            raise ValueError(f"{name!r} cannot be the name of a variable")
        setattr(module, name, value)


def drawer_of(value: object) -> Draw | None:
    """What draws a value of this type; None when its attributes are all there is to say. `__class__` may lie."""
    kind = type(value)
    return next((draw for base, draw in _DRAWERS if issubclass(kind, base)), None)


def draw_object(page: Page, value: object) -> None:
    """A value of any class: its attributes, as they are stored."""
    page.class_of(value)
    page.text("Value: ")
    page.value(value)
    page.newline()
    page.line(f"Identity: {id(value):#x}")
    attributes = sorted(_stored_attributes(value), key=itemgetter(0))
    if attributes:
        with page.section("Attributes"):
            page.attributes(attributes)
    page.information()


def _stored_attributes(value: object) -> Iterator[tuple[str, object]]:
    """Names and values of the instance's dictionary and of slots, read past `__getattribute__`."""
    try:
        own = object.__getattribute__(value, "__dict__")
    except AttributeError:
        own = {}
    yield from ((str(name), each) for name, each in own.items())
    for base in type(value).__mro__:
        for name, descriptor in vars(base).items():
            if isinstance(descriptor, types.MemberDescriptorType) and name not in own and not name.startswith("__"):
                stored = _read_slot(descriptor, value)
                if stored is not _MISSING:
                    yield name, stored


def _read_slot(descriptor: types.MemberDescriptorType, value: object) -> object:
    try:
        return descriptor.__get__(value, type(value))
    except AttributeError:
        return _MISSING


def draw_none(page: Page, value: object) -> None:
    """There is nothing to go on to."""
    page.line(f"Value: {page.printed(value)}")


def draw_atom(page: Page, value: object) -> None:
    """A number, for example."""
    page.class_of(value)
    page.line(f"Value: {page.printed(value)}")


def draw_text(page: Page, value: object) -> None:
    """A string, in its lines."""
    assert isinstance(value, str)
    draw_atom(page, value)
    page.line(f"Length: {len(value)}")
    with page.section("Print"):
        for line in value[: page.config.max_value_length].splitlines():
            page.line(line)
        if len(value) > page.config.max_value_length:
            page.line("...")


def draw_bytes(page: Page, value: object) -> None:
    """Bytes, in hexadecimal and as text."""
    assert isinstance(value, bytes | bytearray)
    draw_atom(page, value)
    page.line(f"Length: {len(value)}")
    with page.section("Contents"):
        shown = bytes(value[: page.config.page_size * _BYTES_A_LINE])
        for at in range(0, len(shown), _BYTES_A_LINE):
            piece = shown[at : at + _BYTES_A_LINE]
            text = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in piece)
            page.line(f"{at:08x}  {piece.hex(' '):<47}  {text}")
        if len(value) > len(shown):
            page.line("...")


def draw_mapping(page: Page, value: object) -> None:
    """A dictionary, or what behaves like one."""
    assert isinstance(value, Mapping)
    with contents(page, value) as count:
        page.pairs(((key, value[key]) for key in value), count)


def draw_sequence(page: Page, value: object) -> None:
    """Items that have positions."""
    assert isinstance(value, Collection)
    with contents(page, value) as count:
        page.items(_items(value), count)


def draw_set(page: Page, value: object) -> None:
    """Items that have none."""
    assert isinstance(value, Collection)
    with contents(page, value) as count:
        page.items(_items(value), count, have_steps=False)


def _items(value: Collection[object]) -> Iterator[object]:
    """From a generator, so that what `__iter__` raises is raised where items are taken."""
    yield from value


class contents:
    """What is drawn around the items of a collection; gives how many there are, None when that cannot be told."""

    def __init__(self, page: Page, value: object, count: int | None = None) -> None:
        self._page = page
        self._value = value
        self._count = count if count is not None else _length(value)

    def __enter__(self) -> int | None:
        self._page.class_of(self._value)
        if self._count is not None:
            self._page.line(f"Count: {self._count}")
        self._section = self._page.section("Contents")
        self._section.__enter__()
        return self._count

    def __exit__(self, *exception: object) -> None:
        self._section.__exit__(None, None, None)
        self._page.information()


def _length(value: object) -> int | None:
    try:
        return len(value) if issubclass(type(value), Collection) else None  # type: ignore[arg-type]
    except Exception:  # of the collection's own code
        return None


def draw_class(page: Page, value: object) -> None:
    """A class: where it stands and what it defines itself."""
    assert isinstance(value, type)
    page.class_of(value)
    page.line(f"Name: {class_name(value)}")
    documentation(page, vars(value).get("__doc__"))
    with page.section("Class hierarchy"):
        for base in type.mro(value)[1:]:
            page.value(base, text=class_name(base))
            page.newline()
    with page.section("Attributes"):
        page.attributes(sorted(vars(value).items()))
    page.information()


def draw_module(page: Page, value: object) -> None:
    """A module: its names, those it keeps to itself last."""
    assert isinstance(value, types.ModuleType)
    names = vars(value)
    page.class_of(value)
    page.line(f"Name: {names.get('__name__')}")
    if names.get("__file__"):
        page.line(f"File: {names['__file__']}")
    documentation(page, names.get("__doc__"))
    with page.section("Contents"):
        page.attributes(sorted(names.items(), key=lambda item: (item[0].startswith("_"), item[0])))
    page.information()


def draw_function(page: Page, value: object) -> None:
    """A function or method, Python's or C's."""
    page.class_of(value)
    page.labelled("Value", value)
    try:
        page.line(f"Signature: {inspect.signature(value)}")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        page.line("Signature: not known")
    code = getattr(value, "__code__", None)
    if isinstance(code, types.CodeType):
        page.line(f"Defined at: {code.co_filename}:{code.co_firstlineno}")
    documentation(page, getattr(value, "__doc__", None))
    with page.section("Attributes"):
        page.attributes(list(_parts_of_function(value)))
    if isinstance(code, types.CodeType) and code.co_freevars:
        with page.section("Closed over"):
            for name, each in _closed_over(value, code):
                page.labelled(name, each)
    page.information()


def _parts_of_function(function: object) -> Iterator[tuple[str, object]]:
    for name in ("__self__", "__defaults__", "__kwdefaults__", "__annotations__", "__dict__"):
        part = getattr(function, name, None)
        if part is not None and (name == "__self__" or part):
            yield name, part


def _closed_over(function: object, code: types.CodeType) -> Iterator[tuple[str, object]]:
    """The variables around it that it uses."""
    cells = getattr(function, "__closure__", None) or ()
    for name, cell in zip(code.co_freevars, cells, strict=False):
        try:
            yield name, cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def draw_exception(page: Page, value: object) -> None:
    """An exception: the chain of its causes, and where the first of them was raised."""
    assert isinstance(value, BaseException)
    page.class_of(value)
    page.line(f"Message: {_message(value)}")
    causes = list(reports.causes_of(value))
    with page.section("Causes"):
        for cause in causes:
            page.value(cause, text=reports.text_of(cause))
            page.newline()
    with page.section("Trace"):
        for frame in reports.frames_of(causes[-1].__traceback__)[-page.config.page_size :]:
            assert isinstance(frame, dict)
            page.line(f"{frame['file']}:{frame['line']} in {frame['name']}")
    stored = sorted(_stored_attributes(value), key=itemgetter(0))
    with page.section("Attributes"):
        page.attributes([("args", value.args), *stored])
    page.information()


def _message(error: BaseException) -> str:
    return reports.text_of(error).partition(": ")[2] or "(none)"


def documentation(page: Page, text: object) -> None:
    """The beginning of a docstring, if there is one."""
    if isinstance(text, str) and text.strip():
        with page.section("Documentation"):
            for line in inspect.cleandoc(text).splitlines()[:_DOC_LINES]:
                page.line(line)


_FUNCTIONS = (
    types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.MethodWrapperType,
)  # fmt: skip
_ATOMS = (bool, int, float, complex)
_DRAWERS: tuple[tuple[type | tuple[type, ...], Draw], ...] = (
    (types.NoneType, draw_none),
    (str, draw_text),
    ((bytes, bytearray), draw_bytes),
    (_ATOMS, draw_atom),
    (type, draw_class),
    (types.ModuleType, draw_module),
    (_FUNCTIONS, draw_function),
    (BaseException, draw_exception),
    (Mapping, draw_mapping),
    (AbstractSet, draw_set),
    (Sequence, draw_sequence),
    (Collection, draw_set),
)
