"""What is known while an old and a new text are compared: their code, and how deep the edit goes so far."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from types import CodeType

from device_server.reload import Tier
from device_server.reload.python_codes import by_place, children
from device_server.reload.python_outline import first_line
from device_server.reload.python_syntax import Function


@dataclass(slots=True)
class Comparison:
    """Of the regions in which two texts differ."""

    path: str
    flags: int
    """For the compiler, of the new text."""
    old_codes: dict[tuple[str, int], CodeType]
    new_codes: dict[tuple[str, int], CodeType]
    tier: Tier = Tier.NONE
    reason: str = ""

    def note(self, tier: Tier, reason: str) -> None:
        """Something of that tier has changed; the reason is kept of what goes deepest, and comes first."""
        if tier > self.tier:
            self.tier, self.reason = tier, reason

    def codes(self, old: Function, new: Function) -> tuple[CodeType, CodeType]:
        """What the two definitions are compiled to."""
        return self.old_codes[old.name, first_line(old)], self.new_codes[new.name, first_line(new)]

    def compiled(self, body: Sequence[ast.stmt], scope: tuple[str, ...]) -> CodeType:
        """Code that runs the statements in the body of a class, or of the module when the scope is empty."""
        return compiled(body, scope, self.path, self.flags)


def compiled(body: Sequence[ast.stmt], scope: tuple[str, ...], path: str, flags: int) -> CodeType:
    """See Comparison.compiled. Raises: SyntaxError."""
    statements = [*body]
    for name in reversed(scope):
        around = ast.ClassDef(name=name, bases=[], keywords=[], body=statements, decorator_list=[])
        around.lineno, around.col_offset = (statements[0].lineno, 0) if statements else (1, 0)
        if "type_params" in ast.ClassDef._fields:  # since Python 3.12
            around.type_params = []  # type: ignore[attr-defined]
        statements = [around]
    code: CodeType = compile(ast.Module(statements, []), path, "exec", flags, dont_inherit=True)
    for _ in scope:
        (code,) = children(code)
    return code


def codes_of(body: Sequence[ast.stmt], path: str, flags: int) -> dict[tuple[str, int], CodeType]:
    """The functions and classes that the statements define, by name and first line. Raises: SyntaxError."""
    return by_place(compiled(body, (), path, flags))
