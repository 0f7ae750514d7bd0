"""What an edit of a Python text is: which functions have other bodies, which values other literals, what runs again.

Pure: nothing live is looked at and nothing is run. python_apply.py does what is planned here.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from device_server.reload import Change, Tier
from device_server.reload.python_class_plan import (
    ClassEdit,
    ValueEdit,
    class_edit,
    unchanged_names,
    value_edit,
    written_name,
)
from device_server.reload.python_codes import nested
from device_server.reload.python_comparison import Comparison, codes_of, compiled
from device_server.reload.python_function_plan import FunctionEdit, function_edit
from device_server.reload.python_outline import (
    Names,
    Outline,
    Region,
    Row,
    compare,
    first_line,
    group_by_line,
    outline,
    parse,
    statements_at,
)
from device_server.reload.python_syntax import Function, Pair, effective, head, paired, suites, targets, written


@dataclass(slots=True)
class RowEdit:
    """What is done for one row of the new outline."""

    reruns: bool = False
    kept: frozenset[str] = frozenset()
    """Of a class that runs again: the names in it whose statements are as before."""
    is_derived: bool = False
    """Whether it calls functions that use what has changed: it runs again if nothing but data is made there."""
    functions: list[FunctionEdit] = field(default_factory=list)
    values: list[ValueEdit] = field(default_factory=list)
    classes: list[ClassEdit] = field(default_factory=list)

    @property
    def runs_code(self) -> bool:
        """See Plan."""
        inner = [each.runs_code for each in self.functions] + [each.runs_code for each in self.classes]
        return self.reruns or any(inner)


@dataclass(frozen=True, slots=True)
class PythonPlan:
    """See Plan."""

    change: Change
    tier: Tier
    reason: str
    outline: Outline
    """Of the new text."""
    rows: dict[int, RowEdit]
    """Place in the outline -> what to do there."""
    removed: frozenset[str]
    """Names that no statement binds any more."""
    added: frozenset[str]
    """Names that no statement has bound before."""
    values: frozenset[str]
    """Names with other literals."""
    moved: tuple[int, int]
    """What begins at this line of the old text (from 1) or after it is so many lines further down."""

    @property
    def runs_code(self) -> bool:
        """See Plan. Functions get other code, and names other literals, without running anything."""
        return self.tier is Tier.STRUCTURAL or any(row.runs_code for row in self.rows.values())


def plan(change: Change, known: Outline) -> PythonPlan:
    """`known` is the outline of the old text. Raises: SyntaxError, of the new text."""
    if change.is_forced:
        return _forced(change, known)
    region, after = compare(change.old, known, change.new, change.path)
    codes = (
        codes_of(region.old_body, change.path, known.flags),
        codes_of(region.new_body, change.path, after.flags),
    )
    return _Planner(change, known, after, region, Comparison(change.path, after.flags, *codes)).plan()


def _forced(change: Change, known: Outline) -> PythonPlan:
    body = parse(change.new, change.path).body
    after = outline(change.new, change.path)
    compiled(body, (), change.path, after.flags)  # for its errors, before anything runs
    old, new = _bound(known.rows), _bound(after.rows)
    rows = {place: RowEdit(reruns=True) for place in range(len(after.rows))}
    reason = "everything in it runs again"
    none: frozenset[str] = frozenset()
    return PythonPlan(change, Tier.STRUCTURAL, reason, after, rows, old - new, new - old, none, (0, 0))


def _bound(rows: Sequence[Row]) -> frozenset[str]:
    return frozenset(name for row in rows for name in row[1])


class _Planner:
    def __init__(self, change: Change, known: Outline, after: Outline, region: Region, comparison: Comparison) -> None:
        self._change, self._known, self._after, self._region = change, known, after, region
        self._comparison = comparison
        self._rows: dict[int, RowEdit] = {}
        self._values: set[str] = set()
        groups = group_by_line(region.new_body)
        self._places = {first_line(each): region.first + at for at, group in enumerate(groups) for each in group}

    def plan(self) -> PythonPlan:
        region = self._region
        is_start = region.first == 0
        bodies = (effective(region.old_body, is_start=is_start), effective(region.new_body, is_start=is_start))
        for old, new in paired(*bodies):
            if new is None:
                assert old is not None
                self._remove(old)
            else:
                self._add(old, new)
        self._rerun_binders()
        old_names, new_names = _bound(self._known.rows), _bound(self._after.rows)
        self._note_readers()
        self._note_derived()
        documented = [any(targets(each) == ["__doc__"] for each in body) for body in bodies]
        removed = (old_names - new_names) | ({"__doc__"} if documented == [True, False] else set())
        end = region.old_end
        rows = self._known.rows
        moved = (rows[end][0] + 1, self._after.rows[region.new_end][0] - rows[end][0]) if end < len(rows) else (0, 0)
        found = self._comparison
        return PythonPlan(
            self._change, found.tier, found.reason, self._after, self._rows, removed, new_names - old_names,
            frozenset(self._values), moved,
        )  # fmt: skip

    def _row(self, node: ast.stmt) -> RowEdit:
        return self._rows.setdefault(self._places[first_line(node)], RowEdit())

    def _add(self, old: ast.stmt | None, new: ast.stmt) -> None:
        row = self._row(new)
        if old is None:
            row.reruns = True
            self._note_new(new)
        elif not self._edit(old, new, row, is_top=True):
            row.reruns = True
            self._comparison.note(Tier.STRUCTURAL, f"{_title(new)} has changed")
            if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
                row.kept = unchanged_names(old, new)
        elif isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            row.kept = unchanged_names(old, new)

    def _note_new(self, node: ast.stmt) -> None:
        is_plain = isinstance(node, Function) and not node.decorator_list
        is_first = not _names(node) & _bound(self._known.rows)
        tier = Tier.BODY if is_plain and is_first else Tier.STRUCTURAL
        self._comparison.note(tier, f"{_title(node)} is new")

    def _edit(self, old: ast.stmt, new: ast.stmt, row: RowEdit, *, is_top: bool) -> bool:
        """Plan to change what the statement has made, without running it again. False when that cannot be."""
        comparison = self._comparison
        if self._known.flags != self._after.flags and isinstance(new, Function | ast.ClassDef):
            return False
        if isinstance(old, Function) and isinstance(new, Function):
            function = function_edit(old, new, (), comparison)
            if function is not None:
                row.functions.append(function)
            return function is not None
        if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
            edit = class_edit(old, new, (), comparison)
            if edit is not None:
                row.classes.append(edit)
            return edit is not None
        olds, news = suites(old), suites(new)
        if olds is not None and news is not None and type(old) is type(new):
            return self._never_runs(old, new) or (head(old) == head(new) and self._edit_blocks(olds, news, row))
        if written(old) == written(new):
            return True
        if (
            isinstance(old, ast.AnnAssign)
            and isinstance(new, ast.AnnAssign)
            and written(old.value) == written(new.value)
        ):
            return is_top and new.value is not None
        return self._edit_lambdas(old, new, row) or (is_top and self._edit_value(old, new, row))

    def _edit_lambdas(self, old: ast.stmt, new: ast.stmt, row: RowEdit) -> bool:
        """Whether nothing but the bodies of lambdas is another."""
        if written(old, hollow=True) != written(new, hollow=True):
            return False
        is_literal = written(old, masked=True) == written(new, masked=True)
        self._comparison.note(Tier.LITERAL if is_literal else Tier.BODY, f"a lambda of {_title(new)}")
        name = min(_names(new), default="")
        codes = [self._comparison.compiled([each], ()) for each in (old, new)]
        for pair in nested(codes[0], codes[1]):
            if pair.old.co_name == "<lambda>" and pair.new is not None:
                row.functions.append(FunctionEdit((), name, pair.old, pair.new))
        return True

    def _edit_value(self, old: ast.stmt, new: ast.stmt, row: RowEdit) -> bool:
        value = value_edit(old, new, (), self._comparison)
        names = _names(new)
        if value is None or any(sum(name in row[1] for row in self._after.rows) > 1 for name in names):
            return False
        is_doc = names == {"__doc__"}
        title = "the docstring of the module" if is_doc else f"the value of {', '.join(sorted(names))}"
        self._comparison.note(Tier.BODY if is_doc else Tier.LITERAL, title)
        self._values |= names
        row.values.append(value)
        return True

    def _edit_blocks(self, olds: list[list[ast.stmt]], news: list[list[ast.stmt]], row: RowEdit) -> bool:
        if len(olds) != len(news):
            return False
        pairs: list[Pair] = []
        for old, new in zip(olds, news, strict=True):
            pairs += paired(effective(old, is_start=False), effective(new, is_start=False))
        return all(
            old is not None and new is not None and self._edit(old, new, row, is_top=False) for old, new in pairs
        )

    def _never_runs(self, old: ast.stmt, new: ast.stmt) -> bool:
        """Whether they are for type checkers, or for when the file is a program, and nothing else has changed."""
        if not isinstance(old, ast.If) or not isinstance(new, ast.If) or written(old.orelse) != written(new.orelse):
            return False
        if written(old.test) != written(new.test):
            return False
        is_main = self._change.module != "__main__" and ast.unparse(new.test) == "__name__ == '__main__'"
        return is_main or written_name(new.test) == "TYPE_CHECKING"

    def _remove(self, node: ast.stmt) -> None:
        """A name that other statements bind, too, gets what the last of them gives, if this was the last."""
        self._comparison.note(Tier.STRUCTURAL, f"{_title(node)} is gone")
        line = first_line(node) - 1
        for name in _names(node):
            binders = [row[0] for row in self._known.rows if name in row[1]]
            left = [place for place, row in enumerate(self._after.rows) if name in row[1]]
            if left and binders and line >= binders[-1]:
                self._rows.setdefault(left[-1], RowEdit()).reruns = True

    def _rerun_binders(self) -> None:
        """What binds a name again after a statement that runs again does so, too; and before it, if that reads it."""
        rows = self._after.rows
        for place in [place for place in sorted(self._rows) if self._rows[place].reruns]:
            _, binds, reads, *_ = rows[place]
            for other, row in enumerate(rows):
                names = set(binds).intersection(row[1])
                if names and (other > place or names.intersection(reads)):
                    self._rows.setdefault(other, RowEdit()).reruns = True

    def _note_derived(self) -> None:
        """What calls a function that uses a value that has changed, by itself or through others."""
        rows = self._after.rows if self._values else ()
        called = {name for row in rows for name in row[4]}
        tainted: set[str] = set(self._values)
        uses = {name: self._uses(name) for name in called}
        while more := {name for name in uses if name not in tainted and uses[name] & tainted}:
            tainted |= more
        for place, row in enumerate(rows):
            if not tainted.isdisjoint(row[4]):
                self._rows.setdefault(place, RowEdit()).is_derived = True
                self._comparison.note(Tier.STRUCTURAL, f"{', '.join(row[1][:1])} may be made of what has changed")

    def _uses(self, name: str) -> set[str]:
        """The names that a function mentions."""
        place = next((at for at, row in enumerate(self._after.rows) if name in row[1]), None)
        if place is None:
            return set()
        body = statements_at(self._change.new, self._after, place, self._change.path)
        functions = [each for each in body if isinstance(each, Function)]
        return {node.id for each in functions for node in ast.walk(each) if isinstance(node, ast.Name)}

    def _note_readers(self) -> None:
        for place, row in enumerate(self._after.rows):
            for name in sorted(self._values.intersection(row[2])):
                own = self._rows.get(place)
                if own is None or not own.values:
                    title = ", ".join(row[1][:1]) or f"line {row[0] + 1}"
                    self._comparison.note(Tier.STRUCTURAL, f"{title} is made of {name}")


def _names(node: ast.stmt) -> set[str]:
    names = Names()
    names.visit(node)
    return names.binds


def _title(node: ast.stmt) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    names = sorted(_names(node))
    if isinstance(node, ast.Import | ast.ImportFrom):
        return f"the import of {', '.join(names) or 'all names'}"
    if names and not suites(node):
        return ", ".join(names)
    return f"the statement in line {first_line(node)}"
