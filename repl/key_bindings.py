"""What keys do beyond what prompt_toolkit's Emacs and Vi modes have them do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from prompt_toolkit.application import get_app
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import Condition, emacs_mode, has_focus, vi_navigation_mode
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from repl.languages import Language

INDENT: Final = 4


class Acts(Protocol):
    """What the keys are about."""

    @property
    def language(self) -> Language:
        """In which code is typed."""

    def may_send(self, text: str) -> bool:
        """Whether a text can be sent now; if not, the user is told why."""

    def interrupt(self) -> bool:
        """Interrupt what runs; False when nothing does."""

    def edit(self, buffer: Buffer) -> None:
        """Open the text in the user's editor."""

    def explain(self, command: str, name: str) -> None:
        """Run a command about a name; what it shows stands above what is typed."""


def code_bindings(acts: Acts, is_whole: Callable[[str], bool]) -> KeyBindings:
    """The keys where code is typed; `is_whole` says whether a text can be sent as it is."""
    keys = KeyBindings()
    typing = has_focus(DEFAULT_BUFFER)

    @keys.add("enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None  # it has been chosen
        elif "\n" not in buffer.document.text_after_cursor.rstrip() and is_whole(buffer.text):
            _send(buffer, acts)
        else:
            _break_line(buffer, acts.language)

    @keys.add("escape", "enter", filter=typing)
    def _(event: KeyPressEvent) -> None:
        _send(event.current_buffer, acts)

    @keys.add("tab", filter=typing & Condition(_is_in_indentation))
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        line_start = buffer.document.text_before_cursor.rpartition("\n")[0]
        column = len(buffer.document.current_line_before_cursor)
        wanted = acts.language.indentation(line_start) if line_start else 0
        buffer.insert_text(" " * (wanted - column if wanted > column else INDENT - column % INDENT))

    @keys.add("backspace", filter=typing & Condition(_is_in_indentation))
    def _(event: KeyPressEvent) -> None:
        column = len(event.current_buffer.document.current_line_before_cursor)
        event.current_buffer.delete_before_cursor((column - 1) % INDENT + 1 if column else 1)

    @keys.add("c-x", "c-e", filter=typing & emacs_mode)
    @keys.add("v", filter=typing & vi_navigation_mode)
    def _(event: KeyPressEvent) -> None:
        acts.edit(event.current_buffer)

    _add_explanations(keys, acts)
    _add_interrupt(keys, acts)
    return keys


def input_bindings(acts: Acts) -> KeyBindings:
    """The keys where a program reads a line."""
    keys = KeyBindings()
    _add_interrupt(keys, acts)
    return keys


def _add_explanations(keys: KeyBindings, acts: Acts) -> None:
    def explains(command: str) -> Callable[[KeyPressEvent], None]:
        def explain(event: KeyPressEvent) -> None:
            document = event.current_buffer.document
            name = acts.language.name_at(document.text_before_cursor, document.text_after_cursor)
            if name:
                acts.explain(command, name)

        return explain

    typing = has_focus(DEFAULT_BUFFER)
    for key, command in (("c-d", "doc"), ("c-s", "source")):
        keys.add("c-x", key, filter=typing)(explains(command))


def _add_interrupt(keys: KeyBindings, acts: Acts) -> None:
    @keys.add("c-c")
    @keys.add("<sigint>")
    def _(event: KeyPressEvent) -> None:
        if not acts.interrupt():
            event.app.current_buffer.reset()


def _send(buffer: Buffer, acts: Acts) -> None:
    if acts.may_send(buffer.text):
        buffer.validate_and_handle()


def _break_line(buffer: Buffer, language: Language) -> None:
    before = buffer.document.text_before_cursor
    buffer.delete_before_cursor(len(before) - len(before.rstrip(" ")))
    buffer.insert_text("\n" + " " * language.indentation(before))


def _is_in_indentation() -> bool:
    document = get_app().current_buffer.document
    return document.cursor_position_row > 0 and not document.current_line_before_cursor.strip(" ")
