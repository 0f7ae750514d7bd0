"""What is told of exceptions, the broken and the deep ones too."""

from __future__ import annotations

import pytest

from device_server.languages import reports


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def names(error: BaseException) -> list[str]:
    return [str(frame["name"]) for frame in reports.frames_of(error.__traceback__) if isinstance(frame, dict)]


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no"), "ValueError: no"),
        (ValueError(), "ValueError"),
        (KeyError("k"), "KeyError: 'k'"),
        (SystemExit(3), "SystemExit: 3"),
        (UnprintableError(), "UnprintableError: <its message could not be made: ValueError>"),
    ],
)
def test_the_text_is_the_class_and_the_message(error: BaseException, text: str) -> None:
    assert reports.text_of(error) == text


def test_the_root_is_the_first_cause() -> None:
    root = KeyError("root")
    assert reports.root_of(raised(ValueError(), raised(TypeError(), root))) is root


def test_what_was_being_handled_is_a_cause_too() -> None:
    error = ValueError()
    error.__context__ = root = KeyError("root")
    assert reports.root_of(error) is root


def test_a_cause_that_was_hidden_is_none() -> None:
    error = raised(ValueError(), None)
    error.__context__ = KeyError("hidden")
    assert error.__suppress_context__
    assert reports.root_of(error) is error


def test_a_circle_of_causes_has_an_end() -> None:
    first, second = ValueError(), TypeError()
    first.__cause__, second.__cause__ = second, first
    assert reports.root_of(first) in (first, second)


def test_frames_go_from_the_outermost_call_to_the_innermost() -> None:
    def inner() -> None:
        raise ValueError

    def outer() -> None:
        inner()

    with pytest.raises(ValueError) as caught:  # noqa: PT011
        outer()
    assert names(caught.value)[-2:] == ["outer", "inner"]


def test_frames_of_the_machinery_are_left_out() -> None:
    error = raised(ValueError())
    assert reports.frames_of(error.__traceback__) != []
    assert reports.frames_of(error.__traceback__, machinery=(__file__,)) == []


def test_frames_of_the_device_server_are_left_out() -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        reports.root_of(None)  # type: ignore[arg-type]
    assert "root_of" not in names(caught.value)


def test_of_a_deep_stack_both_ends_are_told() -> None:
    def dive(depth: int) -> None:
        if depth == 0:
            raise ValueError
        dive(depth - 1)

    def surface() -> None:
        dive(500)

    with pytest.raises(ValueError) as caught:  # noqa: PT011
        surface()
    found = names(caught.value)
    assert len(found) == reports.MAX_FRAMES
    assert "surface" in found[:5]
    assert found[-1] == "dive"


def test_without_a_traceback_there_are_no_frames() -> None:
    assert reports.frames_of(None) == []


def test_a_message_that_ends_the_process_is_only_a_broken_message() -> None:
    class ExitingError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    assert reports.text_of(ExitingError()).startswith("ExitingError: ")
