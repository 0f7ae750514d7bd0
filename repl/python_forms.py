"""Python's text as its interactive interpreter sees it: when a statement has ended, where the next line begins.

It compiles text to learn whether more must come, and runs none of it.
"""

from __future__ import annotations

import ast
import codeop
import re
import warnings
from typing import Final

_TOKEN: Final = re.compile(
    r"""
      (?P<space>   \s+ | \#[^\n]* )
    | (?P<string>  \"{3}(?:[^\\]|\\.)*?(?P<end3>\"{3}|\Z) | '{3}(?:[^\\]|\\.)*?(?P<end1>'{3}|\Z)
                 | "(?:[^"\\\n]|\\.)*(?P<end2>["\n]|\Z) | '(?:[^'\\\n]|\\.)*(?P<end4>['\n]|\Z) )
    | (?P<open>    [(\[{] )
    | (?P<close>   [)\]}] )
    | (?P<name>    [^\W\d][\w.]* )
    | (?P<other>   . )
    """,
    re.VERBOSE | re.DOTALL,
)
_NAME: Final = re.compile(r"[^\W\d][\w.]*\Z")
_LEAVES: Final = re.compile(r"\s*(?:return|pass|raise|break|continue)\b")
INDENT: Final = 4


def is_complete(text: str) -> bool:
    """Whether an interpreter would not wait for more: a block has ended with an empty line, or something is wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            if codeop.compile_command(text, symbol="exec") is None:
                return False
            statements = ast.parse(text).body
        except (SyntaxError, ValueError, OverflowError):
            return True
    has_block = bool(statements) and hasattr(statements[-1], "body")
    return not has_block or ("\n" in text and not text.rpartition("\n")[2].strip())


def indentation(text: str) -> int:
    """How many spaces a line begins with that follows this text."""
    line = text.rpartition("\n")[2]
    depth = len(line) - len(line.lstrip(" "))
    code = line[: len(line) - len(_ending(line))].rstrip()
    if code.endswith((":", "(", "[", "{")):
        return depth + INDENT
    return max(0, depth - INDENT) if _LEAVES.match(code) else depth


def call_at(text: str) -> str:
    """The name of the innermost call that is open at the end of the text; empty when there is none."""
    openings: list[str] = []
    before = ""
    for token in _TOKEN.finditer(text):
        match token.lastgroup:
            case "open":
                openings.append(before if token[0] == "(" else "")
            case "close" if openings:
                openings.pop()
        before = token[0] if token.lastgroup == "name" else ""
    return next((name for name in reversed(openings) if name), "")


def name_before(text: str) -> str:
    """The part of a dotted name that ends the text; empty within strings and comments."""
    found = _NAME.search(text)
    *_, last = [None, *_TOKEN.finditer(text)]
    return found[0] if found and last and last.lastgroup == "name" else ""


def form_at(text: str, line: int) -> str:
    """The definition that begins in a line, counted from 1, of the text of a file."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno == line:
            decorators: list[ast.expr] = getattr(node, "decorator_list", [])
            first = min([line, *(each.lineno for each in decorators)])
            return "\n".join(text.splitlines()[first - 1 : node.end_lineno])
    return ""


def _ending(line: str) -> str:
    """The comment that ends a line."""
    for token in _TOKEN.finditer(line):
        if token[0].startswith("#"):
            return token[0]
    return ""
