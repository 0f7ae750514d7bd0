"""Finds what Python modules want to be done around edits: their `__no_reload__`, `__always_reload__` and hooks."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from types import FunctionType

from device_server.reload import Hook, Mark, When
from device_server.reload.hooks import ATTRIBUTE


class PythonHooks:
    """See reload.Hooks. Looks at what modules have by now: nothing is kept, so nothing is called twice or too late."""

    def is_marked(self, module: str, mark: Mark) -> bool:
        """Whether it has a true `__no_reload__` or `__always_reload__`."""
        return _names(module).get(f"__{mark.replace('-', '_')}__") is True

    def functions(self, module: str, when: When) -> Iterator[Hook]:
        """Those that the module has defined itself."""
        for name, value in [*_names(module).items()]:
            if type(value) is not FunctionType:  # other objects might run code of theirs when they are asked
                continue
            if value.__module__ == module and when in getattr(value, ATTRIBUTE, ()):
                yield Hook(f"{module}.{name}", value)


def _names(module: str) -> Mapping[str, object]:
    """The module's names, without running any `__getattr__`."""
    return getattr(sys.modules.get(module), "__dict__", {})
