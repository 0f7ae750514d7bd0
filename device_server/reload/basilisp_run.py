"""Evaluates the forms of one edit, and settles what they define: in the objects that are there, where that can be."""

from __future__ import annotations

import datetime
import decimal
import fractions
import numbers
import re
import types
import uuid
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from basilisp.lang import compiler, multifn, runtime
from basilisp.lang import keyword as kw
from basilisp.lang import list as llist
from basilisp.lang import map as lmap
from basilisp.lang import set as lset
from basilisp.lang import symbol as sym
from basilisp.lang import vector as vec
from basilisp.lang.interfaces import IRecord, ISeq
from basilisp.lang.util import munge

from device_server.loaded import LoadedSources
from device_server.reload import Outcome, State, Tier
from device_server.reload.basilisp_definitions import NAMESPACE_HEADS, closes_over_something, defined, is_constant
from device_server.reload.basilisp_effects import Effects
from device_server.reload.basilisp_forms import DEFAULT_NAMESPACE, Form, head, tree
from device_server.reload.basilisp_lines import shift
from device_server.reload.basilisp_live import (
    count_instances,
    is_protocol,
    renew,
    renewed_protocol,
)
from device_server.reload.basilisp_plan import BasilispPlan, Edit, read, title
from device_server.reload.basilisp_requires import forget
from device_server.reload.basilisp_snapshot import (
    BINDINGS,
    keep_current_namespace,
    keep_loaded,
    keep_namespace,
    keep_value,
    restore_var,
)
from device_server.reload.basilisp_temporaries import drop

_DOC, _INLINE, _MACRO = (kw.keyword(name) for name in ("doc", "inline", "macro"))
_DATA = (
    bool, bytes, complex, datetime.date, decimal.Decimal, fractions.Fraction, kw.Keyword, numbers.Number, re.Pattern,
    str, sym.Symbol, types.NoneType, uuid.UUID,
)  # fmt: skip
"""Values that are as good as any other equal one."""
_COLLECTIONS = (llist.PersistentList, lmap.PersistentMap, lset.PersistentSet, vec.PersistentVector)
_VALUES = (ISeq, types.ModuleType)
Gone = dict[tuple[str, str], tuple[runtime.Var, object]]
"""Namespace and name -> what was taken out of them: the var, and what the module had for it."""
MAX_ITEMS = 1000
"""Items of a collection that are looked at to tell whether it is data all through."""


@dataclass(frozen=True, slots=True)
class _Before:
    """What a namespace held before a form was evaluated."""

    module: dict[str, object]
    roots: dict[sym.Symbol, object]
    metas: dict[sym.Symbol, lmap.PersistentMap | None]
    bindings: tuple[lmap.PersistentMap, ...]


class Run:
    """One edit of any number of files, on its way."""

    def __init__(
        self, loaded: LoadedSources, gone: dict[tuple[str, str], tuple[runtime.Var, object]], undo: ExitStack
    ) -> None:
        self.effects = Effects()
        self._gone = gone
        self._undo = undo
        self._kept: set[runtime.Namespace] = set()
        self._redefined: set[tuple[str, str]] = set()
        self._reloaded: dict[str, None] = {}
        self._state = State.KEPT
        self._said: list[str] = []
        self._stale: list[str] = []
        keep_loaded(loaded, undo)
        keep_current_namespace(undo)

    def outcome(self) -> Outcome:
        """What has been done."""
        return Outcome(tuple(self._reloaded), self._state, "; ".join(dict.fromkeys(self._said)), tuple(self._stale))

    def prepare(self, plan: BasilispPlan) -> None:
        """Take out what the new text does not define, and move the rest to its lines."""
        for name in {old.namespace for old, _ in plan.moved}:
            if (namespace := self._keep(name)) is not None:
                moved = [pair for pair in plan.moved if pair[0].namespace == name]
                shift(namespace, plan.change.path, moved, self._undo)
        stays = {(form.namespace, name) for form in plan.forms for name in defined(tree(form.text)) if plan.removed}
        for form in plan.removed:
            self._reloaded[plan.change.module] = None
            names = defined(tree(form.text))
            self._redefined.update((form.namespace, name) for name in names if (form.namespace, name) in stays)
            if head(tree(form.text)) == "defmethod":
                self._remove_method(form, plan.change.path)
            elif not names and head(tree(form.text)) not in NAMESPACE_HEADS:
                self._said.append(f"what {title(form)} has done stays")
            self._unmap(form.namespace, [name for name in names if (form.namespace, name) not in stays])
        for edit in plan.edits.values():
            if edit.old is not None:
                left = {*defined(tree(edit.old.text))} - {*defined(tree(edit.form.text))}
                self._unmap(edit.old.namespace, [name for name in left if (edit.old.namespace, name) not in stays])

    def visit(self, module: str, path: str, forms: Iterable[Form], edits: dict[Form, Edit]) -> None:
        """Evaluate those that the edits say, and those that what has happened concerns. In order."""
        context = None
        for form in forms:
            edit = edits.get(form)
            if edit is None and not self._is_defined_again(form) and not self.effects.concern(form):
                for _, name in sorted(self.effects.users_of_gone(form)):
                    self._said.append(f"{form.namespace} uses {name}, which is gone")
                continue
            context = context or compiler.CompilerContext(path, opts=runtime.get_compiler_opts())
            self._evaluate(form, edit or Edit(form, form, Tier.STRUCTURAL, ""), context)
            self._reloaded[module] = None
            if head(tree(form.text)) != "declare":
                self._redefined.update((form.namespace, name) for name in defined(tree(form.text)))

    def _is_defined_again(self, form: Form) -> bool:
        """Whether it defines what a form before it has defined in this edit: the last definition counts."""
        names = {name for namespace, name in self._redefined if namespace == form.namespace and name in form.text}
        return bool(names) and not names.isdisjoint(defined(tree(form.text)))

    def _keep(self, name: str) -> runtime.Namespace | None:
        """The namespace of that name, if there is one; `undo` puts it back."""
        namespace = runtime.Namespace.get(sym.symbol(name))
        if namespace is not None and namespace not in self._kept:
            self._kept.add(namespace)
            keep_namespace(namespace, self._undo)
        return namespace

    def _remove_method(self, form: Form, path: str) -> None:
        """Evaluate what the method is for, and take it out of its multimethod."""
        namespace = runtime.Namespace.get(sym.symbol(form.namespace))
        if namespace is None:
            return
        with _bound(namespace):
            _, multi, dispatch, *_ = _items(next(read(form, path)))
            var = runtime.resolve_var(multi) if isinstance(multi, sym.Symbol) else None
            held = [var._root, vars(var.ns.module).get(munge(var.name.name))] if var is not None else []
            method_table = next((each for each in held if isinstance(each, multifn.MultiFunction)), None)
            if method_table is None:  # the program has put something else there
                return
            keep_value(method_table, self._undo)
            context = compiler.CompilerContext(path, opts=runtime.get_compiler_opts())
            method_table.remove_method(compiler.compile_and_exec_form(dispatch, context, namespace))

    def _unmap(self, name: str, names: Iterable[str]) -> None:
        namespace = self._keep(name)
        for each in names:
            symbol = sym.symbol(each)
            if namespace is None or (var := namespace.interns.val_at(symbol)) is None:
                continue
            self._gone[name, each] = var, vars(namespace.module).get(munge(each))
            namespace.unmap(symbol)
            vars(namespace.module).pop(munge(each), None)
            self.effects.gone.add((name, each))
            self._said.append(f"{each} is gone")

    def _evaluate(self, form: Form, edit: Edit, context: compiler.CompilerContext) -> None:
        shape = tree(form.text)
        namespace = self._keep(form.namespace)
        is_value = edit.tier is Tier.LITERAL and is_constant(shape)
        if namespace is not None and is_value and self._is_changed(namespace, defined(shape)[0]):
            self._said.append(f"{defined(shape)[0]} keeps the value that the program has given it")
            return
        if namespace is not None:
            self._revive(namespace, defined(shape))
        before = None if namespace is None else _before(namespace)
        if namespace is not None and edit.old is not None and head(shape) == "ns":
            forget(namespace, tree(edit.old.text), shape)
        codes: list[types.CodeType] = []
        start = None if head(shape) in NAMESPACE_HEADS else namespace
        with _bound(start or runtime.Namespace.get(sym.symbol(DEFAULT_NAMESPACE))):
            for each in read(form, context.filename):
                self._keep_method_table(each)
                what = _without_value(each) if edit.is_for_metadata else each
                _run_form(what, context, codes)
        if namespace is not None and before is not None:
            drop(vars(namespace.module), before.module, codes, (munge(symbol.name) for symbol in namespace.interns))
            self._settle(namespace, before, form)

    def _keep_method_table(self, form: object) -> None:
        """A method may be added to a multimethod, a type extended to a protocol, of another namespace."""
        for item in _items(form)[1:]:
            if isinstance(item, sym.Symbol) and (var := runtime.resolve_var(item)) is not None:
                keep_value(var._root, self._undo)
                if is_protocol(var._root):
                    self._keep(var.ns.name)

    def _is_changed(self, namespace: runtime.Namespace, name: str) -> bool:
        """Whether the program has set the var or the name in the module: no longer do both have what the `def` gave."""
        var = namespace.interns.val_at(sym.symbol(name))
        return var is not None and var._root is not vars(namespace.module).get(munge(name))

    def _revive(self, namespace: runtime.Namespace, names: Iterable[str]) -> None:
        for name in names:
            var, given = self._gone.get((namespace.name, name), (None, None))
            if var is None or var.ns is not namespace or namespace.interns.val_at(sym.symbol(name)) is not None:
                continue
            namespace.intern(sym.symbol(name), var)
            if given is not None:
                vars(namespace.module)[munge(name)] = given

    def _settle(self, namespace: runtime.Namespace, before: _Before, form: Form) -> None:
        """Put what is new into what was there, and tell the rest of the edit what is another thing now."""
        module = vars(namespace.module)
        for name, old in before.module.items():
            new = module.get(name)
            if new is not old and new is not None:
                left = renew(old, new, self._undo)
                if left is not None:
                    module[name] = old
                if left:
                    self._stale.append(f"functions that {title(form)} has made: {left}")
        for symbol, var in namespace.interns.items():
            if symbol not in before.roots:
                self._note_new(namespace, symbol, var)
            else:
                if head(tree(form.text)) == "declare" and var._meta is not before.metas[symbol]:
                    var.reset_meta(before.metas[symbol])
                self._settle_var(namespace, symbol, var, before, form)
        changed = zip(before.bindings, _bindings(namespace), strict=True)
        self.effects.rebound[namespace.name].update(name for then, now in changed for name in _different(then, now))

    def _note_new(self, namespace: runtime.Namespace, symbol: sym.Symbol, var: runtime.Var) -> None:
        if var.meta and (var.meta.val_at(_MACRO) or var.meta.val_at(_INLINE)):
            self.effects.compiled_in.add((namespace.name, symbol.name))

    def _settle_var(
        self, namespace: runtime.Namespace, symbol: sym.Symbol, var: runtime.Var, before: _Before, form: Form
    ) -> None:
        old, new, meta = before.roots[symbol], var._root, before.metas[symbol]
        name = (namespace.name, symbol.name)
        if old is new:
            return
        if any(each and (each.val_at(_MACRO) or each.val_at(_INLINE)) for each in (var.meta, meta)):
            self.effects.compiled_in.add(name)
        if is_protocol(old) and is_protocol(new):
            if (renewed := renewed_protocol(old, new, self._undo)) is not new:  # defined, and not only extended
                var._root = renewed
                self.effects.values.add(name)
            return
        munged = munge(symbol.name)
        given = before.module.get(munged)
        if given is not None and vars(namespace.module).get(munged) is given:  # renewed
            is_interface = bool(getattr(given, "__abstractmethods__", None))
            (self.effects.values if is_interface else self.effects.functions).add(name)
            if isinstance(given, types.FunctionType) and closes_over_something(tree(form.text)):
                self._reset(f"{symbol.name} was made anew, with what it closes over")
            # The program may have wrapped it (`alter-var-root`): what it has wrapped has been renewed.
            restore_var(var, given if old is given else old, var._meta, is_dynamic=var._dynamic)
            return
        self._replaced(name, old, new, is_own=old is given)

    def _replaced(self, name: tuple[str, str], old: object, new: object, *, is_own: bool) -> None:
        """The var has another value, which is not the old one renewed."""
        if isinstance(old, runtime.Unbound):
            return
        if is_own and is_plain(old) and is_plain(new) and type(old) is type(new) and old == new:
            return
        self.effects.values.add(name)
        if isinstance(old, type) and isinstance(new, type):
            if left := count_instances(old):
                self._stale.append(f"instances of {name[1]} from before, laid out otherwise: {left}")
        elif not is_own or _is_state(old) or _is_state(new):
            self._reset(f"{name[1]} was made anew")

    def _reset(self, reason: str) -> None:
        self._state = State.RESET
        self._said.append(reason)


def _run_form(form: object, context: compiler.CompilerContext, codes: list[types.CodeType]) -> None:
    """In the current namespace. Raises: whatever the form raises; when it cannot be compiled, with its place."""
    try:
        compiler.compile_and_exec_form(form, context, runtime.get_current_ns(), collect_bytecode=codes.append)
    except compiler.CompilerException as error:  # what a macro has made of it may have no place
        raise compiler.CompilerException(error.msg, error.phase, context.filename, form) from error


def is_plain(value: object) -> bool:
    """Whether it is data all through: as good as any other equal value."""
    return _is_plain(value, [MAX_ITEMS])


def _is_plain(value: object, left: list[int]) -> bool:
    left[0] -= 1
    if left[0] < 0:
        return False
    if isinstance(value, (*_DATA, IRecord)):
        return True
    if not isinstance(value, _COLLECTIONS):  # a lazy sequence would run code
        return False
    if isinstance(value, lmap.PersistentMap):
        return all(_is_plain(key, left) and _is_plain(each, left) for key, each in value.items())
    return all(_is_plain(each, left) for each in value)


def _is_state(value: object) -> bool:
    return not callable(value) and not isinstance(value, _VALUES) and not is_plain(value)


def _before(namespace: runtime.Namespace) -> _Before:
    interns = namespace.interns
    return _Before(
        {**vars(namespace.module)},
        {symbol: var._root for symbol, var in interns.items()},
        {symbol: var._meta for symbol, var in interns.items()},
        _bindings(namespace),
    )


def _bindings(namespace: runtime.Namespace) -> tuple[lmap.PersistentMap, ...]:
    """What names mean in the namespace that are not its own."""
    return tuple(getattr(namespace, field) for field in BINDINGS)


def _different(then: lmap.PersistentMap, now: lmap.PersistentMap) -> Sequence[str]:
    if then is now:
        return ()
    return [name.name for name in {*then, *now} if then.val_at(name) != now.val_at(name)]


def _items(form: object) -> Sequence[object]:
    return [*form] if isinstance(form, ISeq) else ()


def _without_value(form: object) -> object:
    """`(def name)` with the docstring as metadata: gives the var its metadata, and leaves its value."""
    assert isinstance(form, ISeq)
    operator, name, *rest = form
    if len(rest) > 1:
        name = name.with_meta((name.meta or lmap.EMPTY).assoc(_DOC, rest[0]))
    return llist.list([operator, name], meta=form.meta)


class _bound:
    """While it is entered, `*ns*` is that namespace. Not a generator, which would leave when it is thrown away."""

    def __init__(self, namespace: runtime.Namespace) -> None:
        self._bindings = lmap.map({runtime.Var.find_safe(runtime.NS_VAR_SYM): namespace})

    def __enter__(self) -> None:
        runtime.push_thread_bindings(self._bindings)

    def __exit__(self, *error: object) -> None:
        runtime.pop_thread_bindings()
