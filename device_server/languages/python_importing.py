"""Makes Python modules of files. The first import of a file compiles it, later ones take the code that was kept."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType


class PythonImporting:
    """See Importing."""

    compiler = "python"
    is_expanding = False

    def create(self, spec: ModuleSpec) -> ModuleType | None:
        """A usual one."""
        return None

    def compile_and_run(self, module: ModuleType, text: str, path: str) -> list[CodeType]:
        """See Importing."""
        codes = [compile(text, path, "exec", dont_inherit=True)]
        self.run(module, codes, path)
        return codes

    def run(self, module: ModuleType, codes: Sequence[CodeType], path: str) -> None:
        """See Importing."""
        for code in codes:
            exec(code, module.__dict__)

    def is_as_loaded(self, module: ModuleType, path: str) -> bool:
        """No other file's code depends on it."""
        return True
