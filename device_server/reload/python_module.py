"""One live module is brought from its old text to its new one, statement by statement."""

from __future__ import annotations

import abc
import ast
import enum
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import CellType, CodeType, FunctionType, ModuleType

from device_server.reload import Tier
from device_server.reload.python_class_plan import ClassEdit, unread_names
from device_server.reload.python_classes import fill_cell
from device_server.reload.python_codes import by_place, same
from device_server.reload.python_comparison import compiled
from device_server.reload.python_function_plan import FunctionEdit
from device_server.reload.python_functions import Swap, set_signature
from device_server.reload.python_heap import functions_from, functions_of
from device_server.reload.python_importers import absolute
from device_server.reload.python_outline import Outline, Row, statements_at
from device_server.reload.python_plan import PythonPlan, RowEdit
from device_server.reload.python_program import Program
from device_server.reload.python_syntax import Function, effective
from device_server.reload.python_values import alike, holds_state, is_data, is_lost, push, restore

_NONE = object()


class LiveModule:
    """A module that is loaded, with the text that it is to be of."""

    def __init__(self, program: Program, name: str, path: str, text: str, known: Outline) -> None:
        self._program = program
        self._name, self._path, self._text, self._outline = name, path, text, known
        self._namespace: dict[str, object] = vars(sys.modules[name])
        self._done: set[int] = set()
        self._changed: set[str] = set()
        """Names whose values are others: what reads them runs again."""
        self._is_remembered = False

    def edit(self, plan: PythonPlan) -> None:
        """Do what is planned."""
        self._move(*plan.moved)
        found = self._swap([function for row in plan.rows.values() for function in _functions(row)], plan.change.old)
        if plan.tier is not Tier.NONE:
            self._program.note_reloaded(self._name)
        self.run(plan.rows, found)
        for name in plan.removed:
            self._remove(name)
        for name in plan.added & self._namespace.keys():
            self._note_changed(name, _NONE)

    def run(self, rows: Mapping[int, RowEdit], found: Mapping[int, list[FunctionType]]) -> None:
        """In the order of the text: what is planned for a statement; or it again, when it reads what has changed."""
        if not rows and not self._program.changed:
            return
        last = max(rows, default=-1)
        for place, row in enumerate(self._outline.rows):
            if place > last and not self._changed and not self._program.changed:
                return
            edit = rows.get(place)
            if place in self._done:
                continue
            is_derived = edit is not None and edit.is_derived and bool(self._changed) and self._are_data(row[1])
            if (edit is not None and edit.reruns) or is_derived or self._reads_changed(row):
                self._rerun(place, edit)
            elif edit is not None:
                self._edit_row(place, edit, found)

    def _reads_changed(self, row: Row) -> bool:
        if not self._changed.isdisjoint(row[2]):
            return True
        if self._program.changed and any("." in each and self._is_changed_elsewhere(each) for each in row[2]):
            return True
        for each in row[3] if self._program.changed else ():
            module, _, name = each.partition(":")
            names = self._program.changed.get(absolute(module, self._name, self._path))
            if names is not None and (name in names or (name == "*" and names)):
                return True
        return False

    def _is_changed_elsewhere(self, words: str) -> bool:
        """Whether `module.name` is a name with another value."""
        *path, name = words.split(".")
        found = self._namespace.get(path[0])
        for each in path[1:]:
            found = vars(found).get(each) if isinstance(found, ModuleType) else None
        return isinstance(found, ModuleType) and name in self._program.changed.get(found.__name__, ())

    def _are_data(self, names: Iterable[str]) -> bool:
        return all(is_data(self._namespace.get(name)) for name in names)

    def _edit_row(self, place: int, edit: RowEdit, found: Mapping[int, list[FunctionType]]) -> None:
        for function in edit.functions:
            self._set_signature(function, found, None)
        for value in edit.values:
            before = dict(self._namespace)
            kept = push(value.old, value.new, self._namespace, self._bind, self._program.undo)
            self._program.kept += kept
            for name in value.names:
                if name not in kept and name in before:
                    self._note_changed(name, before[name])
        for each in edit.classes:
            if not self._edit_class(each, found):
                self._rerun(place, edit)
                return

    def _edit_class(self, edit: ClassEdit, found: Mapping[int, list[FunctionType]]) -> bool:
        """False when the class has to be made anew, since making it does more than to bind its attributes."""
        owner = class_at(self._namespace, edit.scope)
        has_attributes = bool(edit.values or edit.suite or edit.removed)
        if owner is None:
            return not has_attributes
        if has_attributes and not _is_plain(owner, edit):
            return False
        for function in edit.functions:
            self._set_signature(function, found, owner)
        name = edit.scope[-1]
        attributes: dict[str, object] = {}
        for value in edit.values:
            kept = push(value.old, value.new, vars(owner), attributes.__setitem__, self._program.undo)
            self._program.kept += [f"{'.'.join(edit.scope)}.{each}" for each in kept]
        self._program.classes.set_attributes(owner, attributes, ())
        if edit.suite is not None:
            self._program.before_running()
            made = run_body(edit.suite, self._namespace, owner)
            attributes = {key: made[key] for key in (mangled(each, name) for each in edit.suite_names) if key in made}
        removed = [mangled(each, name) for each in edit.removed]
        self._program.classes.set_attributes(owner, attributes, removed)
        return all(self._edit_class(inner, found) for inner in edit.classes)

    def _set_signature(self, edit: FunctionEdit, found: Mapping[int, list[FunctionType]], owner: type | None) -> None:
        functions = found.get(id(edit), [])
        if edit.definition is None or not functions:
            return
        self._program.before_running()
        if owner is not None:
            made = run_body(edit.definition, self._namespace, owner)[mangled(edit.name, edit.scope[-1])]
        else:
            scratch: dict[str, object] = {}
            exec(edit.definition, self._namespace, scratch)
            made = scratch[edit.name]
        assert isinstance(made, FunctionType)
        for function in functions:
            set_signature(function, edit.old, made, edit.fresh, self._program.undo)

    def _swap(self, edits: list[FunctionEdit], text: str) -> dict[int, list[FunctionType]]:
        """Give the functions of the edits their new code; `text` is the old one. Returns them, by the id of edits."""
        found = {id(edit): self._of_code(edit, self._near(edit), edits) for edit in edits}
        lost = [edit for edit in edits if not found[id(edit)] and not same(edit.old, edit.new)]
        if lost:
            found |= self._of_whole(lost, edits, text)
        if any(not found[id(edit)] and not same(edit.old, edit.new) for edit in edits):
            everywhere = functions_of(self._namespace)
            for edit in edits:
                if not found[id(edit)]:
                    found[id(edit)] = self._of_code(edit, everywhere, edits)
        owners = {id(edit): class_at(self._namespace, edit.scope) for edit in edits if edit.scope}
        self._program.functions.swap(Swap(found[id(edit)], edit.new, owners.get(id(edit))) for edit in edits)
        return found

    def _of_whole(
        self, lost: list[FunctionEdit], edits: list[FunctionEdit], text: str
    ) -> dict[int, list[FunctionType]]:
        """As the whole text is compiled: how the methods of a name are called depends on whether it is imported."""
        codes = by_place(compile(text, self._path, "exec", self._outline.flags, dont_inherit=True))
        ran = {id(edit): codes.get((edit.name, edit.old.co_firstlineno), edit.old) for edit in lost}
        return {id(edit): self._of_code(replace(edit, old=ran[id(edit)]), self._near(edit), edits) for edit in lost}

    def _near(self, edit: FunctionEdit) -> list[FunctionType]:
        """The functions in reach of the name of that definition."""
        if edit.scope:
            owner = class_at(self._namespace, edit.scope)
            start = vars(owner).get(mangled(edit.name, edit.scope[-1])) if owner is not None else None
        else:
            start = self._namespace.get(edit.name)
        return [each for each in functions_from(start) if each.__globals__ is self._namespace]

    def _of_code(
        self, edit: FunctionEdit, functions: Iterable[FunctionType], edits: Iterable[FunctionEdit]
    ) -> list[FunctionType]:
        """Those that the definition has made: they have its code, or the same of other lines, if no other has."""
        functions = [*functions]
        exact = [each for each in functions if each.__code__ == edit.old]
        is_one_of_many = not edit.scope and sum(edit.name in row[1] for row in self._outline.rows) > 1
        if exact or is_one_of_many or any(each is not edit and same(each.old, edit.old) for each in edits):
            return exact
        return [each for each in functions if same(each.__code__, edit.old)]

    def _move(self, first_line: int, lines: int) -> None:
        """The functions that begin there or further down have moved by so many lines."""
        if lines == 0:
            return
        found: dict[int, FunctionType] = {}
        for value in [*self._namespace.values()]:
            for function in self._defined_by(value):
                is_own = function.__globals__ is self._namespace and function.__code__.co_filename == self._path
                if is_own and function.__code__.co_firstlineno >= first_line:
                    found[id(function)] = function
        self._program.functions.move(found.values(), lines)

    def _defined_by(self, value: object) -> Iterator[FunctionType]:
        if isinstance(value, type):
            if value.__module__ == self._name:
                for each in [*vars(value).values()]:
                    yield from self._defined_by(each)
        elif callable(value) or isinstance(value, property | staticmethod | classmethod):
            yield from functions_from(value)

    def _rerun(self, place: int, edit: RowEdit | None) -> None:
        """Run the statement again, and keep what it has made before where that can become what it makes now."""
        self._done.add(place)
        body = effective(statements_at(self._text, self._outline, place, self._path), is_start=place == 0)
        code = compiled(body, (), self._path, self._outline.flags)
        kept: frozenset[str] = frozenset()
        if len(body) == 1 and isinstance(body[0], ast.ClassDef):
            kept = unread_names(body[0], frozenset(self._changed))
            kept = kept if edit is None else kept & edit.kept
        self._remember()
        self._program.note_reloaded(self._name)
        before = dict(self._namespace)
        exec(code, self._namespace)
        definitions = {each.name for each in body if isinstance(each, Function | ast.ClassDef)}
        for name, value in [*self._namespace.items()]:
            was = before.get(name, _NONE)
            if was is not value:
                self._settle(
                    name,
                    was,
                    value,
                    kept,
                    is_edited=edit is not None and edit.reruns,
                    is_new=not any(value is each for each in before.values()),
                )
        self._note_definitions(definitions, before)

    def _settle(
        self, name: str, was: object, value: object, kept: Collection[str], *, is_new: bool, is_edited: bool
    ) -> None:
        """A name was bound again: keep the object that was there, if it is the same or can become the same."""
        if was is _NONE:
            self._note_changed(name, was)
            return
        if alike(was, value):
            self._namespace[name] = was
            return
        if is_new and _is_again(was, value):
            if isinstance(was, type) and isinstance(value, type):
                self._namespace[name] = self._program.classes.merge(was, value, kept)
                return
            if isinstance(was, FunctionType) and isinstance(value, FunctionType):
                self._namespace[name] = self._program.functions.unified(was, value)
                return
        if is_new and isinstance(was, FunctionType) and callable(value) and not isinstance(value, type):
            self._program.functions.forward(was, value)
        elif (holds_state(was) if is_edited else is_lost(was, value)) and not callable(was):
            self._program.resets.append(name)
        self._note_changed(name, was)

    def _note_definitions(self, names: Iterable[str], before: Mapping[str, object]) -> None:
        """What is made of functions and classes does not run again because they are others: it would lose its state."""
        for name in names:
            if callable(before.get(name)):
                self._changed.discard(name)

    def _note_changed(self, name: str, was: object) -> None:
        if was is not _NONE:
            self._changed.add(name)
        self._program.changed.setdefault(self._name, {})[name] = was

    def _bind(self, name: str, value: object) -> None:
        self._remember()
        self._namespace[name] = value

    def _remove(self, name: str) -> None:
        value = self._namespace.get(name)
        if name == "__doc__":
            self._bind(name, None)
        elif name in self._namespace and sys.modules.get(f"{self._name}.{name}", _NONE) is not value:
            self._remember()
            del self._namespace[name]

    def _remember(self) -> None:
        if not self._is_remembered:
            self._is_remembered = True
            self._program.undo.callback(restore, self._namespace, tuple(self._namespace.items()))
        self._program.before_running()


def class_at(namespace: Mapping[str, object], scope: tuple[str, ...]) -> type | None:
    """The class of that qualified name; None when the program has something else there."""
    found: object = None
    for name in scope:
        found = namespace.get(name)
        if not isinstance(found, type) or found.__name__ != name:
            return None
        namespace = vars(found)
    return found if isinstance(found, type) else None


def run_body(code: CodeType, namespace: dict[str, object], owner: type) -> dict[str, object]:
    """Run statements as if in the body of the class. Returns what is bound there, the class's own names included."""
    bound = dict(vars(owner))
    exec(code, namespace, bound)
    cell = bound.pop("__classcell__", None)
    if isinstance(cell, CellType):
        fill_cell(cell, owner)
    return bound


def mangled(name: str, class_name: str) -> str:
    """The attribute that a name in the body of a class stands for."""
    is_private = name.startswith("__") and not name.endswith("__") and class_name.strip("_")
    return f"_{class_name.lstrip('_')}{name}" if is_private else name


def _functions(row: RowEdit) -> Iterator[FunctionEdit]:
    yield from row.functions
    for each in row.classes:
        yield from _methods(each)


def _methods(edit: ClassEdit) -> Iterator[FunctionEdit]:
    yield from edit.functions
    for each in edit.classes:
        yield from _methods(each)


def _is_plain(owner: type, edit: ClassEdit) -> bool:
    """Whether its attributes are what its statement binds, and no more."""
    if isinstance(owner, enum.EnumType) or hasattr(owner, "_fields"):
        return not edit.values and not edit.removed and not edit.has_other_values
    return type(owner) in (type, abc.ABCMeta)


def _is_again(was: object, value: object) -> bool:
    """Whether the one seems to be made by what has made the other before."""
    names = [(getattr(each, "__module__", None), getattr(each, "__qualname__", None)) for each in (was, value)]
    return names[0] == names[1]
