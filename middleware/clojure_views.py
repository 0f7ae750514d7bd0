"""The views and previews of a Clojure (Basilisp) file, read from its text. Nothing is loaded, no macro is expanded.

A function made by `defn` is a view when its metadata has `:preview` or `:view`, or when it ends with a call of an
element: `(v/VStack ...)`, also inside `->`, a modifier such as `(.padding ...)`, `let`, `do`, `when` and `if`.
`^:preview` is a preview of the function's own name; `^{:preview "Empty"}` names it; a vector has presets and a map of
traits after the name; a vector of such vectors is several previews.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from middleware.clojure_forms import Form, forms
from middleware.view_sources import MODULE, NOTHING, Found, Parameter, Preview, View

_DEFINES: Final = frozenset({"defn", "defn-"})
_LAST: Final = frozenset({"do", "let", "let*", "loop", "when", "when-let", "when-not", "when-some", "binding"})
_BRANCHES: Final = frozenset({"if", "if-let", "if-not", "if-some"})
_FIRST: Final = frozenset({"->", "doto", "cond->"})
_NO_ELEMENTS: Final = frozenset({"State", "Traits"})
_DEPTH: Final = 50
"""No deeper is looked for what a function ends with."""


def read(text: str) -> Found:
    """What a file has."""
    if MODULE not in text:
        return NOTHING
    top = forms(text)
    prefixes = _prefixes(top)
    views, previews = list[View](), list[Preview]()
    for form in top:
        if form.head not in _DEFINES or len(form.items) < 3 or not form.items[1].is_atom:
            continue
        name, marks = form.items[1], _marks(form)
        previews += _previews(name, marks.get(":preview"))
        if {":preview", ":view"} & {*marks} or any(_is_made(body[-1], prefixes) for _, body in _arities(form) if body):
            parameters = min((_parameters(each) for each, _ in _arities(form)), key=_needed, default=())
            views.append(View(name.text, form.line, parameters))
    return Found(tuple(views), tuple(previews))


def _prefixes(top: Sequence[Form]) -> frozenset[str]:
    """What names of the toolkit begin with: `v/`."""
    found = {f"{MODULE}/"}
    for form in top:
        clauses = [form] if form.head == "import" else [each for each in form.items if each.head == ":import"]
        for each in (spec for clause in clauses for spec in clause.items[1:]):
            if each.text == "[" and len(each.items) == 3 and each.items[0].text == MODULE:
                found.add(f"{each.items[2].text}/")
    return frozenset(found)


def _marks(form: Form) -> dict[str, Form | None]:
    """The metadata of a defn: key -> its value; None of a flag."""
    after = [each for each in form.items[2:4] if each.text == "{"]
    found: dict[str, Form | None] = {}
    for each in [*form.items[1].metadata, *after]:
        if each.text == "{":
            found |= {key.text: value for key, value in each.pairs()}
        elif each.is_atom and each.text.startswith(":"):
            found[each.text] = None
    return {key: value for key, value in found.items() if value is None or value.text not in ("false", "nil")}


def _previews(name: Form, value: Form | None) -> Iterator[Preview]:
    function = name.text
    if value is not None and value.text == "[":
        several = [*value.items] if value.items and value.items[0].text == "[" else [value]
        for each in several:
            first, *rest = each.items or [name]
            yield Preview(_text(first), function, first.line, tuple(_traits(rest)))
    elif value is not None and value.text != "true":
        yield Preview(_text(value), function, value.line, ())
    elif value is not None or any(":preview" in each.text for each in name.metadata):
        yield Preview(function, function, name.line, ())


def _traits(forms_: Sequence[Form]) -> Iterator[str]:
    for each in forms_:
        if each.text == "{":
            yield from (f"{_word(key)}={_word(value)}" for key, value in each.pairs())
        else:
            yield _word(each)


def _text(form: Form) -> str:
    return form.string if form.string is not None else _word(form)


def _word(form: Form) -> str:
    """A keyword or a name as the toolkit writes it; a vector of numbers as a size."""
    if form.string is not None:
        return form.string
    if form.text == "[":
        return "x".join(each.text for each in form.items)
    return form.text.lstrip(":").replace("-", "_")


def _arities(form: Form) -> Iterator[tuple[Form, list[Form]]]:
    """The parameters and the body of each."""
    for at, each in enumerate(form.items[2:], 2):
        if each.text == "[":
            yield each, form.items[at + 1 :]
            return
        if each.text == "(" and each.items and each.items[0].text == "[":
            yield each.items[0], each.items[1:]


def _parameters(vector: Form) -> tuple[Parameter, ...]:
    names = [each.text if each.is_atom else _source(each) for each in vector.items]
    if "&" in names:
        at = names.index("&")
        return (*map(Parameter, names[:at]), Parameter(f"& {' '.join(names[at + 1 :])}"))
    return tuple(map(Parameter, names))


def _needed(parameters: Sequence[Parameter]) -> int:
    return sum(each.is_needed for each in parameters)


def _source(form: Form) -> str:
    """The code of what a parameter is taken apart by."""
    closer = {"(": ")", "[": "]", "{": "}"}[form.text[-1]]
    inside = " ".join(each.text if each.is_atom else _source(each) for each in form.items)
    return f"{form.text}{inside}{closer}"


def _is_made(form: Form, prefixes: frozenset[str], depth: int = 0) -> bool:
    """Whether the value of a form is an element."""
    head, items = form.head, form.items
    if not head or depth > _DEPTH:
        return False
    if head in _BRANCHES:
        return any(_is_made(each, prefixes, depth + 1) for each in items[2:])
    if head in _LAST:
        return _is_made(items[-1], prefixes, depth + 1)
    if head in _FIRST or (head.startswith(".") and not head.startswith("..")):
        return len(items) > 1 and _is_made(items[1], prefixes, depth + 1)
    prefix, slash, name = head.rpartition("/")
    return f"{prefix}{slash}" in prefixes and name[:1].isupper() and name not in _NO_ELEMENTS
