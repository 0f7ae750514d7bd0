"""Expands macros as the compiler would, without compiling: nothing is defined by it. Imported with Basilisp only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import TypeAlias

from basilisp.lang import keyword as kw
from basilisp.lang import list as llist
from basilisp.lang import map as lmap
from basilisp.lang import reader, runtime
from basilisp.lang import set as lset
from basilisp.lang import symbol as sym
from basilisp.lang import vector as vec
from basilisp.lang.compiler.constants import SpecialForm
from basilisp.lang.interfaces import IPersistentMap, IPersistentSet, IPersistentVector, ISeq

from device_server.languages.basilisp_code import code_text
from device_server.wire import Message

Locals: TypeAlias = frozenset[str]
"""Names that are bound where a form stands: there they are no macros."""
Expand: TypeAlias = Callable[[object, Locals], object]
"""The form with its own operator expanded, or the form itself when there is nothing to expand."""

DEFAULT_WIDTH = 80
MAX_ITEMS = 10_000
"""Items that a list may have."""
_MACRO = kw.keyword("macro")
_SPECIAL = frozenset(value for name, value in vars(SpecialForm).items() if name.isupper())


def macroexpand(message: Message) -> Message:
    """Serve the tool `macroexpand` in the current namespace. Raises: what the reader or the macros raise."""
    form = _read(str(message["code"]))
    expanded = _EXPANDERS[str(message.get("expander") or "macroexpand")](form)
    shown = _renamed(expanded, _namer(str(message.get("display") or "qualified"), runtime.get_current_ns()))
    options = message.get("print")
    width, has_meta = DEFAULT_WIDTH, False
    if isinstance(options, dict):
        width = given if isinstance(given := options.get("width"), int) and given > 0 else DEFAULT_WIDTH
        has_meta = options.get("meta") is True
    return {"expansion": code_text(shown, width, has_meta=has_meta)}


def _read(code: str) -> object:
    forms = list(reader.read_str(code, resolver=runtime.resolve_alias))
    if len(forms) != 1:
        raise ValueError(f"Expected one form to expand, got {len(forms)}")
    return forms[0]


def expand_once(form: object, bound: Locals = frozenset()) -> object:
    """As `macroexpand-1`."""
    if not isinstance(form, ISeq) or not isinstance(operator := form.first, sym.Symbol):
        return form
    if operator in _SPECIAL or (operator.ns is None and operator.name in bound):
        return form
    var = runtime.resolve_var(operator)
    if var is None or not (var.meta and var.meta.val_at(_MACRO)):
        return form
    environment = lmap.map({sym.symbol(name): None for name in bound})
    return var.value(environment, form, *form.rest)


def expand(form: object, bound: Locals = frozenset()) -> object:
    """As `macroexpand`: until its operator is no macro."""
    while (expanded := expand_once(form, bound)) is not form:
        form = expanded
    return form


def expand_all(form: object) -> object:
    """The form and all that is evaluated in it."""
    return _walk(form, frozenset(), expand)


def expand_step(form: object) -> object:
    """Only the outermost, leftmost macro call that there is."""
    is_done = False

    def expand_first(each: object, bound: Locals) -> object:
        nonlocal is_done
        expanded = each if is_done else expand_once(each, bound)
        is_done = expanded is not each or is_done
        return expanded

    return _walk(form, frozenset(), expand_first)


_EXPANDERS: dict[str, Callable[[object], object]] = {
    "macroexpand-1": expand_once,
    "macroexpand": expand,
    "macroexpand-step": expand_step,
    "macroexpand-all": expand_all,
}


def _walk(form: object, bound: Locals, expand: Expand) -> object:
    """Expand a form and then what is evaluated in it; quoted things, names and parameters stay."""
    form = expand(form, bound)
    if not isinstance(form, ISeq):
        return _rebuilt(form, partial(_walk, bound=bound, expand=expand))
    items = _items(form)
    walk_items = _WALKS.get(items[0], _walk_call) if items and isinstance(items[0], sym.Symbol) else _walk_call
    return _list_like(form, walk_items(items, bound, expand))


def _walk_call(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    return [_walk(each, bound, expand) for each in items]


def _keep(items: Sequence[object], _bound: Locals, _expand: Expand) -> Sequence[object]:
    return items


def _keep_first(count: int) -> Callable[[Sequence[object], Locals, Expand], list[object]]:
    def walk(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
        return [*items[:count], *_walk_call(items[count:], bound, expand)]

    return walk


def _walk_let(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    head, bindings, *body = items
    if not isinstance(bindings, IPersistentVector):
        return [*items]
    if head == SpecialForm.LETFN:
        bound = bound | _names(bindings[::2])
    pairs: list[object] = []
    for name, value in zip(bindings[::2], bindings[1::2], strict=False):
        pairs += [name, _walk(value, bound, expand)]
        bound = bound | _names([name])
    return [head, vec.vector(pairs, meta=bindings.meta), *_walk_call(body, bound, expand)]


def _walk_function(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    head, *rest = items
    name = rest[:1] if rest and isinstance(rest[0], sym.Symbol) else []
    return [head, *name, *_walk_arities(rest[len(name) :], bound | _names(name), expand)]


def _walk_arities(arities: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    """`[x] body...`, or lists of that."""
    if arities and isinstance(arities[0], IPersistentVector):
        return [arities[0], *_walk_call(arities[1:], bound | _names(arities[0]), expand)]
    return [
        _list_like(each, _walk_arities(list(each), bound, expand)) if isinstance(each, ISeq) else each
        for each in arities
    ]


def _walk_type(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    """`(deftype* Name [fields] :implements [...] (method [this] body...) ...)`; `reify*` has no name and fields."""
    fields = items[2] if len(items) > 2 and items[0] == SpecialForm.DEFTYPE else None
    if isinstance(fields, IPersistentVector):
        bound = bound | _names(fields)
    return [
        _list_like(each, [each.first, *_walk_arities(list(each.rest), bound, expand)])
        if isinstance(each, ISeq)
        else each
        for each in items
    ]


def _walk_catch(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    return [*items[:3], *_walk_call(items[3:], bound | _names(items[2:3]), expand)]


def _walk_interop(items: Sequence[object], bound: Locals, expand: Expand) -> list[object]:
    """`(. object method argument...)` or `(. object (method argument...))`."""
    head, *target = items
    method = target[1:2]
    if method and isinstance(method[0], ISeq):
        method = [_list_like(method[0], [method[0].first, *_walk_call(list(method[0].rest), bound, expand)])]
    return [head, *_walk_call(target[:1], bound, expand), *method, *_walk_call(target[2:], bound, expand)]


_WALKS: dict[object, Callable[[Sequence[object], Locals, Expand], Sequence[object]]] = {
    SpecialForm.CATCH: _walk_catch,
    SpecialForm.DEF: _keep_first(2),
    SpecialForm.DEFTYPE: _walk_type,
    SpecialForm.FN: _walk_function,
    SpecialForm.IMPORT: _keep,
    SpecialForm.INTEROP_CALL: _walk_interop,
    SpecialForm.INTEROP_PROP: _walk_interop,
    SpecialForm.LET: _walk_let,
    SpecialForm.LETFN: _walk_let,
    SpecialForm.LOOP: _walk_let,
    SpecialForm.QUOTE: _keep,
    SpecialForm.REIFY: _walk_type,
    SpecialForm.REQUIRE: _keep,
    SpecialForm.VAR: _keep,
}


def _names(bound: Iterable[object]) -> Locals:
    return frozenset(each.name for each in bound if isinstance(each, sym.Symbol))


def _rebuilt(form: object, change: Callable[[object], object]) -> object:
    """The collection of the changed items; anything else is returned as it is."""
    match form:
        case IPersistentVector():
            return vec.vector([change(each) for each in form], meta=form.meta)
        case IPersistentMap() if isinstance(form, lmap.PersistentMap):
            return lmap.map({change(key): change(value) for key, value in form.items()}, meta=form.meta)
        case IPersistentSet():
            return lset.set([change(each) for each in form], meta=form.meta)
        case ISeq():
            return _list_like(form, [change(each) for each in _items(form)])
        case _:
            return form


def _items(form: ISeq) -> list[object]:
    items = list(islice(form, MAX_ITEMS + 1))
    if len(items) > MAX_ITEMS:
        raise ValueError(f"The expansion has a list of more than {MAX_ITEMS} items; is it endless?")
    return items


def _list_like(form: object, items: Iterable[object]) -> object:
    return llist.list(items, meta=getattr(form, "meta", None))


Namer: TypeAlias = Callable[[sym.Symbol], sym.Symbol]


def _renamed(form: object, name: Namer) -> object:
    if isinstance(form, sym.Symbol):
        return name(form) if form.ns is not None else form
    return _rebuilt(form, partial(_renamed, name=name))


def _namer(display: str, namespace: runtime.Namespace) -> Namer:
    """How qualified symbols are shown: `qualified` as they are, `none` without, `tidy` as one would write them here."""
    match display:
        case "none":
            return lambda symbol: sym.symbol(symbol.name, meta=symbol.meta)
        case "tidy":
            return partial(_tidy, namespace)
        case _:
            return lambda symbol: symbol


def _tidy(namespace: runtime.Namespace, symbol: sym.Symbol) -> sym.Symbol:
    var = namespace.find(sym.symbol(symbol.name))
    referred = None if var is None else (var.ns.name, var.name.name)
    if symbol.ns == namespace.name or referred == (symbol.ns, symbol.name):
        return sym.symbol(symbol.name, meta=symbol.meta)
    for alias, aliased in namespace.aliases.items():
        if aliased.name == symbol.ns != alias.name:
            return sym.symbol(symbol.name, ns=alias.name, meta=symbol.meta)
    return symbol
