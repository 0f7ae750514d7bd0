"""How one statement of a class differs from another: its methods, its attributes, or all of it. Pure."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import CodeType

from device_server.reload import Tier
from device_server.reload.python_comparison import Comparison
from device_server.reload.python_function_plan import FunctionEdit, function_edit
from device_server.reload.python_outline import Names
from device_server.reload.python_syntax import Function, Pair, effective, is_literal, paired, targets, written

_HARMLESS_DECORATORS = frozenset({"dataclass", "final", "runtime_checkable", "total_ordering", "unique"})
"""They take no notice of ordinary methods."""
_MAKERS = ("Enum", "Flag", "NamedTuple", "TypedDict", "Protocol", "Structure")
"""Bases with such ends to their names make something of the attributes."""
_SHAPING = frozenset({
    "__slots__", "__eq__", "__hash__", "__match_args__", "__init_subclass__", "__set_name__", "__classcell__",
    "__prepare__", "__annotations__", "__metaclass__", "_ignore_", "_missing_", "_generate_next_value_",
})  # fmt: skip
"""Attributes of which making a class makes something else."""


@dataclass(frozen=True, slots=True)
class ValueEdit:
    """An assignment of literals. Both codes bind its names, in a namespace of their own."""

    old: CodeType
    new: CodeType
    names: frozenset[str]
    """What they bind, as it is written."""


@dataclass(slots=True)
class ClassEdit:
    """A class that stays the same object."""

    scope: tuple[str, ...]
    """The classes that it stands in, and its own name."""
    functions: list[FunctionEdit] = field(default_factory=list)
    values: list[ValueEdit] = field(default_factory=list)
    classes: list[ClassEdit] = field(default_factory=list)
    suite: CodeType | None = None
    """Runs the statements of its body that are new, have changed, or read what has."""
    suite_names: frozenset[str] = frozenset()
    """What those bind."""
    removed: frozenset[str] = frozenset()
    has_other_values: bool = False
    """Whether anything but methods and literals is new."""

    @property
    def runs_code(self) -> bool:
        """See Plan. To set attributes may be to make the class again, which only the live class tells."""
        has_attributes = bool(self.values or self.suite or self.removed)
        inner = [each.runs_code for each in self.functions] + [each.runs_code for each in self.classes]
        return has_attributes or any(inner)


def class_edit(
    old: ast.ClassDef, new: ast.ClassDef, scope: tuple[str, ...], comparison: Comparison
) -> ClassEdit | None:
    """None when the statement has to run again as a whole."""
    name = ".".join((*scope, new.name))
    if (reason := _head_change(old, new)) is not None:
        comparison.note(Tier.STRUCTURAL, f"class {name} has {reason}")
        return None
    edit = ClassEdit((*scope, new.name))
    bodies = effective(old.body, is_start=True), effective(new.body, is_start=True)
    runs: list[ast.stmt] = []
    for pair in paired(*bodies):
        if not _add(pair, new, edit, runs, comparison):
            comparison.note(Tier.STRUCTURAL, f"class {name} has another shape")
            return None
    bound = {each for statement in bodies[1] for each in _binds(statement)}
    edit.removed = frozenset(each for statement in bodies[0] for each in _binds(statement)) - bound
    if edit.removed & _SHAPING:
        comparison.note(Tier.STRUCTURAL, f"class {name} has another shape")
        return None
    runs = _with_readers(runs, bodies[1], edit)
    if runs:
        edit.suite = comparison.compiled(runs, edit.scope)
        edit.suite_names = frozenset(each for statement in runs for each in _binds(statement))
        edit.has_other_values = not all(isinstance(each, Function) for each in runs)
    return edit


def unchanged_names(old: ast.ClassDef, new: ast.ClassDef) -> frozenset[str]:
    """What the statements bind that are in both, and no other statement looks at."""
    texts = {written(each) for each in old.body}
    seen: set[str] = set()
    for each in new.body:
        if written(each) not in texts:
            seen |= _reads(each) | _binds(each)
    return frozenset(name for each in new.body if written(each) in texts for name in _binds(each)) - seen


def unread_names(node: ast.ClassDef, changed: frozenset[str]) -> frozenset[str]:
    """What the statements bind that read none of the changed names."""
    return frozenset(name for each in node.body if not _reads(each) & changed for name in _binds(each))


def value_edit(old: ast.stmt, new: ast.stmt, scope: tuple[str, ...], comparison: Comparison) -> ValueEdit | None:
    """None when they are not both assignments of literals to names."""
    if not (assigns_literal(old) and assigns_literal(new)):
        return None
    codes = [comparison.compiled([_unannotated(each)], scope) for each in (old, new)]
    return ValueEdit(codes[0], codes[1], frozenset(_binds(new)))


def assigns_literal(node: ast.stmt) -> bool:
    """Whether running it needs nothing and does nothing but bind its names."""
    return isinstance(node, ast.Assign | ast.AnnAssign) and targets(node) is not None and is_literal(node.value)


def _unannotated(node: ast.stmt) -> ast.stmt:
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return ast.copy_location(ast.Assign([node.target], node.value), node)
    return node


def _head_change(old: ast.ClassDef, new: ast.ClassDef) -> str | None:
    if written(old.bases) != written(new.bases):
        return "other bases"
    if written(old.keywords) != written(new.keywords):
        return "another metaclass or other keywords"
    return "other decorators" if written(old.decorator_list) != written(new.decorator_list) else None


def _add(pair: Pair, node: ast.ClassDef, edit: ClassEdit, runs: list[ast.stmt], comparison: Comparison) -> bool:
    """Plan for one statement of the body. False when the whole class has to run again."""
    old, new = pair
    name = ".".join(edit.scope)
    is_same = old is not None and new is not None and written(old) == written(new)
    if isinstance(old, Function) and isinstance(new, Function):
        function = function_edit(old, new, edit.scope, comparison)
        if function is not None:
            edit.functions.append(function)
        else:
            runs.append(new)
        return function is not None or not _is_opaque(node)
    if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
        inner = class_edit(old, new, edit.scope, comparison)
        if inner is not None:
            edit.classes.append(inner)
        return inner is not None
    if is_same:
        return True
    changed = _binds(old) | _binds(new)
    if changed & _SHAPING or _is_opaque(node):
        return False
    if isinstance(new, Function):
        tier = Tier.BODY if _is_method(new) else Tier.STRUCTURAL
        comparison.note(tier, f"{name}.{new.name} is new")
        runs.append(new)
        return True
    return _add_attribute(old, new, node, edit, runs, comparison)


def _add_attribute(
    old: ast.stmt | None, new: ast.stmt | None, node: ast.ClassDef, edit: ClassEdit, runs: list[ast.stmt],
    comparison: Comparison,
) -> bool:  # fmt: skip
    name = ".".join((*edit.scope, *sorted(_binds(new) or _binds(old))[:1]))
    if new is None:
        comparison.note(Tier.STRUCTURAL, f"{name} is gone")
        return isinstance(old, Function | ast.ClassDef) or not _makes_fields(node)
    if _binds(new) == {"__doc__"}:
        comparison.note(Tier.BODY, f"the docstring of {'.'.join(edit.scope)}")
    elif _makes_fields(node) or not (isinstance(new, ast.ClassDef) or targets(new) is not None):
        return False
    if old is not None and (value := value_edit(old, new, edit.scope, comparison)) is not None:
        comparison.note(Tier.LITERAL, f"the value of {name}")
        edit.values.append(value)
        return True
    comparison.note(Tier.STRUCTURAL, f"{name} has another value" if old is not None else f"{name} is new")
    runs.append(new)
    return True


def _with_readers(runs: list[ast.stmt], body: Sequence[ast.stmt], edit: ClassEdit) -> list[ast.stmt]:
    """The statements that run, in order, and those of the body that read what they bind."""
    chosen = {id(each) for each in runs}
    changed = {name for value in edit.values for name in value.names}
    found = []
    for statement in body:
        if id(statement) in chosen or _reads(statement) & changed:
            found.append(statement)
            changed |= set() if isinstance(statement, Function) and not statement.decorator_list else _binds(statement)
    return found


def _is_opaque(node: ast.ClassDef) -> bool:
    """Whether something that is not known looks at the class as it is made."""
    names = (written_name(each) for each in node.decorator_list)
    return bool(node.keywords) or any(name not in _HARMLESS_DECORATORS for name in names)


def _makes_fields(node: ast.ClassDef) -> bool:
    """Whether attributes become something else: fields, members."""
    is_dataclass = any(written_name(each) == "dataclass" for each in node.decorator_list)
    return is_dataclass or any(written_name(each).endswith(_MAKERS) for each in node.bases)


def _is_method(node: Function) -> bool:
    """Whether nothing but Python's own decorators look at it."""
    own = {"property", "staticmethod", "classmethod", "setter", "getter", "deleter", "abstractmethod", "override"}
    return all(written_name(each) in own for each in node.decorator_list)


def written_name(node: ast.expr) -> str:
    """The last name of `a.b.name` and of `a.name(...)`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Call(func=function):
            return written_name(function)
    return ""


def _binds(node: ast.stmt | None) -> set[str]:
    return _names(node).binds


def _reads(node: ast.stmt) -> set[str]:
    return _names(node).reads


def _names(node: ast.stmt | None) -> Names:
    names = Names()
    if node is not None:
        names.visit(node)
    return names
