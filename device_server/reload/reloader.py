"""Applies edits to the running program, all or nothing. What an edit is, and how it is done, the languages know.

How it works. First every file is planned, which runs nothing: when one of them does not compile, nothing has happened.
Then come the program's before-reload functions, the plans of each language in turn, and the after-reload functions.
If any of that runs code of the program, the worker's state is kept first: should it die of it, nothing has changed.
Each step puts at one undo stack what takes it back. Whatever is raised on the way, by a hook, by the edit's own code or
by an interrupt, the stack is unwound, and then the after-reload functions are called for the old code: what the
before-reload functions have stopped goes on. Only when all has gone well do the new texts become the ones that the
next edit is compared with. From the first to the last of that, nothing else runs on the worker's main thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Final

from device_server.interrupts import InterruptGate
from device_server.languages import Source, buffers, reports
from device_server.loaded import Loaded, LoadedSources
from device_server.reload import Change, Hook, Mark, Outcome, Plan, Reloading, State, Tier, When

_FIRST: Final = "python"
"""Applied before the others: Basilisp namespaces import Python modules, seldom the other way round."""
_REASONS_LIMIT: Final = 5
_STALE_LIMIT: Final = 50
"""So many are told of an edit of many files."""
_SHORT_MS: Final = 5.0
"""Only what is planned in that time is rehearsed: a request that comes meanwhile waits."""

_perf_counter = time.perf_counter  # bound here: user code may replace it


@dataclass(frozen=True, slots=True)
class Edited:
    """A file as its host has it now."""

    path: str
    source: str | None
    """None when it is gone."""
    module: str | None = None
    """By which it is found when nothing was loaded from its path: the device may have the file elsewhere."""
    is_forced: bool = False
    """Whether everything in it is to run again, whatever has changed."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The edit is in the running program, all of it."""

    tier: Tier
    outcome: Outcome
    """Of all languages together; its reason says why it is that tier, too."""
    phases: Mapping[str, float]
    """How long planning (`classify`) and the rest (`apply`) took, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Nothing has changed: it would take more than is allowed."""

    tier: Tier
    reason: str
    phases: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Failed:
    """Nothing has changed."""

    error: BaseException
    """What the edit has failed with."""
    lang: str
    """The language whose file or hook it was."""
    notes: Sequence[str]
    """What is to be said beside the error: where it happened, what could not be taken back."""
    tier: Tier | None
    """None when the edit could not even be planned."""
    phases: Mapping[str, float]


class Reloader:
    """Applies edits to what a worker has loaded."""

    def __init__(
        self,
        loaded: LoadedSources,
        reloading: Mapping[str, Reloading],
        gate: InterruptGate,
        keep_state: Callable[[], bool],
    ) -> None:
        """`reloading` is by the name of the language; of `keep_state`, see Checkpoints.take."""
        self._loaded = loaded
        self._languages = {lang: reloading[lang] for lang in sorted(reloading, key=lambda lang: lang != _FIRST)}
        self._gate = gate
        self._keep_state = keep_state
        self._backwards: Sequence[Change] = ()
        """From what the latest edit has made to what there was before it, if that is soon planned."""

    def reload(self, edited: Sequence[Edited], most: Tier = Tier.STRUCTURAL) -> Applied | Declined | Failed | None:
        """Apply an edit of some files, if it is of that tier at most.

        The gate is open; when the edit has been applied, it is closed.
        None, with the gate closed, in a copy of the worker that goes on since the worker has died of this very edit.
        """
        attempt = _Attempt(next(iter(self._languages)), ExitStack())
        try:
            try:
                return self._apply(edited, attempt, most)
            except BaseException as error:  # whatever the program's code raises, SystemExit too
                self._take_back(attempt)
                return attempt.failed(error)
        except KeyboardInterrupt as error:  # it came while the code above began, or had to wait for it
            self._take_back(attempt)
            return attempt.failed(error)

    def rehearse(self) -> None:
        """Plan the latest edit backwards, and do nothing: so the next need not wait for pages to be copied after a
        fork.
        """
        for change in self._backwards:
            loaded = self._loaded.get(change.path)
            if loaded is not None and loaded.text == change.old:
                self._languages[loaded.lang].reloads.plan(change)

    def _apply(self, edited: Sequence[Edited], attempt: _Attempt, most: Tier) -> Applied | Declined | None:
        changes, notes = self._changes(edited)
        plans = self._plan(changes, attempt)
        tier = max((plan.tier for plan in plans), default=Tier.NONE)
        reasons = [plan.reason for plan in plans if plan.tier is tier]
        if tier > most:
            attempt.end_phase("classify")
            return Declined(tier, "; ".join(dict.fromkeys(reasons[:_REASONS_LIMIT])), attempt.phases)
        if tier > Tier.NONE:
            plans += self._plan(self._always(changes), attempt)
        attempt.tier = tier
        attempt.end_phase("classify")
        if self._runs_code(plans, tier):
            if self._has_died_of_it():
                return None
            attempt.end_phase("checkpoint")
        outcomes = self._run(plans, attempt)
        attempt.end_phase("apply")
        with self._gate.hold():
            attempt.undo.pop_all()
            self._gate.close()  # an interrupt that comes from now on is too late
        self._tell([plan.change for plan in plans], outcomes)
        back = [replace(change, old=change.new, new=change.old, is_forced=False) for change in changes.values()]
        self._backwards = back if attempt.phases["classify"] < _SHORT_MS else ()
        return Applied(tier, _together(outcomes, [*reasons, *notes]), attempt.phases)

    def _changes(self, edited: Sequence[Edited]) -> tuple[dict[str, Change], list[str]]:
        """By path, what is to be planned; and what is to be said of files that are left alone."""
        changes: dict[str, Change] = {}
        notes: list[str] = []
        is_missing = False
        for file in edited:
            loaded = self._loaded.get(file.path)
            if loaded is None and file.module is not None:
                loaded = self._loaded.of_module(file.module)
            if loaded is None or (file.source == loaded.text and not file.is_forced):
                is_missing |= loaded is None
            elif file.source is None:
                notes.append(f"{file.path} is gone; what was loaded from it stays")
            elif self._is_marked(loaded, Mark.NO_RELOAD):
                notes.append(f"{loaded.module} is marked {Mark.NO_RELOAD}")
            else:
                is_forced = file.is_forced or self._is_marked(loaded, Mark.ALWAYS_RELOAD)
                changes[loaded.path] = Change(loaded.module, loaded.path, loaded.text, file.source, is_forced)
        return changes, ["not loaded"] if is_missing and not changes and not notes else notes

    def _always(self, changes: Mapping[str, Change]) -> dict[str, Change]:
        """The modules that run again with each edit, without those that are edited themselves."""
        return {
            each.path: Change(each.module, each.path, each.text, each.text, is_forced=True)
            for each in self._loaded.speaking_of_reload()
            if each.path not in changes
            and self._is_marked(each, Mark.ALWAYS_RELOAD)
            and not self._is_marked(each, Mark.NO_RELOAD)
        }

    def _is_marked(self, loaded: Loaded, mark: Mark) -> bool:
        return self._languages[loaded.lang].hooks.is_marked(loaded.module, mark)

    def _lang(self, change: Change) -> str:
        loaded = self._loaded.get(change.path)
        assert loaded is not None
        return loaded.lang

    def _baseline(self, change: Change) -> Loaded:
        return Loaded(change.module, change.path, self._lang(change), change.new)

    def _plan(self, changes: Mapping[str, Change], attempt: _Attempt) -> list[Plan]:
        """Raises: what compiling raises."""
        plans = []
        for change in changes.values():
            lang = self._lang(change)
            attempt.is_at(lang)
            plans.append(self._languages[lang].reloads.plan(change))
        return plans

    def _runs_code(self, plans: Sequence[Plan], tier: Tier) -> bool:
        has_hooks = tier > Tier.NONE and any(True for when in When for _ in self._hooks(when))
        return has_hooks or any(plan.runs_code for plan in plans)

    def _has_died_of_it(self) -> bool:
        """Keep the state. False in the worker, and True, later, in the copy that has taken its place."""
        with self._gate.hold():
            has_died = self._keep_state()
            if has_died:
                self._gate.close()
        return has_died

    def _run(self, plans: Sequence[Plan], attempt: _Attempt) -> list[Outcome]:
        """Do it, hooks included; comments and white space are no business of theirs."""
        by_lang = {lang: [plan for plan in plans if self._lang(plan.change) == lang] for lang in self._languages}
        attempt.undo.callback(self._loaded.restore, self._loaded.snapshot())  # imports and the new texts are noted
        if attempt.tier:
            attempt.has_stopped = True
            self._call_hooks(When.BEFORE, attempt)
        outcomes = []
        for lang, own in by_lang.items():
            attempt.is_at(lang)
            for plan in own:
                _show_lines(plan.change, attempt.undo)
            if own:
                outcomes.append(self._languages[lang].reloads.apply(own, attempt.undo))
        for plan in plans:
            self._loaded.note(self._baseline(plan.change))
        if attempt.tier:
            self._call_hooks(When.AFTER, attempt)  # those that the new texts have
        return outcomes

    def _tell(self, changes: Sequence[Change], outcomes: Sequence[Outcome]) -> None:
        """Let the languages know which modules have new code: those that were edited, and those that depend on them."""
        for change in changes:
            self._languages[self._lang(change)].on_applied(change)
        edited = {change.module for change in changes}
        for module in dict.fromkeys(each for outcome in outcomes for each in outcome.reloaded if each not in edited):
            if (loaded := self._loaded.of_module(module)) is not None:
                self._languages[loaded.lang].on_applied(Change(module, loaded.path, loaded.text, loaded.text))

    def _hooks(self, when: When) -> Iterator[tuple[str, Hook]]:
        """The program's functions for that moment, with their languages, in the order in which files were loaded."""
        for each in self._loaded.speaking_of_reload():
            for hook in self._languages[each.lang].hooks.functions(each.module, when):
                yield each.lang, hook

    def _call_hooks(self, when: When, attempt: _Attempt) -> None:
        for lang, hook in self._hooks(when):
            attempt.is_at(lang, f"in the {when} function {hook.name}")
            hook.call()

    def _take_back(self, attempt: _Attempt) -> None:
        """Undo what was done, uninterruptibly, and let the old code go on. A second call finds nothing to do."""
        with self._gate.hold():
            attempt.unwind()
        if attempt.has_stopped:
            attempt.has_stopped = False
            for _, hook in self._hooks(When.AFTER):
                attempt.call_for_old_code(hook)


@dataclass(slots=True)
class _Attempt:
    """How far an edit has come."""

    lang: str
    """Whose turn it is."""
    undo: ExitStack
    tier: Tier | None = None
    has_stopped: bool = False
    """Whether before-reload functions were called: what they have stopped must go on."""
    phases: dict[str, float] = field(default_factory=dict)
    _place: str = ""
    _notes: list[str] = field(default_factory=list)
    _since: float = field(default_factory=_perf_counter)

    def is_at(self, lang: str, place: str = "") -> None:
        """What fails from now on belongs there."""
        self.lang, self._place = lang, place

    def end_phase(self, name: str) -> None:
        """It has taken the time since the one before."""
        since, self._since = self._since, _perf_counter()
        self.phases[name] = round((self._since - since) * 1000, 3)

    def unwind(self) -> None:
        """Take back what was done."""
        try:
            self.undo.close()
        except BaseException as error:  # the rest has been taken back all the same
            text = reports.text_of(error)
            self._notes.append(f"it could not all be taken back ({text}): `rewind` goes back to the state before it")

    def call_for_old_code(self, hook: Hook) -> None:
        """As after an edit; a failure is told beside the one that there is."""
        try:
            hook.call()
        except BaseException as error:  # the other functions are called, whatever this one raises
            self._notes.append(f"{hook.name}, called again for the old code: {reports.text_of(error)}")

    def failed(self, error: BaseException) -> Failed:
        """The edit has been taken back because of this."""
        if self.tier is None and isinstance(error, SyntaxError):
            error.__traceback__ = None  # with the compiler's calls it would seem to come from code that ran
        self.end_phase("classify" if self.tier is None else "apply")
        return Failed(error, self.lang, [note for note in (self._place, *self._notes) if note], self.tier, self.phases)


def _show_lines(change: Change, undo: ExitStack) -> None:
    """Tracebacks show the lines of the text that runs."""
    undo.callback(buffers.remember_file, Source(change.old, change.path))
    buffers.remember_file(Source(change.new, change.path))


def _together(outcomes: Sequence[Outcome], reasons: Sequence[str]) -> Outcome:
    """One outcome for several languages; its reason is why it is that tier, and what the languages have to say."""
    stale = [each for outcome in outcomes for each in outcome.stale]
    said = [part for reason in [*reasons, *(outcome.reason for outcome in outcomes)] for part in reason.split("; ")]
    return Outcome(
        reloaded=tuple(dict.fromkeys(module for outcome in outcomes for module in outcome.reloaded)),
        state=max((outcome.state for outcome in outcomes), default=State.KEPT),
        reason="; ".join(_first(_REASONS_LIMIT, said)),
        stale=tuple(_first(_STALE_LIMIT, stale)),
    )


def _first(count: int, told: Sequence[str]) -> list[str]:
    """So many different ones, and how many more there are."""
    distinct = [each for each in dict.fromkeys(told) if each]
    rest = len(distinct) - count
    return [*distinct[:count], f"and {rest} more"] if rest > 0 else distinct
