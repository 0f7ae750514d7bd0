"""What stands in for a terminal: a display that remembers, and the acts that keys ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prompt_toolkit.buffer import Buffer

from repl.bencode import Message
from repl.languages import CLOJURE, Language


@dataclass
class Shown:
    """A Display that remembers what it is told, each as kind and text."""

    told: list[tuple[str, str]] = field(default_factory=list)
    causes: list[Message] = field(default_factory=list)

    def out(self, text: str) -> None:
        self.told.append(("out", text))

    def err(self, text: str) -> None:
        self.told.append(("err", text))

    def value(self, text: str, language: Language) -> None:
        self.told.append(("value", text))

    def notice(self, text: str, kind: str = "message") -> None:
        self.told.append((kind, text))

    def failure(self, causes: list[Message], inputs: Mapping[str, str]) -> None:
        self.causes = causes

    def show(self, text: str) -> None:
        self.told.append(("shown", text))

    def code(self, text: str, language: Language) -> None:
        self.told.append((language.name, text))

    def ended(self) -> None:
        self.told.append(("ended", ""))

    async def room(self) -> None:
        pass

    def of(self, kind: str) -> list[str]:
        return [text for told, text in self.told if told == kind]


@dataclass
class FakeActs:
    """Acts that are counted."""

    language: Language = CLOJURE
    is_connected: bool = True
    runs: bool = False
    interrupts: int = 0
    explained: list[tuple[str, str]] = field(default_factory=list)

    def may_send(self, text: str) -> bool:
        return self.is_connected

    def interrupt(self) -> bool:
        self.interrupts += self.runs
        return self.runs

    def edit(self, buffer: Buffer) -> None:
        buffer.text = "(edited)"

    def explain(self, command: str, name: str) -> None:
        self.explained.append((command, name))
