"""What a project does before its views are drawn: `set_up()` once in a worker, `wrap(view)` around each evaluation.

A setup that fails is told of in a notice; the view is drawn without it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from device_server import wire
from device_server.languages import reports
from device_server.views.element import View, as_element


@dataclass(frozen=True, slots=True)
class Setup:
    """The setup of one worker, after `set_up`."""

    wrap: Callable[[object], object] | None = None
    notices: tuple[str, ...] = ()

    @classmethod
    def named(cls, module_name: wire.JSON) -> Self:
        """Import the module and set up; without a name there is nothing to do."""
        if not isinstance(module_name, str) or not module_name:
            return cls()
        try:
            module = importlib.import_module(module_name)
            set_up = getattr(module, "set_up", None)
            if callable(set_up):
                set_up()
            return cls(getattr(module, "wrap", None))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of the project's code
            return cls(None, (f"The setup {module_name} has failed: {reports.text_of(error)}",))

    def around(self, view: Callable[[], object]) -> tuple[object, tuple[str, ...]]:
        """The view with what is put around it, and notices."""
        if self.wrap is None:
            return view, self.notices
        try:
            return as_element(self.wrap(View(view))), self.notices
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # of the project's code
            return view, (*self.notices, f"The setup's wrap has failed: {reports.text_of(error)}")
