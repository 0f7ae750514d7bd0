"""What Basilisp's exceptions and the calls in its generated Python mean. Imported with Basilisp only."""

from __future__ import annotations

import builtins
import keyword
import os
import re
from types import FrameType

import basilisp
from basilisp.lang import reader, runtime
from basilisp.lang import symbol as sym
from basilisp.lang.compiler import CompilerException, CompilerPhase
from basilisp.lang.exception import ExceptionInfo
from basilisp.lang.interfaces import IExceptionInfo, ISeq
from basilisp.lang.util import demunge

from device_server.languages import Phase, Report, basilisp_printing, reports, stacktraces
from device_server.languages.shown import Style
from device_server.wire import JSON, Message

_BASILISP = os.path.dirname(os.path.abspath(basilisp.__file__)) + os.sep
MACHINERY = (_BASILISP + "lang" + os.sep, _BASILISP + "importer.py")
DATA_QUOTA = 10_000
"""Characters told of an exception's data at most."""


def report(error: BaseException, typed: str) -> Report:
    """What a REPL says; a fault without a file is in `typed`."""
    root = reports.root_of(error)
    names = (reports.class_name(error), reports.class_name(root))
    phase = phase_of(error)
    if phase is Phase.EXECUTE:
        frames = _frames(error)
        return Report(_text(error), phase, names, frames, reports.place_of(frames))
    frames = _frames(root) if root is not error else []  # a macro's
    return Report(f"{names[0]}: {_compile_message(error)}", phase, names, frames, location_of(error, typed))


def analysis(error: BaseException | None, typed: str) -> Message:
    """The causes of an error and their calls, see stacktraces.py, and the `phase` in which it was raised."""

    def describe(cause: BaseException) -> Message:
        described: Message = {"message": _message(cause)}
        if (place := location_of(cause, typed)) is not None:
            described["location"] = place
        elif (data := _data(cause)) is not None:
            described["data"] = data
        return described

    if isinstance(error, CompilerException):
        error = _innermost(error)  # those around it say only that a macro was being expanded
    found = stacktraces.analysis(error, describe, _Calls().named, MACHINERY)
    return found if error is None else {**found, "phase": phase_of(error)}


def phase_of(error: BaseException) -> Phase:
    """When a form failed. What a macro's expansion is wrong about is compiling; what the macro raises is expansion."""
    if isinstance(error, reader.SyntaxError):
        return Phase.READ
    if not isinstance(error, CompilerException):
        return Phase.EXECUTE
    innermost = _innermost(error)
    return Phase.EXPAND if _is_macros(innermost) else Phase.COMPILE


def location_of(error: BaseException, typed: str) -> JSON:
    """`{file, line, column, name?}` of what cannot be read or compiled, columns from 1."""
    if isinstance(error, reader.SyntaxError):
        return {"file": error.filename or typed, "line": error.line or 1, "column": (error.col or 0) + 1}
    place: JSON = None
    cause: BaseException | None = error
    while isinstance(cause, CompilerException):  # the innermost that has a place knows best
        data = {key.name: value for key, value in cause.data.items()}
        if data.get("line") is not None:
            place = {"file": cause.filename, "line": data["line"], "column": (data.get("col") or 0) + 1}
            if _is_macros(cause) and isinstance(cause.form, ISeq):
                place["name"] = str(cause.form.first)
        cause = cause.__cause__
    return place


def _innermost(error: CompilerException) -> CompilerException:
    while isinstance(error.__cause__, CompilerException):
        error = error.__cause__
    return error


def _is_macros(error: CompilerException) -> bool:
    return error.phase is CompilerPhase.MACROEXPANSION and not isinstance(error.__cause__, CompilerException)


def _compile_message(error: BaseException) -> str:
    if not isinstance(error, CompilerException):
        return _message(error)
    innermost = _innermost(error)
    cause = innermost.__cause__
    return innermost.msg if cause is None else f"{innermost.msg}: {_text(cause)}"


def _text(error: BaseException) -> str:
    """As `str`, but for the data, which may have no end."""
    if isinstance(error, ExceptionInfo):
        return f"{reports.class_name(error)}: {error.message} {_data(error)}"
    return reports.text_of(error)


def _message(error: BaseException) -> str:
    """Without the data that `str` appends."""
    match error:
        case CompilerException():
            return str(error.msg)
        case reader.SyntaxError():
            return str(error.message)
        case ExceptionInfo():
            return str(error.message)
        case _:
            return reports.message_of(error)


def _data(error: BaseException) -> str | None:
    if not isinstance(error, IExceptionInfo):
        return None
    try:
        return basilisp_printing.bounded_pr_str(error.data, Style(DATA_QUOTA)).text
    except KeyboardInterrupt:
        raise
    except BaseException as fault:  # of what the data prints like, which is the user's
        return f"<its data cannot be printed: {type(fault).__name__}>"


def _frames(error: BaseException) -> list[JSON]:
    return reports.frames_of(error.__traceback__, MACHINERY, _Calls().function)


class _Calls:
    """Names of functions as they were written. Good for one traceback: it knows the namespaces of this moment."""

    def __init__(self) -> None:
        spaces = runtime.Namespace.ns_cache().values()
        self._by_globals = {id(each.module.__dict__): each for each in spaces}

    def named(self, frame: FrameType) -> Message:
        """The call of a Basilisp function or of a Python one."""
        namespace = self._by_globals.get(id(frame.f_globals))
        if namespace is None:
            return stacktraces.python_call(frame)
        function = _written(frame.f_code.co_qualname, namespace)
        name = f"{namespace.name}/{function}"
        return {"name": name, "var": name.partition("/fn")[0], "ns": namespace.name, "fn": function, "lang": "clj"}

    def function(self, frame: FrameType) -> str:
        """The name of its function alone."""
        namespace = self._by_globals.get(id(frame.f_globals))
        return frame.f_code.co_name if namespace is None else _written(frame.f_code.co_qualname, namespace)


_ARITY = re.compile(r"__arity(\d+|_rest)$")
_NUMBERED = re.compile(r"__(.+)_\d+")


def _written(qualname: str, namespace: runtime.Namespace) -> str:
    """`outer/inner` for `outer.<locals>.__outer__inner_12`, as the function was written in its namespace."""
    *outer, _ = parts = qualname.split(".<locals>.")
    written = [_own_name(part, parent, namespace) for part, parent in zip(parts, ("", *outer), strict=True)]
    return "/".join(written)


def _own_name(part: str, parent: str, namespace: runtime.Namespace) -> str:
    name = _ARITY.sub("", part)
    if numbered := _NUMBERED.fullmatch(name):
        name = numbered[1].removeprefix(f"{parent}__")
    match name:
        case "lisp_fn":
            return "fn"
        case "lisp_expr__":
            return "eval"
    plain = name.removesuffix("_") if _is_taken(name.removesuffix("_")) else name
    known = (each for each in (demunge(plain), name) if namespace.find(sym.symbol(each)) is not None)
    return next(known, str(demunge(plain)))


def _is_taken(name: str) -> bool:
    """Whether Python has the name itself, so that Basilisp appends an underscore."""
    return keyword.iskeyword(name) or hasattr(builtins, name)
