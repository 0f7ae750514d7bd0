"""The table of edits, read from the texts beside this file: what each edit is, and what must come of it.

An edit is written as a diff, two characters before each line, as editors and reviewers write it:

    == a function's body
    tier body
    m.py
      def f():
    -     return 1
    +     return 2
    setup
      g = m.f
    kept
      g is m.f => True
    changed
      g() => 2

`setup` runs after `import m`, in the program's own namespace, where the expressions are evaluated, too; right of `=>`
is a repr, or the name of the type of what is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from device_server.reload import State, Tier

HERE = Path(__file__).parent
TEXTS = ("layout", "functions", "holders", "running", "values", "classes", "shapes", "modules", "failures")
"""From what is asked of every tool to what only a few can do."""

Files = Mapping[str, str]
Expected = dict[str, str]


@dataclass(slots=True)
class Edit:
    """One row."""

    text: str
    """The name of the file that it is in."""
    kind: str
    tiers: frozenset[Tier] = frozenset(Tier)
    """Any of these may be answered: where the rules leave it open, there are more than one."""
    states: frozenset[State] = frozenset({State.KEPT})
    error: str = ""
    """The name of the type of error that must be answered; then nothing may have changed."""
    stale: str = ""
    """What the answer must say still runs old code; a part of that sentence."""
    before: dict[str, str] = field(default_factory=dict)
    """What is on the disk at first: path -> text."""
    between: list[dict[str, str]] = field(default_factory=list)
    """Saves that come before the last one: changed files only. A broken one changes nothing."""
    after: dict[str, str] = field(default_factory=dict)
    """What the last save leaves on the disk: all files."""
    setup: str = ""
    kept: Expected = field(default_factory=dict)
    """The same before and after."""
    changed: Expected = field(default_factory=dict)
    """Something else before; after, what a fresh interpreter with the new text and the same setup says."""
    moved: Expected = field(default_factory=dict)
    """Where old state meets new code: a fresh interpreter would say something else."""
    unless_reset: Expected = field(default_factory=dict)
    """What must hold, too, unless the answer says that state was reset."""

    @property
    def last_save(self) -> dict[str, str]:
        """The files that the last save changes."""
        known = dict(self.before)
        for save in self.between:
            known.update(save)
        return {path: text for path, text in self.after.items() if known.get(path) != text}

    def __str__(self) -> str:
        return f"{self.text}: {self.kind}"


def edits() -> list[Edit]:
    """All rows. Raises: ValueError naming the line that cannot be read."""
    return [edit for text in TEXTS for edit in _read(text, (HERE / f"{text}.txt").read_text(encoding="utf-8"))]


def _read(text: str, content: str) -> Iterator[Edit]:
    edit: Edit | None = None
    section: list[str] = []
    for number, line in enumerate(content.splitlines(), 1):
        if line.startswith("== "):
            if edit is not None:
                yield edit
            edit = Edit(text, line[3:])
        elif line.startswith("#") or edit is None:
            continue
        elif line[:2] in ("", "  ", "- ", "+ ", "-", "+"):
            _add(edit, section, line[:1].strip(), line[2:])
        else:
            section = _begin(edit, line.split())
            if not section:
                raise ValueError(f"{text}.txt:{number}: no such section: {line}")
    if edit is not None:
        yield edit


def _begin(edit: Edit, words: list[str]) -> list[str]:
    """A heading sets what fits on its line, and says where the lines below it belong."""
    match words:
        case ["tier", *names] if names != ["any"]:
            edit.tiers = frozenset(Tier[name.upper()] for name in names if name != "or")
        case ["state", *names]:
            edit.states = frozenset(State[name.upper()] for name in names if name != "or")
        case ["error", name]:
            edit.error = name
        case ["stale", *part]:
            edit.stale = " ".join(part)
        case ["first", path]:
            edit.between.append({path: ""})
        case ["setup" | "kept" | "changed" | "moved" | "unless_reset"] | ["tier", "any"]:
            pass
        case [path] if path.endswith(".py"):
            edit.before[path] = edit.after[path] = ""
        case _:
            return []
    return words


def _add(edit: Edit, section: list[str], mark: str, line: str) -> None:
    match section:
        case ["setup"]:
            edit.setup += f"{line}\n"
        case ["first", path]:
            edit.between[-1][path] += f"{line}\n"
        case ["kept" | "changed" | "moved" | "unless_reset" as name]:
            expression, _, expected = line.rpartition(" => ")
            if expression:
                getattr(edit, name)[expression] = expected
        case [path]:
            if mark != "+":
                edit.before[path] += f"{line}\n"
            if mark != "-":
                edit.after[path] += f"{line}\n"
