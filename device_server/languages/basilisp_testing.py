"""Runs the tests of `basilisp.test`: vars made by `deftest`, with the fixtures of their namespaces.

An `is` tells nobody that it held, so a test without failures counts as one assertion that passed.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import GeneratorType

from basilisp.lang import keyword, runtime, vector
from basilisp.lang import map as lmap
from basilisp.lang import set as lset
from basilisp.lang import symbol as sym
from basilisp.lang.interfaces import IPersistentMap, IPersistentSet, ISeq, ISequential

from device_server.languages import NamespaceNotFoundError, Tell, reports
from device_server.languages.basilisp_printing import bounded_pr_str
from device_server.languages.shown import Style
from device_server.languages.testing import PRINTED_QUOTA, Assertion, Errors, Run, Selection, missing
from device_server.wire import Message

_LIBRARY = "basilisp.test"
_IS_TEST = keyword.keyword("test", _LIBRARY)
_ONCE = keyword.keyword("once-fixtures", _LIBRARY)
_EACH = keyword.keyword("each-fixtures", _LIBRARY)
_UNCAUGHT = "Uncaught exception, not in assertion"
_IN_FIXTURE = "Uncaught exception in test fixture"


def run(message: Message, tell: Tell, errors: Errors) -> Message:
    """Serve the tool `test` of Basilisp. Raises: NamespaceNotFoundError."""
    selection = Selection.of(message)
    run = Run(tell, errors.begin(str(message["session"])), is_fail_fast=selection.is_fail_fast)
    planned = [(namespace, tests) for namespace in _namespaces(selection) if (tests := _tests(namespace, selection))]
    run.plan((str(namespace.name), test.name.name) for namespace, tests in planned for test in tests)
    for namespace, tests in planned:
        if not run.is_over:
            _run_namespace(namespace, tests, run)
    return {}


def _namespaces(selection: Selection) -> list[runtime.Namespace]:
    if selection.namespaces is None:
        return sorted(runtime.Namespace.ns_cache().values(), key=lambda namespace: str(namespace.name))
    return [_existing(name) for name in selection.namespaces]


def _existing(name: str) -> runtime.Namespace:
    namespace = runtime.Namespace.get(sym.symbol(name))
    if namespace is None:
        raise NamespaceNotFoundError(name)
    return namespace


def _tests(namespace: runtime.Namespace, selection: Selection) -> list[runtime.Var]:
    """In the order in which they were written."""
    found = [
        var
        for var in namespace.interns.values()
        if _meta(var, _IS_TEST) and selection.takes(str(namespace.name), var.name.name, _labels(var))
    ]
    return sorted(found, key=lambda var: _number(_meta(var, keyword.keyword("line"))) or 0)


def _labels(var: runtime.Var) -> set[str]:
    return {key.name for key, value in var.meta.items() if isinstance(key, keyword.Keyword) and value}


def _meta(var: runtime.Var | runtime.Namespace, key: keyword.Keyword) -> object:
    return var.meta.val_at(key) if var.meta is not None else None


def _run_namespace(namespace: runtime.Namespace, tests: list[runtime.Var], run: Run) -> None:
    ran: list[runtime.Var] = []
    try:
        with _around(namespace, _ONCE):
            for test in tests:
                ran.append(test)
                _run_test(namespace, test, run)
                if run.is_over:
                    return
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # of a fixture: it has kept all tests from running, or failed after the last
        for test in ran[-1:] or tests:
            run.add(str(namespace.name), test.name.name, _uncaught(test, _IN_FIXTURE, error))
            if not ran:
                run.end(str(namespace.name), test.name.name, 0)


def _run_test(namespace: runtime.Namespace, test: runtime.Var, run: Run) -> None:
    started, blame = time.perf_counter(), _IN_FIXTURE
    assertions: list[Assertion] = []
    try:
        with _around(namespace, _EACH):
            blame = _UNCAUGHT
            assertions = _assertions(test, test.value())
            blame = _IN_FIXTURE
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        assertions = [*assertions, _uncaught(test, blame, error)]
    for assertion in assertions:
        run.add(str(namespace.name), test.name.name, assertion)
    run.end(str(namespace.name), test.name.name, time.perf_counter() - started)


@contextmanager
def _around(namespace: runtime.Namespace, kind: keyword.Keyword) -> Iterator[None]:
    """Within the fixtures of that kind; one that yields is continued at the end."""
    fixtures = _meta(namespace, kind)
    with ExitStack() as fixtures_end:
        for fixture in fixtures if isinstance(fixtures, Iterable) else ():
            begun = fixture()
            if isinstance(begun, GeneratorType):
                next(begun, None)
                fixtures_end.callback(next, begun, None)
        yield


def _assertions(test: runtime.Var, told: object) -> list[Assertion]:
    failures = told.val_at(keyword.keyword("failures")) if isinstance(told, lmap.PersistentMap) else None
    found = [_assertion(test, failure) for failure in failures or () if isinstance(failure, IPersistentMap)]
    return found or [Assertion("pass", file=_file(test), line=_line(test))]


def _assertion(test: runtime.Var, failure: IPersistentMap) -> Assertion:
    """A failure as `is` has noted it."""

    def noted(key: str) -> object:
        return failure.val_at(keyword.keyword(key))

    form, actual, message = noted("expr"), noted("actual"), noted("message")
    is_error = noted("type") is keyword.keyword("error")
    expected_text, actual_text, diff = _compared(form, noted("expected"), actual)
    context = noted("test-section")
    return Assertion(
        type="error" if is_error else "fail",
        message=_own_words(message, form),
        context=str(context) if context is not None else None,
        expected=_printed(form) if is_error else expected_text,
        actual=None if is_error else actual_text,
        diff=None if is_error else diff,
        error=actual if is_error and isinstance(actual, BaseException) else None,
        error_text=reports.text_of(actual) if is_error and isinstance(actual, BaseException) else None,
        file=_file(test),
        line=_number(noted("line")) or _line(test),
    )


def _compared(form: object, expected: object, actual: object) -> tuple[str, str, tuple[str, str] | None]:
    """Expected and actual as a person compares them, and the difference if it is worth showing."""
    head = form.first if isinstance(form, ISeq) else None
    name = head.name if isinstance(head, sym.Symbol) else ""
    if name == "=":
        return _printed(expected), _printed(actual), _difference(expected, actual)
    if name in ("thrown?", "thrown-with-msg?"):
        is_thrown = isinstance(actual, BaseException)
        return _printed(form), reports.text_of(actual) if is_thrown else _printed(actual), None  # type: ignore[arg-type]
    return _printed(form), f"(not {_printed(actual)})", None


def _difference(expected: object, actual: object) -> tuple[str, str] | None:
    """For collections of one kind: what only one of them has."""
    try:
        if isinstance(expected, IPersistentMap) and isinstance(actual, IPersistentMap):
            return _printed(lmap.map(missing(expected, actual))), _printed(lmap.map(missing(actual, expected)))
        if isinstance(expected, IPersistentSet) and isinstance(actual, IPersistentSet):
            return _printed(lset.set(set(expected) - set(actual))), _printed(lset.set(set(actual) - set(expected)))
        if isinstance(expected, ISequential) and isinstance(actual, ISequential):
            there, here = dict(enumerate(expected)), dict(enumerate(actual))
            removed, added = missing(there, here), missing(here, there)
            return _printed(vector.vector(removed.values())), _printed(vector.vector(added.values()))
    except Exception:  # of the values' own equality
        return None
    return None


def _own_words(message: object, form: object) -> str | None:
    """The message; where the test gives none, the form."""
    text = str(message) if message is not None else ""
    return _printed(form) if text.startswith("Test failure: (") else text or None


def _printed(value: object) -> str:
    try:
        return bounded_pr_str(value, Style(PRINTED_QUOTA)).text
    except Exception as error:  # the value's own way to print itself
        return f"<cannot be printed: {type(error).__name__}>"


def _uncaught(test: runtime.Var, message: str, error: BaseException) -> Assertion:
    text = reports.text_of(error)
    return Assertion("error", message, error=error, error_text=text, file=_file(test), line=_line(test))


def _file(test: runtime.Var) -> str | None:
    file = _meta(test, keyword.keyword("file"))
    if file is None:
        return None
    return os.path.abspath(str(file)) if os.path.exists(str(file)) else str(file)  # the importer's are relative


def _line(test: runtime.Var) -> int | None:
    return _number(_meta(test, keyword.keyword("line")))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None
