"""How a language makes modules of files. Where the files come from is importer.py's business."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Protocol


class Importing(Protocol):
    """Called on whichever thread imports."""

    compiler: str
    """Its name and version: code that another has compiled is of no use."""
    is_expanding: bool
    """Whether the code of a file depends on the files that it uses, as with macros."""

    def create(self, spec: ModuleSpec) -> ModuleType | None:
        """The module, before anything of it has run; None for a usual one."""

    def compile_and_run(self, module: ModuleType, text: str, path: str) -> list[CodeType]:
        """Make the module what the text says; the code that has run. Raises: whatever the text raises."""

    def run(self, module: ModuleType, codes: Sequence[CodeType], path: str) -> None:
        """Make the module what such code, kept from before, says. Raises: whatever it raises."""

    def is_as_loaded(self, module: ModuleType, path: str) -> bool:
        """Whether the module has only what that file has made of it, as far as other files' code depends on it."""
