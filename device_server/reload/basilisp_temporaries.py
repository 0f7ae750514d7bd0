"""Takes out of a module the names that Basilisp's compiler has made up for one form: each evaluation makes new ones."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Mapping, MutableMapping

_MADE_UP = re.compile(r"_\d+(?:__arity\w+|_dispatch_map)?$")
_WRAPPER = "__lisp_expr__"
"""How the function is called that evaluates a form's last expression, once."""


def drop(
    module: MutableMapping[str, object],
    before: Mapping[str, object],
    codes: Iterable[types.CodeType],
    variables: Iterable[str],
) -> None:
    """Drop what `codes`, the code of the form, has left in the module, and no function of the form can ask for.

    `before` is what the module had in it when the form was about to be evaluated; `variables` are the names in the
    module that are those of vars.
    """
    own, needed = set[str](), set[str]()
    for code in codes:
        own.update(name for name in code.co_names if _MADE_UP.search(name))
        needed.update(_needed_later(code))
    made_up = own - needed - before.keys()
    if made_up:
        made_up.difference_update(variables)
    for name in made_up:
        module.pop(name, None)


def _needed_later(code: types.CodeType) -> Iterator[str]:
    """The names that functions use which this code makes."""
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            if not constant.co_name.startswith(_WRAPPER):
                yield from constant.co_names
            yield from _needed_later(constant)
