"""What an edit of a Basilisp file is: which forms are new, changed and gone, and how deep that goes. Runs nothing.

A form counts as changed when its shape is another one: comments, white space and where it stands are not in it. The
new text of what has changed is read by Basilisp's own reader, in a copy of the namespace that knows what a changed `ns`
form adds, so that text which cannot be read is refused before anything has been touched. What cannot be compiled is
found when the edit is applied, since compiling a form takes what the forms before it define.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from basilisp.lang import reader, runtime, tagged
from basilisp.lang import symbol as sym

from device_server.reload import Change, Tier
from device_server.reload.basilisp_definitions import (
    NAMESPACE_HEADS,
    defined,
    init,
    is_constant,
    is_function,
    is_inline,
    skeleton,
)
from device_server.reload.basilisp_forms import Form, head, split, tree
from device_server.reload.basilisp_requires import aliases


@dataclass(frozen=True, slots=True)
class Edit:
    """A form that is to be evaluated."""

    form: Form
    old: Form | None
    """The form whose place it takes, if there was one."""
    tier: Tier
    reason: str
    is_for_metadata: bool = False
    """Whether the value stays as it is: the form differs in its docstring or metadata only."""


@dataclass(frozen=True, slots=True)
class BasilispPlan:
    """See Plan."""

    change: Change
    tier: Tier
    reason: str
    forms: tuple[Form, ...]
    """All forms of the new text, in order."""
    edits: dict[Form, Edit]
    """Those of them that are to be evaluated."""
    removed: tuple[Form, ...]
    """Forms of the old text that nothing has taken the place of."""
    moved: tuple[tuple[Form, Form], ...]
    """Forms that stand on other lines than before and are the same otherwise: as they stood, and as they stand."""

    @property
    def runs_code(self) -> bool:
        """See Plan. Forms are evaluated."""
        return self.tier is not Tier.NONE


def plan(change: Change) -> BasilispPlan:
    """Compare the texts. Raises: basilisp.lang.reader.SyntaxError, and what else the reader raises."""
    old, new = split(change.old), split(change.new)
    if change.is_forced:
        edits, removed, moved = _forced(old, new)
    else:
        edits, removed, moved = _compared(old, new)
    for form in edits:
        check(form, change.path, edits)
    deepest = max(edits.values(), key=lambda edit: edit.tier, default=None)
    tier, reason = (deepest.tier, deepest.reason) if deepest else (Tier.NONE, "")
    if removed and tier < Tier.STRUCTURAL:
        tier, reason = Tier.STRUCTURAL, f"{title(removed[0])} is gone"
    return BasilispPlan(change, tier, reason, new, edits, removed, moved)


def read(form: Form, path: str, *, is_checked_only: bool = False) -> Iterator[object]:
    """What Basilisp's reader makes of it in the current namespace, with its place in the file.

    `is_checked_only` leaves literals of records as they are written: making the record would run code.

    Raises: basilisp.lang.reader.SyntaxError.
    """
    stream = io.StringIO(form.text)
    stream.name = path  # where the reader's errors look for it
    yield from reader.read(
        stream,
        resolver=runtime.resolve_alias,
        data_readers=_UnmadeRecords() if is_checked_only else None,
        init_line=form.line,
        init_column=form.column,
    )


def title(form: Form) -> str:
    """What to call it in front of a person: the name that it defines, or how it begins."""
    names = defined(tree(form.text))
    if head(tree(form.text)) in NAMESPACE_HEADS:
        return f"ns {form.namespace}"
    return names[0] if names else f"{form.text.partition(chr(10))[0][:40]} (line {form.line})"


def check(form: Form, path: str, forms: Iterator[Form] | dict[Form, Edit]) -> None:
    """Read it in a namespace like its own, with the aliases that `forms` are going to add. Raises: as `read`."""
    with runtime.bindings({runtime.Var.find_safe(runtime.NS_VAR_SYM): _likeness(form.namespace, forms)}):
        try:
            for _ in read(form, path, is_checked_only=True):
                pass
        except reader.UnexpectedEOFError as error:  # at the end of the file: it is the beginning that helps
            message = f"{error.message}: what begins here is never closed"
            raise reader.UnexpectedEOFError(message, form.line, form.column, path) from None


def _likeness(name: str, forms: Iterator[Form] | dict[Form, Edit]) -> runtime.Namespace:
    """A namespace that nobody else knows, in which symbols and keywords resolve as they are going to."""
    own = runtime.Namespace.get(sym.symbol(name))
    like = runtime.Namespace.__new__(runtime.Namespace)
    template = own or runtime.Namespace.get(runtime.CORE_NS_SYM)
    for field in runtime.Namespace.__slots__:
        setattr(like, field, getattr(template, field))
    like._name = sym.symbol(name)
    for form in forms:
        if form.namespace == name:
            for alias, target in aliases(tree(form.text)).items():
                like._aliases = like._aliases.assoc(sym.symbol(alias), _named(target))
    return like


def _named(name: str) -> runtime.Namespace:
    existing = runtime.Namespace.get(sym.symbol(name))
    if existing is not None:
        return existing
    unknown = runtime.Namespace.__new__(runtime.Namespace)
    for field in runtime.Namespace.__slots__:
        setattr(unknown, field, getattr(runtime.Namespace.get(runtime.CORE_NS_SYM), field))
    unknown._name = sym.symbol(name)
    return unknown


class _UnmadeRecords(dict[sym.Symbol, object]):
    """Data readers that leave `#some.namespace.Record [...]` as it is written."""

    def __contains__(self, symbol: object) -> bool:
        return isinstance(symbol, sym.Symbol) and symbol.ns is None and "." in symbol.name

    def __getitem__(self, symbol: sym.Symbol) -> object:
        return lambda value: tagged.tagged_literal(symbol, value)


_Compared = tuple[dict[Form, Edit], tuple[Form, ...], tuple[tuple[Form, Form], ...]]


def _forced(old: Sequence[Form], new: Sequence[Form]) -> _Compared:
    predecessors = _by_name(old)
    edits = {form: Edit(form, _take(predecessors, form), Tier.STRUCTURAL, "everything runs again") for form in new}
    return edits, tuple(form for forms in predecessors.values() for form in forms), ()


def _compared(old: Sequence[Form], new: Sequence[Form]) -> _Compared:
    """Forms of the same shape are the same, wherever they stand; of the rest, those that define the same name."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    pairs = [*zip(old[:start], new[:start], strict=True)]
    pairs += [*zip(old[len(old) - end :], new[len(new) - end :], strict=True)] if end else []
    left, fresh = old[start : len(old) - end], new[start : len(new) - end]
    same, left, fresh = _same_shapes(left, fresh)
    predecessors = _by_name(left)
    edits = {form: edit(form, _take(predecessors, form)) for form in fresh}
    moved = tuple((before, after) for before, after in [*pairs, *same] if before.line != after.line)
    return edits, tuple(form for forms in predecessors.values() for form in forms), moved


def _common(old: Sequence[Form], new: Sequence[Form]) -> int:
    """How many forms they have in common at the beginning."""
    for count, (before, after) in enumerate(zip(old, new, strict=False)):
        if before.text != after.text or before.namespace != after.namespace:
            return count
    return min(len(old), len(new))


def _same_shapes(
    old: Sequence[Form], new: Sequence[Form]
) -> tuple[list[tuple[Form, Form]], Sequence[Form], Sequence[Form]]:
    """Pairs of the same shape, and what is left of both."""
    waiting: defaultdict[object, list[Form]] = defaultdict(list)
    for form in old:
        waiting[form.namespace, tree(form.text)].append(form)
    pairs, fresh = [], []
    for form in new:
        same = waiting[form.namespace, tree(form.text)]
        if same:
            pairs.append((same.pop(0), form))
        else:
            fresh.append(form)
    paired = {id(before) for before, _ in pairs}
    return pairs, [form for form in old if id(form) not in paired], fresh


def _by_name(forms: Sequence[Form]) -> defaultdict[object, list[Form]]:
    found: defaultdict[object, list[Form]] = defaultdict(list)
    for form in forms:
        found[_name(form)].append(form)
    return found


def _take(predecessors: defaultdict[object, list[Form]], form: Form) -> Form | None:
    found = predecessors[_name(form)]
    return found.pop(0) if found else None


def _name(form: Form) -> object:
    """What makes a form of another text the one before it."""
    shape = tree(form.text)
    operator = head(shape)
    if operator in NAMESPACE_HEADS:
        return operator, form.namespace
    if operator == "defmethod":
        return operator, form.namespace, shape[2:4] if isinstance(shape, tuple) else ()
    names = defined(shape)
    return (form.namespace, names[0]) if names else (form.namespace, shape)


def edit(form: Form, old: Form | None) -> Edit:
    """What evaluating the form amounts to."""
    shape, before = tree(form.text), tree(old.text) if old else None
    name, operator = title(form), head(shape)
    if operator == "defonce":
        return Edit(form, old, Tier.BODY, f"{name} is kept: defonce")
    if is_inline(shape) or (before is not None and is_inline(before)):
        return Edit(form, old, Tier.STRUCTURAL, f"{name} is compiled into its callers")
    if is_function(shape) and (before is None or is_function(before)):
        is_value = before is not None and skeleton(before) == skeleton(shape)
        return Edit(form, old, Tier.LITERAL if is_value else Tier.BODY, f"{name} {'changed' if old else 'is new'}")
    if operator == "def" and before is not None and head(before) == "def":
        return _edited_value(form, old, name)
    return Edit(form, old, Tier.STRUCTURAL, f"{name} {'runs again' if old else 'is new'}")


def _edited_value(form: Form, old: Form | None, name: str) -> Edit:
    """A `def` of something that is no function."""
    shape, before = tree(form.text), tree(old.text) if old else ""
    if init(shape) == init(before):
        return Edit(form, old, Tier.BODY, f"documentation of {name}", is_for_metadata=True)
    if is_constant(shape) and is_constant(before) and skeleton(before) == skeleton(shape):
        return Edit(form, old, Tier.LITERAL, f"{name} changed")
    return Edit(form, old, Tier.STRUCTURAL, f"{name} runs again")
