"""Python tests that a device runs by pytest: those of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.device_server.device import Answer, Host
from tests.device_server.languages.runs import assertions, ended

Tests = Callable[..., list[Answer]]


@pytest.fixture
def tests(host: Host, tmp_path: Path) -> Iterator[Tests]:
    """Loads a file as a module, and runs its tests: all messages of the run."""
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = ['--no-such-option']\n")
    file = tmp_path / "test_it.py"

    def run(text: str, **keys: object) -> list[Answer]:
        file.write_text("import pytest\n" + text)
        load = {"source": file.read_text(), "file": str(file), "name": "test_it"}
        answer = host.ask("load", lang="python", session="s", **load)
        assert answer["op"] == "result", answer
        return host.answers(host.request("test", lang="python", session="s", **{"namespaces": ["test_it"], **keys}))

    yield run
    host.eval("import sys; sys.modules.pop('test_it', None)")


def asserted(answers: list[Answer]) -> dict[str, Answer]:
    return {each["var"]: each for each in assertions(answers)}


def types(answers: list[Answer]) -> dict[str, str]:
    return {name: each["type"] for name, each in asserted(answers).items()}


def test_a_plain_assert_is_explained(tests: Tests, tmp_path: Path) -> None:
    (failed,) = asserted(tests("def test_a():\n    assert [1, 2] == [1, 3], 'why'\n")).values()
    assert {key: failed[key] for key in ("type", "message", "expected", "actual", "diff", "file", "line")} == {
        "type": "fail", "message": "why", "expected": "[1, 3]", "actual": "[1, 2]", "diff": ["[3]", "[2]"],
        "file": str(tmp_path / "test_it.py"), "line": 3,
    }  # fmt: skip


def test_fixtures_parameters_and_marks_work(tests: Tests, tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import pytest\n@pytest.fixture\ndef three(): return 3\n")
    answers = tests(
        "@pytest.fixture\ndef four(three): return three + 1\n"
        "def test_fixture(four, tmp_path): assert four == 4 and tmp_path.is_dir()\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_many(n): assert n == 1\n"
        "@pytest.mark.skip\ndef test_skipped(): assert 0\n"
        "@pytest.mark.xfail\ndef test_expected(): assert 0\n"
        "@pytest.mark.xfail(strict=True)\ndef test_unexpected(): pass\n"
        "class TestIt:\n    def test_captured(self, capsys):\n        print('x')\n"
        "        assert capsys.readouterr().out == 'x\\n'\n"
    )
    assert types(answers) == {
        "test_fixture": "pass", "test_many[1]": "pass", "test_many[2]": "fail", "test_unexpected": "fail",
        "TestIt.test_captured": "pass",
    }  # fmt: skip
    assert {*ended(answers)} >= {"test_skipped", "test_expected"}


def test_a_conftest_that_is_edited_counts_at_once(tests: Tests, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "conftest.py").write_text(
            f"import pytest\n@pytest.fixture\ndef number(): return {number}{' ' * number}"
        )
        assert types(tests(f"def test_a(number): assert number == {number}\n")) == {"test_a": "pass"}


def test_what_fails_in_fixtures_is_an_error_that_says_so(tests: Tests) -> None:
    answers = tests(
        "@pytest.fixture\ndef broken(): raise OSError('no')\n@pytest.fixture\ndef late():\n    yield\n    assert 0\n"
        "def test_a(broken): pass\ndef test_b(late): pass\n"
    )
    assert types(answers) == {"test_a": "error", "test_b": "error"}
    assert asserted(answers)["test_a"]["message"] == "In the setup of its fixtures"
    assert asserted(answers)["test_a"]["error"] == "OSError: no"
    assert asserted(answers)["test_b"]["message"] == "In the teardown of its fixtures"


def test_what_did_not_raise_is_a_failure(tests: Tests) -> None:
    (failed,) = asserted(tests("def test_a():\n    with pytest.raises(ValueError): pass\n")).values()
    assert (failed["type"], failed["line"]) == ("fail", 3)
    assert "DID NOT RAISE" in failed["actual"]


def test_what_is_loaded_is_tested_not_what_the_file_says(tests: Tests, host: Host) -> None:
    tests("def test_a(): assert 0\n")
    host.eval("import test_it\ndef test_a(): pass\ntest_it.test_a = test_a")
    answers = host.answers(host.request("test", lang="python", session="s", namespaces=["test_it"]))
    assert types(answers) == {"test_a": "pass"}


def test_marks_are_labels(tests: Tests) -> None:
    text = "@pytest.mark.usefixtures()\ndef test_a(): pass\ndef test_b(): pass\n"
    assert types(tests(text, options={"include": ["usefixtures"]})) == {"test_a": "pass"}
    assert types(tests(text, options={"exclude": ["usefixtures"]})) == {"test_b": "pass"}


def test_failing_fast_leaves_the_rest_unrun(tests: Tests) -> None:
    text = "def test_a(): assert 0\ndef test_b(): pass\n"
    assert types(tests(text, options={"fail_fast": True})) == {"test_a": "fail"}


def test_what_pytest_cannot_collect_is_an_error_of_the_run(tests: Tests) -> None:
    answers = tests("@pytest.mark.parametrize('n', [1])\ndef test_a(): pass\n")
    assert answers[-1]["op"] == "error"
    assert "function uses no argument 'n'" in answers[-1]["error"]


def test_output_comes_as_it_is_written(tests: Tests) -> None:
    answers = tests("def test_a(): print('seen')\n")
    assert "seen" in "".join(each["text"] for each in answers if each["op"] == "out")


def test_an_interrupt_ends_the_run(tests: Tests, host: Host) -> None:
    tests("def test_a():\n    print('on', flush=True)\n    while True: pass\n", options={"skip": ["test_it/test_a"]})
    running = host.request("test", namespaces=["test_it"], lang="python", session="s")
    host.wait_for_text("on")
    host.ask("interrupt", target=running)
    assert host.answer(running)["type"] == "interrupted"


def test_a_run_leaves_no_trace_in_the_process(tests: Tests, host: Host) -> None:
    text = "def test_a(): pass\n"
    tests(text)
    state = "import sys, warnings; (sys.path, sys.meta_path, warnings.filters, 'conftest' in sys.modules, sys.stdout)"
    before = host.eval(state)["value"]
    tests(text)
    assert host.eval(state)["value"] == before
