"""What a line that begins with a colon does: one table, which `:help` and completion read, too."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from repl import files
from repl.bencode import Message
from repl.client import has_status, text_of, texts_of
from repl.conversation import Conversation, Eval, RefusedError
from repl.languages import LANGUAGES, Language

DEFAULT_PORT: Final = 5558
MAX_MATCHES: Final = 100
"""Of what `:apropos` finds so much is shown."""


class Terminal(Protocol):
    """Where commands say what they have found."""

    def show(self, text: str) -> None:
        """What the user has asked to see."""

    def code(self, text: str, language: Language) -> None:
        """Code, coloured."""

    def notice(self, text: str, kind: str = "message") -> None:
        """For the user; `kind` is message, warning or error."""


@dataclass(frozen=True, slots=True)
class Context:
    """What commands work with."""

    conversation: Conversation
    terminal: Terminal
    send: Callable[[str], Awaitable[Eval]]
    """Evaluates code, and waits until all that it says is shown."""
    leave: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Command:
    """One of them."""

    usage: str
    """What comes after its name."""
    doc: str
    run: Callable[[Context, str], Awaitable[None]]
    choices: Callable[[str], Sequence[str]] = lambda _typed: ()
    """What may come after its name, given what has been typed of it."""


async def _help(context: Context, name: str) -> None:
    known = {each: COMMANDS[each] for each in COMMANDS if not name or each == name.lstrip(":")}
    width = max((len(f"{each} {command.usage}") for each, command in known.items()), default=0)
    lines = [f":{f'{each} {command.usage}':{width}}  {command.doc}" for each, command in known.items()]
    context.terminal.show("\n".join(lines if name else [*lines, "", *KEYS]) or f"There is no command {name}")


async def _device(context: Context, where: str) -> None:
    if where in ("", "local"):
        await (context.conversation.move_back() if where else _status(context, ""))
        return
    host, _, port = where.rpartition(":") if ":" in where else (where, "", str(DEFAULT_PORT))
    if not port.isdecimal():
        raise RefusedError(f"A device is HOST:PORT, not {where}")
    await context.conversation.move(host.strip("[]"), int(port))


async def _lang(context: Context, lang: str) -> None:
    name = {"clojure": "basilisp", "clj": "basilisp", "py": "python"}.get(lang, lang)
    if name not in LANGUAGES:
        raise RefusedError(f"Which language? {' or '.join(LANGUAGES)}")
    await context.conversation.use(name)


async def _ns(context: Context, ns: str) -> None:
    conversation = context.conversation
    if not ns:
        told = await conversation.ask("ns-list")
        context.terminal.show("\n".join(texts_of(told, "ns-list")))
    elif conversation.language.name == "python":
        raise RefusedError("Python code is evaluated in __main__; `import` brings names from elsewhere")
    else:
        await context.send(f"(in-ns '{ns})")


async def _doc(context: Context, name: str) -> None:
    info = await _info(context, name)
    heads = [f"{_full_name(info)}  ({text_of(info, 'type')})"]
    heads += text_of(info, "arglists-str").splitlines()
    context.terminal.show("\n".join([*heads, "", text_of(info, "doc") or "It has no documentation."]))


async def _apropos(context: Context, pattern: str) -> None:
    if not pattern:
        raise RefusedError("What must be in the names? A regular expression")
    told = await context.conversation.ask("apropos", query=pattern)
    matches = told.get("apropos-matches")
    found = [each for each in matches if isinstance(each, dict)] if isinstance(matches, list) else []
    lines = [f"{text_of(each, 'name')}  ({text_of(each, 'type')})  {text_of(each, 'doc')}" for each in found]
    rest = [f"... and {len(lines) - MAX_MATCHES} more"] if len(lines) > MAX_MATCHES else []
    context.terminal.show("\n".join([*lines[:MAX_MATCHES], *rest]) or f"No name has {pattern} in it")


async def _source(context: Context, name: str) -> None:
    conversation = context.conversation
    info = await _info(context, name)
    uri, line = text_of(info, "file"), info.get("line")
    text = conversation.inputs.get(uri)
    if text is None and (text := files.read(uri)) is not None:
        context.terminal.notice(f"{files.path_of(uri)}, line {line}")
    if text is None or not isinstance(line, int):
        raise RefusedError(f"The source of {name} is not to be had")
    language = LANGUAGES["python"] if uri.endswith(".py") else conversation.language
    context.terminal.code(language.form_at(text, line), language)


async def _load(context: Context, path: str) -> None:
    load = context.conversation.load(*files.source(path))
    await load.finished.wait()


async def _rewind(context: Context, steps: str) -> None:
    if steps and not steps.isdecimal():
        raise RefusedError(f"How many evals? A number, not {steps}")
    told = await context.conversation.ask("device-rewind", steps=int(steps or 1))
    for key, label in (("undone", "Undone"), ("not-restored", "Not restored")):
        for text in texts_of(told, key):
            context.terminal.notice(f"{label}: {text}", "message" if key == "undone" else "warning")


async def _restart(context: Context, _: str) -> None:
    told = await context.conversation.ask("device-restart")
    context.terminal.notice(f"Restarted in {told['ms']} ms: generation {told['generation']}")
    for text in texts_of(told, "failed"):
        context.terminal.notice(f"Not imported: {text}", "warning")


async def _status(context: Context, _: str) -> None:
    conversation = context.conversation
    told = await conversation.ask("device-status")
    about = await conversation.ask("describe")
    is_up = text_of(told, "device-up") == "true"
    context.terminal.show(f"device {text_of(told, 'device')}: {'connected' if is_up else 'not connected'}")
    context.terminal.show(f"language {conversation.language.name}, namespace {conversation.ns}")
    context.terminal.show(", ".join(_versions(about)))
    for each in conversation.running.values():
        context.terminal.show(f"running for {time.monotonic() - each.started:.1f} s")


async def _interrupt(context: Context, _: str) -> None:
    if not context.conversation.interrupt():
        context.terminal.notice("Nothing runs")


async def _time(context: Context, code: str) -> None:
    started = time.perf_counter()
    done = await context.send(code)
    elapsed_ms = (time.perf_counter() - started) * 1000
    if not done.has_failed:
        context.terminal.notice(f"{elapsed_ms:.1f} ms, the way there and back included")


async def _quit(context: Context, _: str) -> None:
    context.leave()


COMMANDS: Final[dict[str, Command]] = {
    "help": Command("[COMMAND]", "say what commands and keys do", _help, lambda _: [*COMMANDS]),
    "doc": Command("NAME", "document a name", _doc),
    "apropos": Command("REGEX", "find names", _apropos),
    "source": Command("NAME", "show the code that defines a name", _source),
    "ns": Command("[NAME]", "go on in another namespace; without a name, list them", _ns),
    "lang": Command("LANGUAGE", "go on in another language", _lang, lambda _: [*LANGUAGES]),
    "load": Command("FILE", "evaluate a file", _load, files.candidates),
    "time": Command("CODE", "evaluate, and say how long it took", _time),
    "rewind": Command("[STEPS]", "undo the last evals on the device", _rewind),
    "restart": Command("", "begin anew on the device, with the project imported again", _restart),
    "interrupt": Command("", "interrupt what runs, as Ctrl-C does", _interrupt),
    "device": Command("[HOST:PORT | local]", "evaluate on another device", _device, lambda _: ["local"]),
    "status": Command("", "say what this is connected to, and what runs", _status),
    "quit": Command("", "leave, as Ctrl-D does", _quit),
}
"""All of them; to add one, add a row."""

KEYS: Final = (
    "Enter sends what is complete, Alt-Enter sends it as it is. Tab completes and indents.",
    "Ctrl-X Ctrl-D documents the name at the cursor, Ctrl-X Ctrl-S shows its code.",
    "Ctrl-R searches the history. Ctrl-X Ctrl-E (in Vi mode v) opens the text in $EDITOR.",
    "Ctrl-C interrupts what runs, else clears the line. Ctrl-D leaves.",
)


def parse(text: str) -> tuple[Command, str] | None:
    """The command in a line and what follows its name; None when it is code, such as a keyword."""
    name, _, rest = text.strip().partition(" ")
    command = COMMANDS.get(name[1:]) if name.startswith(":") else None
    return (command, rest.strip()) if command else None


def candidates(before: str) -> Sequence[tuple[str, str]]:
    """What a command that is being typed may go on with, and what each is."""
    name, has_space, rest = before.partition(" ")
    if not name.startswith(":"):
        return ()
    if not has_space:
        return [(f":{each}", command.doc) for each, command in COMMANDS.items() if f":{each}".startswith(name)]
    command = COMMANDS.get(name[1:])
    return [(each, "") for each in command.choices(rest) if each.startswith(rest)] if command else ()


async def _info(context: Context, name: str) -> Message:
    if not name:
        raise RefusedError("Of which name?")
    info = await context.conversation.ask("info", sym=name, ns=context.conversation.ns)
    if has_status(info, "no-info"):
        raise RefusedError(f"Nothing is known of {name}")
    return info


def _full_name(info: Message) -> str:
    return "/".join(part for part in (text_of(info, "ns"), text_of(info, "name")) if part)


def _versions(about: Message) -> list[str]:
    versions = about.get("versions")
    known = versions.items() if isinstance(versions, dict) else ()
    return [f"{name} {text_of(each, 'version-string')}" for name, each in known if isinstance(each, dict)]
