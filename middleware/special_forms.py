"""The special forms of Basilisp, which no namespace defines and so no device tells: what a reader of code needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from middleware.mirror import Symbol

_FORMS: Final = {
    ".": (
        "(.method object args*)\n(. object method args*)\n(. object (method args*))",
        "Calls a method of an object.",
    ),
    ".-": ("(.-attribute object)\n(.- object attribute)", "The value of an object's attribute."),
    "await": ("(await expr)", "Waits for an awaitable; only in a function whose name has the metadata ^:async."),
    "catch": ("(catch class name expr*)", "A clause of try: handles exceptions of the class, bound to the name."),
    "def": (
        "(def name)\n(def name init)\n(def name docstring init)",
        "Makes a var of that name in the current namespace, or gives the one that is there another value.",
    ),
    "deftype*": ("(deftype* name fields :implements [bases*] methods*)", "What deftype expands to."),
    "do": ("(do expr*)", "Evaluates the expressions in order; the value of the last, nil when there is none."),
    "finally": ("(finally expr*)", "A clause of try: is evaluated at its end, whatever happened."),
    "fn*": ("(fn* name? [params*] expr*)\n(fn* name? ([params*] expr*) +)", "What fn expands to."),
    "if": (
        "(if test then else?)",
        "Evaluates test; if it is neither nil nor false, the value of then, otherwise that of else, or nil.",
    ),
    "import*": ("(import* modules*)", "What import expands to."),
    "let*": ("(let* [bindings*] expr*)", "What let expands to."),
    "letfn*": ("(letfn* [fnspecs*] expr*)", "What letfn expands to."),
    "loop*": ("(loop* [bindings*] expr*)", "What loop expands to."),
    "quote": ("(quote form)", "The form itself, not evaluated. 'form is short for it."),
    "recur": (
        "(recur expr*)",
        "Evaluates the expressions and goes back to the nearest loop, function or method with these as its values. "
        "Only where the value of that would be the value of the whole.",
    ),
    "reify*": ("(reify* :implements [bases*] methods*)", "What reify expands to."),
    "require*": ("(require* libspecs*)", "What require evaluates."),
    "set!": (
        "(set! target expr)",
        "Gives a new value to a var that is bound in this thread, to an object's attribute or to a mutable field.",
    ),
    "throw": ("(throw exception)\n(throw exception cause)", "Raises an exception, with a cause if one is given."),
    "try": (
        "(try expr* catch-clause* finally-clause?)",
        "Evaluates the expressions; an exception goes to the first catch clause whose class it is an instance of. "
        "The finally clause is evaluated in any case.",
    ),
    "var": ("(var name)", "The var that the name stands for, not its value. #'name is short for it."),
    "yield": ("(yield expr?)", "Hands out a value and waits to be asked for the next: makes the function a generator."),
}  # fmt: skip

SPECIAL_FORMS: Final[Mapping[str, Symbol]] = {
    name: Symbol(name, "special-form", tuple(forms.split("\n")), doc) for name, (forms, doc) in _FORMS.items()
}
"""Name -> what it is; `arglists` are whole forms, such as `(if test then else?)`."""
