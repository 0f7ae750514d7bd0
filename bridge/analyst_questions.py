"""What the bridge asks the process that reads Python code, and what that answers: one JSON object per line each way."""

from __future__ import annotations

from typing import Final, NotRequired, TypedDict

LIMIT_S: Final = 2.0
"""A question takes no longer. The process ends itself then, and so never outlives the bridge by more than this."""
STARTING_LIMIT_S: Final = 30.0
"""The same for its start."""


class Question(TypedDict):
    """One question. They are answered in order, one at a time."""

    op: str
    """complete or look_up."""
    code: str
    """What is in the editor, up to the cursor; it may be unfinished."""
    typed: list[str]
    """What the session has evaluated before, the oldest first."""
    file: str | None
    """The file that begins the module which the code is in, if there is one."""
    hint: str
    """Code that says what the device knows of the first name, for when the typed code does not say it."""
    unsaved: dict[str, str]
    """Path -> text of files that have been loaded since the last question."""
    documented: bool
    """Whether arglists and docs are wanted for candidates."""


class Name(TypedDict):
    """Something that has a name."""

    name: str
    type: str
    """As CIDER has it for candidates, as in middleware.mirror.Symbol for what was looked up."""
    module: NotRequired[str]
    """The module that defines it."""
    full_name: NotRequired[str]
    class_name: NotRequired[str]
    """Of a value, its class, as `module.Class`."""
    arglists: NotRequired[list[str]]
    doc: NotRequired[str]
    file: NotRequired[str]
    line: NotRequired[int]
    """From 1."""
    column: NotRequired[int]
    """From 1."""


class Answer(TypedDict):
    """The answer to a question, or to the start of the process."""

    names: list[Name]
    """Candidates, the best first; or the one name that was looked up."""
    typed: dict[str, str]
    """Names that the typed code binds and the last name of the code may be -> what they are."""
    error: NotRequired[str]
    """Why there is no answer."""
