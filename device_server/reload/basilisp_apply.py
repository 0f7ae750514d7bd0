"""Applies planned edits to Basilisp's namespaces: evaluates what has changed and what hangs on it, in place.

How it works. In each file that an edit touches, forms are looked at from the first to the last, so that everything is
evaluated in the order in which a fresh start would. A form is evaluated when

- the plan says so: it is new, or its shape has changed;
- it is compiled with something that has changed: it uses a macro, an inline function, a name that the `ns` form binds
  otherwise now, or one that is gone;
- it has been computed from something that has changed: it uses, while it is evaluated and not only when called, a
  value or a class that is another one now.

The last two also hold for the other loaded files. What a form defines is then put into the objects that are there
(basilisp_live.py), so that a function keeps its identity and nothing that holds it is left behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack

from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Change, Outcome
from device_server.reload.basilisp_effects import has_macros
from device_server.reload.basilisp_forms import split
from device_server.reload.basilisp_plan import BasilispPlan, plan
from device_server.reload.basilisp_run import Gone, Run

LANGUAGE = "basilisp"


class BasilispReloads:
    """See Reloads."""

    def __init__(self, loaded: LoadedSources) -> None:
        self._loaded = loaded
        self._gone: Gone = {}
        """A name that comes back is the same var, and a function the same object."""
        self._with_macros: dict[str, tuple[str, bool]] = {}
        """Path -> its text, and whether that defines macros."""

    def plan(self, change: Change) -> BasilispPlan:
        """See Reloads. Raises: basilisp.lang.reader.SyntaxError, and what else Basilisp's reader raises."""
        return plan(change)

    def apply(self, plans: Sequence[BasilispPlan], undo: ExitStack) -> Outcome:
        """See Reloads. Raises: basilisp.lang.compiler.CompilerException; whatever the forms raise."""
        run, edited = Run(self._loaded, self._gone, undo), {each.change.path: each for each in plans}
        for each in plans:
            run.prepare(each)
        for loaded in self._loaded:  # what a file requires has been loaded before it
            if (own := edited.pop(loaded.path, None)) is not None:
                run.visit(own.change.module, loaded.path, own.forms, own.edits)
            elif loaded.lang == LANGUAGE and run.effects.may_concern(loaded.text, has_macros=self._has_macros(loaded)):
                run.visit(loaded.module, loaded.path, split(loaded.text), {})
        for own in edited.values():
            run.visit(own.change.module, own.change.path, own.forms, own.edits)
        return run.outcome()

    def _has_macros(self, loaded: Loaded) -> bool:
        text, found = self._with_macros.get(loaded.path, ("", False))
        if text is not loaded.text:
            found = has_macros(loaded.text)
            self._with_macros[loaded.path] = loaded.text, found
        return found
