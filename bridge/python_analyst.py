"""A process of its own that reads Python code with jedi and says what its names are. It runs none of that code.

Lines of JSON come on standard input and go to standard output, see analyst_questions.py. It ends with its input; and
when an answer takes too long, by the kernel's timer, whatever it is doing.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import jedi
import parso.cache
from jedi.api.environment import InterpreterEnvironment

from bridge.analyst_questions import LIMIT_S, STARTING_LIMIT_S, Answer, Name, Question
from bridge.python_history import History, identifiers
from bridge.python_imports import ReadingFinder, UnsavedTexts, modified
from middleware.python_code import is_attribute, is_import, stem_of

if TYPE_CHECKING:
    from jedi.api.classes import BaseName, Completion

MAX_CANDIDATES: Final = 1000
MAX_DOCUMENTED: Final = 50
DOCUMENTING_LIMIT_S: Final = 0.3
MAX_FILE_BYTES: Final = 1024 * 1024
MAX_RSS_BYTES: Final = 1024**3
"""A process that has grown beyond this ends, and a fresh one takes its place."""
REST_S: Final = 1.0
"""After so long without a question all garbage is collected; until then only what the last answer left."""
MAX_REMEMBERED: Final = 100
"""Of so many beginnings it is known what may follow."""
VIRTUAL_FILE: Final = "__tether__.py"
"""Where code that continues a module seems to be, beside the module's file."""
WARM_UP: Final = ("'x'.", "[1].", "import os\nos.", "pri", "def f(x: int): return {}\nf(1).")

_TYPES: Final = {"module": "namespace", "param": "local", "class": "class", "keyword": "keyword"}
_SYMBOL_TYPES: Final = {"var": "variable", "local": "variable", "namespace": "module"}
_RSS_UNIT_BYTES: Final = 1 if sys.platform == "darwin" else 1024


class Analyst:
    """Answers questions about one project."""

    def __init__(self, root: Path) -> None:
        """From now on this process imports nothing but what is installed."""
        _configure()
        self._unsaved = UnsavedTexts()
        self._finder = ReadingFinder(self._unsaved)
        self._finder.install()
        self._environment = InterpreterEnvironment()
        self._project = jedi.Project(root, added_sys_path=[root / "src"])
        self._candidates: dict[tuple[str, str | None], tuple[dict[str, float], list[Name]]] = {}

    def answer(self, question: Question) -> Answer:
        """Answer one question."""
        for path, text in question["unsaved"].items():
            self._unsaved.put(path, text)
            _forget(Path(path))
            self._candidates.clear()
        file, code = question["file"], question["code"]
        history = History([*self._beginning(file), *question["typed"]])
        if question["op"] == "look_up":
            return {"names": self._look_up(question, history), "typed": {}}
        stem = stem_of(code)
        fragment = code.removeprefix(stem)
        found = (
            self._document(text + fragment, file) if question["documented"] else self._complete(text, file)
            for text in _texts(question, history, stem)
        )
        fitting = ([each for each in names if each["name"].startswith(fragment)] for names in found)
        return {"names": next(filter(None, fitting), []), "typed": _typed(history, stem, fragment)}

    def _complete(self, code: str, file: str | None) -> list[Name]:
        """What may follow. It is not found out again for each letter that is typed, unless the project has changed."""
        known = self._candidates.pop((code, file), None)
        if known is None or any(modified(path) != when for path, when in known[0].items()):
            self._finder.seen.clear()
            names = [_candidate(each, code) for each in self._found(code, file)]
            known = dict(self._finder.seen), names
        if not is_import(code):  # which may list any directory
            self._candidates[code, file] = known
        if len(self._candidates) > MAX_REMEMBERED:
            del self._candidates[next(iter(self._candidates))]
        return known[1]

    def _document(self, code: str, file: str | None) -> list[Name]:
        """What the last name may be, with arglists and docs of the first, as far as time allows."""
        end = time.monotonic() + DOCUMENTING_LIMIT_S
        names: list[Name] = []
        for each in self._found(code, file):
            name = _candidate(each, stem_of(code))
            if len(names) < MAX_DOCUMENTED and time.monotonic() < end:
                name |= {"arglists": _arglists(each.get_signatures()), "doc": each.docstring(raw=True)}
            names.append(name)
        return names

    def _found(self, code: str, file: str | None) -> list[Completion]:
        """jedi offers paths and dictionary keys too, inside of strings; they are no names."""
        found = self._script(code, file).complete()
        return [each for each in found if each.name.rstrip("=").isidentifier() and each.type != "path"][:MAX_CANDIDATES]

    def _look_up(self, question: Question, history: History) -> list[Name]:
        code = question["code"]
        for text in _texts(question, history, code):
            script = self._script(text, question["file"])
            if "(" in code and (called := script.get_signatures()):
                return [_description(called[0], code, called, called)]
            if names := _named(script, code):
                return names
        return []

    def _script(self, code: str, file: str | None) -> jedi.Script:
        place = Path(file).with_name(VIRTUAL_FILE) if file else None
        _forget(place)  # lest it is parsed as a change of what was asked about before
        return jedi.Script(code, path=place, environment=self._environment, project=self._project)

    def _beginning(self, file: str | None) -> list[str]:
        """The text of the file, if it can be read and is not huge."""
        if file is None:
            return []
        try:
            data = self._unsaved.get(file) or Path(file).read_bytes()
        except OSError:
            return []
        return [data.decode(errors="replace")] if len(data) <= MAX_FILE_BYTES else []


def _texts(question: Question, history: History, code: str) -> Iterator[str]:
    """The code after all that says what is in it: first as typed, then as the device knows it."""
    hint = question["hint"]
    told = history.about(identifiers(code) | identifiers(hint))
    yield told + code
    if hint:
        yield told + hint + code


def _configure() -> None:
    """What takes unbounded time or leaves this process is left out of jedi and its parser."""
    jedi.settings.dynamic_params = False  # would look for calls in the whole project
    jedi.settings.auto_import_modules = []
    jedi.settings.case_insensitive_completion = False
    parso.cache._load_from_file_system = lambda *_, **__: None  # neither reads nor writes pickles in the user's home
    parso.cache._save_to_file_system = lambda *_, **__: None


def _forget(path: Path | None) -> None:
    """Parse that file anew."""
    for trees in parso.cache.parser_cache.values():
        trees.pop(path, None)


def _typed(history: History, stem: str, fragment: str) -> dict[str, str]:
    """What the name may be that begins with `fragment` after `stem`, of the names that typed code binds."""
    if is_attribute(stem) or is_import(stem):
        return {}
    fitting = sorted(name for name in history.kinds if name.startswith(fragment))
    return {name: history.kinds[name] for name in fitting[:MAX_CANDIDATES]}


def _candidate(found: Completion, stem: str) -> Name:
    name: Name = {"name": found.name, "type": _type(found, stem)}
    if found.type != "module":  # of a module jedi would have to load it to know more
        name["module"] = found.module_name or ""
    return name


def _type(found: BaseName, stem: str) -> str:
    """As CIDER has it."""
    if found.type in _TYPES:
        return _TYPES[found.type]
    parent = found.parent()
    place = parent.type if parent is not None else "module"
    if found.type == "function":
        return "method" if place == "class" else "function"
    if is_attribute(stem) and place != "module":
        return "field"
    return "local" if place == "function" else "var"


def _named(script: jedi.Script, code: str) -> list[Name]:
    """What the last name of the code names: what is defined so, else where it is bound and what its value is."""
    values = script.infer()
    bound = script.goto(follow_imports=True, follow_builtin_imports=True)
    defined = [each for each in values if each.type in ("class", "function", "module")]
    if defined:
        signatures = (each.get_signatures() for each in (*bound, *defined))  # those of a bound method have no `self`
        return [_description(defined[0], code, next(filter(None, signatures), ()), [*defined, *bound])]
    if not bound:
        return []
    classes = [each for each in values if each.full_name]
    described = _description(bound[0], code, [], [*bound, *(each for each in classes if not each.in_builtin_module())])
    return [{**described, "class_name": classes[0].full_name or ""}] if classes else [described]


def _description(of: BaseName, code: str, signatures: Iterable[BaseName], documented: Iterable[BaseName]) -> Name:
    kind = _type(of, stem_of(code))
    told: Name = {
        "name": code.removeprefix(stem_of(code)) or of.name,
        "type": _SYMBOL_TYPES.get(kind, kind),
        "full_name": of.full_name or "",
        "arglists": _arglists(signatures),
        "doc": next(filter(None, (each.docstring(raw=True) for each in documented)), ""),
    }
    path = of.module_path
    if path is not None and path.suffix in (".py", ".pyi") and path.name != VIRTUAL_FILE and of.line:
        told |= {"file": str(path), "line": of.line, "column": (of.column or 0) + 1}
    return told


def _arglists(signatures: Iterable[BaseName]) -> list[str]:
    """Such as `(by: int) -> str`, each once."""
    return list(dict.fromkeys(each.to_string().removeprefix(each.name) for each in signatures))


def serve(analyst: Analyst, questions: IO[bytes], answers: IO[bytes]) -> None:
    """Answer until there are no more questions, or this process has grown too big."""
    for line in questions:
        signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
        _say(answers, _answer(analyst, json.loads(line)))
        signal.setitimer(signal.ITIMER_REAL, 0)
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT_BYTES > MAX_RSS_BYTES:
            return
        gc.collect(0)  # nothing that one answer needed is of use to the next
        if not select.select([questions], [], [], REST_S)[0]:
            gc.collect()


def _answer(analyst: Analyst, question: Question) -> Answer:
    try:
        return analyst.answer(question)
    except Exception as error:  # jedi may fail at any code; whoever asked gets on without
        return {"names": [], "typed": {}, "error": f"{type(error).__name__}: {error}"}


def _say(answers: IO[bytes], answer: Answer) -> None:
    answers.write(json.dumps(answer).encode() + b"\n")


def main() -> None:
    """Serve for the project whose root is the first argument."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # it ends the process
    signal.setitimer(signal.ITIMER_REAL, STARTING_LIMIT_S)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb", buffering=0)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what C modules print as they are imported is no answer
    analyst = Analyst(Path(sys.argv[1]))
    for code in WARM_UP:
        nothing: Question = {
            "op": "complete", "code": code, "typed": [], "file": None, "hint": "", "unsaved": {}, "documented": False
        }  # fmt: skip
        analyst.answer(nothing)
    gc.collect()
    gc.freeze()
    gc.disable()
    signal.setitimer(signal.ITIMER_REAL, 0)
    with suppress(BrokenPipeError):  # whoever asked has gone
        _say(answers, {"names": [], "typed": {}})
        serve(analyst, sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
